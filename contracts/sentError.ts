/** An error as it travels between threads and processes, where a class does not survive. */
import { ChartlifeError, type ErrorDetails, type ErrorType, isChartlifeError } from './errors.ts';

export interface SentError {
  /** null for what is of no known type: a defect. */
  readonly type: ErrorType | null;
  readonly message: string;
  readonly next: string;
  readonly details: ErrorDetails;
}

export function toSentError(error: unknown): SentError {
  if (isChartlifeError(error)) {
    return { type: error.type, message: error.message, next: error.next, details: error.details };
  }
  return { type: null, message: String(error), next: '', details: {} };
}

export function fromSentError({ type, message, next, details }: SentError): Error {
  return type === null ? new Error(message) : new ChartlifeError(type, message, { next, details });
}
