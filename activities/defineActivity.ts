/** What every activity has in common: it beats while it works, can be cancelled, and fails with a type. */
import { activityInfo, Context } from '@temporalio/activity';
import { toApplicationFailure } from './failures.ts';

/** Well inside the heartbeat timeout that workflows set; short activities end before the first beat. */
const BEAT_EVERY_MS = 1_500;

/** One piece of work. The signal aborts when the workflow cancels it or the worker's grace time is over. */
export type ActivityWork<Input, Output> = (input: Input, signal: AbortSignal) => Promise<Output>;

/**
 * Makes an activity of a piece of work. Its heartbeats say "alive" while it is under way: a worker that was killed is
 * noticed within seconds, and the work begins again elsewhere.
 */
export function defineActivity<Input, Output>(work: ActivityWork<Input, Output>): (input: Input) => Promise<Output> {
  return async (input) => {
    const context = Context.current();
    const signal = context.cancellationSignal;
    const beat = setInterval(() => context.heartbeat(), BEAT_EVERY_MS);
    try {
      return await work(input, signal);
    } catch (error) {
      // The reason is Temporal's own CancelledFailure, whatever the interrupted call made of it.
      if (signal.aborted) throw signal.reason;
      throw toApplicationFailure(error, activityInfo().attempt);
    } finally {
      clearInterval(beat);
    }
  };
}
