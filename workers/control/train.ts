/** Training runs that a person asks for: started, found, paused, resumed. */
import {
  type Client,
  WorkflowFailedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { RunId, TrainInput, TrainProgress, TrainResult } from '../../contracts/runs.ts';
import { TASK_QUEUES } from '../../contracts/taskQueues.ts';
import { trainId, WORKFLOW_TYPES } from '../../contracts/workflowIds.ts';
import type { train } from '../../workflows/train.ts';
import { askPatiently } from './connect.ts';
import { asError, failureOf, type WorkflowFailureSummary } from './failures.ts';
import { type RetryingActivity, retryingActivity } from './retries.ts';

const SERVER_PATIENCE_MS = 120_000;
/** Whoever watches looks again: a server or a worker that is away must not hold up the look. */
const LOOK_TIMEOUT_MS = 3_000;

/** Starts it, or finds the one that runs; a finished one begins again and finds its stages done. */
export async function startTrain(
  client: Client,
  input: TrainInput,
): Promise<{ readonly workflowId: string; readonly runId: string }> {
  const workflowId = trainId(input.runId);
  const handle = await client.workflow.start<typeof train>(WORKFLOW_TYPES.train, {
    workflowId,
    taskQueue: TASK_QUEUES.ingest,
    args: [input],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}

/** @throws ChartlifeError of the type it failed with */
export async function awaitTrain(
  client: Client,
  run: { readonly workflowId: string; readonly runId: string },
  signal?: AbortSignal,
): Promise<TrainResult> {
  const handle = client.workflow.getHandle<typeof train>(run.workflowId, run.runId);
  try {
    return await askPatiently(() => handle.result(), SERVER_PATIENCE_MS, signal);
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw asError(failureOf(error));
    throw error;
  }
}

/** What the server knows of a run, whether it still goes on or not. */
export interface TrainState {
  readonly isRunning: boolean;
  /** Of a run that ended otherwise than well. */
  readonly failure: WorkflowFailureSummary | null;
  /** null where no worker answers. */
  readonly progress: TrainProgress | null;
  /** What holds it up; null if nothing does. */
  readonly retrying: RetryingActivity | null;
}

/**
 * The newest of the runs of that id; null where the server knows none.
 *
 * @throws the client's error where the server does not answer
 */
export async function trainState(client: Client, runId: RunId): Promise<TrainState | null> {
  const handle = client.workflow.getHandle<typeof train>(trainId(runId));
  try {
    return await client.connection.withDeadline(Date.now() + LOOK_TIMEOUT_MS, async () => {
      const { status } = await handle.describe();
      const isRunning = status.name === 'RUNNING';
      return {
        isRunning,
        failure: isRunning || status.name === 'COMPLETED' ? null : await failureOfRun(handle.result()),
        progress: isRunning ? await trainProgress(client, runId) : null,
        retrying: isRunning ? await retryingActivity(client, trainId(runId)) : null,
      };
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function failureOfRun(result: Promise<TrainResult>): Promise<WorkflowFailureSummary | null> {
  try {
    await result;
    return null;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return failureOf(error);
    throw error;
  }
}

/** null where the run is not there, or no worker answers. */
export async function trainProgress(client: Client, runId: RunId): Promise<TrainProgress | null> {
  try {
    return await client.workflow.getHandle(trainId(runId)).query<TrainProgress>('progress');
  } catch {
    return null;
  }
}

/**
 * A run that is paused stops at a checkpoint; resumed, it goes on from there.
 *
 * @throws ChartlifeError InvalidInput where the run has ended, or the server knows none of that id
 */
export async function signalTrain(client: Client, runId: RunId, signal: 'pause' | 'resume'): Promise<void> {
  const workflowId = trainId(runId);
  try {
    await client.workflow.getHandle(workflowId).signal(signal);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new ChartlifeError('InvalidInput', `run ${runId} is not under way`, {
      next: `See what it has: chartlife runs show ${runId}`,
      details: { workflowId },
      cause: error,
    });
  }
}
