/** Sweeps that a person asks for: started, watched, paused, resumed. */
import {
  type Client,
  WorkflowFailedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { SweepId, SweepInput, SweepProgress, SweepResult } from '../../contracts/sweeps.ts';
import { TASK_QUEUES } from '../../contracts/taskQueues.ts';
import { sweepWorkflowId, WORKFLOW_TYPES } from '../../contracts/workflowIds.ts';
import type { sweep } from '../../workflows/sweep.ts';
import { askPatiently } from './connect.ts';
import { asError, failureOf } from './failures.ts';

const SERVER_PATIENCE_MS = 120_000;

/** Starts it, or finds the one that runs; a finished one begins again and finds its runs done. */
export async function startSweep(
  client: Client,
  input: SweepInput,
): Promise<{ readonly workflowId: string; readonly runId: string }> {
  const workflowId = sweepWorkflowId(input.sweepId);
  const handle = await client.workflow.start<typeof sweep>(WORKFLOW_TYPES.sweep, {
    workflowId,
    taskQueue: TASK_QUEUES.ingest,
    args: [input],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}

/** @throws ChartlifeError of the type that its first run failed with, where none was trained */
export async function awaitSweep(
  client: Client,
  run: { readonly workflowId: string; readonly runId: string },
  signal?: AbortSignal,
): Promise<SweepResult> {
  const handle = client.workflow.getHandle<typeof sweep>(run.workflowId, run.runId);
  try {
    return await askPatiently(() => handle.result(), SERVER_PATIENCE_MS, signal);
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw asError(failureOf(error));
    throw error;
  }
}

/** null where the sweep is not there, or no worker answers. */
export async function sweepProgress(client: Client, sweepId: SweepId): Promise<SweepProgress | null> {
  try {
    return await client.workflow.getHandle(sweepWorkflowId(sweepId)).query<SweepProgress>('progress');
  } catch {
    return null;
  }
}

/**
 * Its runs that go stop at a checkpoint, and none begins; resumed, all go on.
 *
 * @throws ChartlifeError InvalidInput where the sweep has ended
 */
export async function signalSweep(client: Client, sweepId: SweepId, signal: 'pause' | 'resume'): Promise<void> {
  const workflowId = sweepWorkflowId(sweepId);
  try {
    await client.workflow.getHandle(workflowId).signal(signal);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new ChartlifeError('InvalidInput', `no sweep "${workflowId}" is under way`, {
      next: `See what it has: chartlife runs sweep ${sweepId}`,
      details: { workflowId },
      cause: error,
    });
  }
}
