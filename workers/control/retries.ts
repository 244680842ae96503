/** What holds a run up: an activity that failed and will be tried again. */
import type { Client } from '@temporalio/client';
import { failureOfAttempt, type WorkflowFailureSummary } from './failures.ts';

export interface RetryingActivity {
  /** Of the last attempt. */
  readonly failure: WorkflowFailureSummary;
  /** The attempt that is under way or comes next, counted from 1. */
  readonly attempt: number;
  /** null: without end. */
  readonly maxAttempts: number | null;
  /** null while the attempt is under way. */
  readonly nextAttemptAt: Date | null;
  /** Activities of the run that are tried again, this one with them. */
  readonly numRetrying: number;
}

type Description = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>;
type PendingActivity = NonNullable<Description['raw']['pendingActivities']>[number];
type Timestamp = NonNullable<PendingActivity['scheduledTime']>;

/** The activity that has failed most often; null if none of the run's failed at its last attempt, or it has ended. */
export async function retryingActivity(client: Client, workflowId: string): Promise<RetryingActivity | null> {
  let description: Description;
  try {
    description = await client.workflow.getHandle(workflowId).describe();
  } catch {
    // It has ended since it was listed, or the server is away, which whoever lists runs hears anyway.
    return null;
  }
  const failed = (description.raw.pendingActivities ?? []).filter(({ lastFailure }) => lastFailure?.message);
  const [worst] = failed.sort((a, b) => (b.attempt ?? 1) - (a.attempt ?? 1));
  if (!worst?.lastFailure) return null;
  const { lastFailure, attempt, maximumAttempts, scheduledTime } = worst;
  const nowMs = Date.now();
  const scheduledMs = scheduledTime ? instantMs(scheduledTime) : nowMs;
  return {
    failure: failureOfAttempt(lastFailure),
    attempt: attempt ?? 1,
    maxAttempts: maximumAttempts || null,
    // While an activity waits for its next attempt, the time it is scheduled for lies ahead.
    nextAttemptAt: scheduledMs > nowMs ? new Date(scheduledMs) : null,
    numRetrying: failed.length,
  };
}

function instantMs({ seconds, nanos }: Timestamp): number {
  return Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1_000_000;
}
