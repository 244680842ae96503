/** An error as it travels between threads and processes, where a class does not survive. */
import { ChartlifeError, type ErrorDetails, type ErrorType, isChartlifeError } from './errors.ts';

export interface SentError {
  /** null for what is of no known type: a defect. */
  readonly type: ErrorType | null;
  /** The error's own, such as `TypeError`. */
  readonly name: string;
  readonly message: string;
  readonly next: string;
  readonly details: ErrorDetails;
}

export function toSentError(error: unknown): SentError {
  if (isChartlifeError(error)) {
    return { type: error.type, name: error.name, message: error.message, next: error.next, details: error.details };
  }
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  return { type: null, name, message, next: '', details: {} };
}

export function fromSentError({ type, name, message, next, details }: SentError): Error {
  if (type !== null) return new ChartlifeError(type, message, { next, details });
  return Object.assign(new Error(message), { name });
}
