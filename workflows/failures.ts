/** What a failed activity or child says, cut to the size of a payload. */
import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import { MAX_MESSAGE_LENGTH } from '../contracts/payloads.ts';

export interface FailureSummary {
  /** A type of `contracts/errors.ts`, or `Timeout`, or the name of an error nobody foresaw. */
  readonly errorType: string;
  readonly message: string;
}

/** The innermost cause of an activity's or a child's failure. A cancellation is not a failure: it is thrown on. */
export function summarizeFailure(error: unknown): FailureSummary {
  if (isCancellation(error)) throw error;
  if (!(error instanceof ActivityFailure || error instanceof ChildWorkflowFailure)) throw error;
  let cause: Error = error;
  while (!(cause instanceof ApplicationFailure) && cause.cause instanceof Error) cause = cause.cause;
  return { errorType: errorTypeOf(cause), message: cause.message.slice(0, MAX_MESSAGE_LENGTH) };
}

function errorTypeOf(cause: Error): string {
  if (cause instanceof ApplicationFailure) return cause.type ?? cause.name;
  return cause instanceof TimeoutFailure ? 'Timeout' : cause.name;
}
