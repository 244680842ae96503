/** Sound that a person asks for: of all tracks that charted since a date, or ever. */
import { type Client, WorkflowFailedError, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/client';
import type { CalendarDate } from '../../contracts/dates.ts';
import type { FeaturesResult } from '../../contracts/payloads.ts';
import { TASK_QUEUES } from '../../contracts/taskQueues.ts';
import { askedFeaturesId, WORKFLOW_TYPES } from '../../contracts/workflowIds.ts';
import type { features } from '../../workflows/features.ts';
import { askPatiently } from './connect.ts';
import { asError, failureOf } from './failures.ts';

const SERVER_PATIENCE_MS = 120_000;

export interface FeaturesRequest {
  /** The day that is meant: asking again for tracks without a preview is counted from it. */
  readonly nominalDate: CalendarDate;
  /** Tracks that entered or came back since; null: all that ever charted. */
  readonly enteredFrom: CalendarDate | null;
  /** The settings' figure where nobody says. */
  readonly maxTracks?: number;
}

/** Starts it, or finds the one of the same tracks that runs. */
export async function startFeatures(
  client: Client,
  request: FeaturesRequest,
): Promise<{ readonly workflowId: string; readonly runId: string }> {
  const workflowId = askedFeaturesId(request.enteredFrom);
  const handle = await client.workflow.start<typeof features>(WORKFLOW_TYPES.features, {
    workflowId,
    taskQueue: TASK_QUEUES.ingest,
    args: [request],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}

/** The result of a run, over all that it continued as. @throws ChartlifeError of the type it failed with */
export async function awaitFeatures(
  client: Client,
  run: { readonly workflowId: string; readonly runId: string },
  signal?: AbortSignal,
): Promise<FeaturesResult> {
  const handle = client.workflow.getHandle<typeof features>(run.workflowId, run.runId);
  try {
    return await askPatiently(() => handle.result(), SERVER_PATIENCE_MS, signal);
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw asError(failureOf(error));
    throw error;
  }
}
