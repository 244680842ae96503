/** A source that asks for a pause gets it: the night waits for a short one, and ends its attempts at a long one. */
import { ApplicationFailure } from '@temporalio/common';
import { isChartlifeError } from '../contracts/errors.ts';
import { LONGEST_RETRY_AFTER_MS } from './patience.ts';

/** The pause that an error says the source asks for, in milliseconds, if it is longer than a night has; else null. */
export function longPauseMs(error: unknown): number | null {
  if (!isChartlifeError(error)) return null;
  const { retryAfterMs } = error.details;
  return typeof retryAfterMs === 'number' && retryAfterMs > LONGEST_RETRY_AFTER_MS ? retryAfterMs : null;
}

/** The end of this night's attempts where the source asks for a longer pause than a night has; null otherwise. */
export function notBeforeTomorrow(error: unknown): ApplicationFailure | null {
  const pauseMs = longPauseMs(error);
  if (pauseMs === null || !isChartlifeError(error)) return null;
  const numMinutes = Math.round(pauseMs / 60_000);
  return ApplicationFailure.nonRetryable(
    `${error.message}. The source asks for a pause of ${numMinutes} minutes: it is not asked again tonight.`,
    error.type,
  );
}
