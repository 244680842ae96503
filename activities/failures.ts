/** Our errors as Temporal's: the same type, tried again or not, and when. */
import { ApplicationFailure } from '@temporalio/common';
import { isChartlifeError } from '../contracts/errors.ts';

/** An error that nobody foresaw is most likely a defect: it is tried again a few times, not for a quarter of an hour. */
const MAX_ATTEMPTS_OF_UNFORESEEN = 3;

/** Temporal keeps failures in histories: stacks of a bundled worker say little, and causes can be long. */
const MAX_FAILURE_MESSAGE_LENGTH = 2_000;

/** @param attempt which attempt failed, from 1 */
export function toApplicationFailure(error: unknown, attempt: number): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (isChartlifeError(error)) {
    const retryAfterMs = error.details.retryAfterMs;
    return ApplicationFailure.create({
      message: `${error.message}. ${error.next}`.slice(0, MAX_FAILURE_MESSAGE_LENGTH),
      type: error.type,
      nonRetryable: !error.retryable,
      details: [{ next: error.next }],
      ...(error.retryable && typeof retryAfterMs === 'number' ? { nextRetryDelay: retryAfterMs } : {}),
    });
  }
  return ApplicationFailure.create({
    message: String(error instanceof Error ? error.message : error).slice(0, MAX_FAILURE_MESSAGE_LENGTH),
    type: error instanceof Error ? error.name : 'Error',
    nonRetryable: attempt >= MAX_ATTEMPTS_OF_UNFORESEEN,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}
