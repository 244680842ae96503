/** Refreshes: asked for by a person, awaited, and what became of them. */
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { ChartKind } from '../../contracts/charts.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { RefreshResult } from '../../contracts/payloads.ts';
import type { Region } from '../../contracts/regions.ts';
import { TASK_QUEUES } from '../../contracts/taskQueues.ts';
import { refreshId, WORKFLOW_TYPES } from '../../contracts/workflowIds.ts';
import { waitFor } from '../../runtime/deadline.ts';
import type { refresh } from '../../workflows/refresh.ts';
import { askPatiently } from './connect.ts';
import { failureOf, type WorkflowFailureSummary } from './failures.ts';

/** How long the server may be away while somebody waits. */
const SERVER_PATIENCE_MS = 120_000;
/** How long a night that is next in a schedule's line may take to begin. */
const START_PATIENCE_MS = 120_000;
const LOOK_EVERY_MS = 50;

export interface NightToAwait {
  readonly nominalDate: CalendarDate;
  readonly workflowId: string;
  /** The latest run of that id before this one; null if there was none. */
  readonly formerRunId: string | null;
}

export type NightOutcome = NightToAwait &
  (
    | { readonly outcome: 'completed'; readonly result: RefreshResult }
    | { readonly outcome: 'failed'; readonly failure: WorkflowFailureSummary }
  );

/**
 * Starts a refresh now, of all regions or of some. While one of the same night, cadence and regions runs, that one is meant: `isNew` is false then.
 */
export async function startRefresh(
  client: Client,
  cadence: ChartKind,
  nominalDate: CalendarDate,
  regions?: readonly Region[],
): Promise<{ readonly workflowId: string; readonly runId: string; readonly isNew: boolean }> {
  const workflowId = refreshId(nominalDate, cadence, regions);
  const start = (workflowIdConflictPolicy: WorkflowIdConflictPolicy) =>
    client.workflow.start<typeof refresh>(WORKFLOW_TYPES.refresh, {
      workflowId,
      taskQueue: TASK_QUEUES.ingest,
      args: [{ cadence, nominalDate, ...(regions === undefined ? {} : { regions }) }],
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      workflowIdConflictPolicy,
    });
  try {
    const { firstExecutionRunId: runId } = await start(WorkflowIdConflictPolicy.FAIL);
    return { workflowId, runId, isNew: true };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { firstExecutionRunId: runId } = await start(WorkflowIdConflictPolicy.USE_EXISTING);
    return { workflowId, runId, isNew: false };
  }
}

/** The end of one run, however it ends; waits through a server's restart. */
export async function awaitRefresh(
  client: Client,
  workflowId: string,
  runId: string,
  signal?: AbortSignal,
): Promise<
  | { readonly outcome: 'completed'; readonly result: RefreshResult }
  | { readonly outcome: 'failed'; readonly failure: WorkflowFailureSummary }
> {
  const handle = client.workflow.getHandle<typeof refresh>(workflowId, runId);
  try {
    const result = await askPatiently(() => waitFor(handle.result(), signal), SERVER_PATIENCE_MS, signal);
    return { outcome: 'completed', result };
  } catch (error) {
    if (error instanceof WorkflowFailedError) return { outcome: 'failed', failure: failureOf(error) };
    throw error;
  }
}

/**
 * Waits for nights that a schedule lives through one after the other, and gives each as it ends.
 *
 * @throws ChartlifeError ServerUnavailable if a night does not begin: no worker, or its schedule was removed
 */
export async function* awaitNights(
  client: Client,
  nights: readonly NightToAwait[],
  signal?: AbortSignal,
): AsyncGenerator<NightOutcome> {
  for (const night of nights) {
    const runId = await awaitStart(client, night, signal);
    yield { ...night, ...(await awaitRefresh(client, night.workflowId, runId, signal)) };
  }
}

async function awaitStart(client: Client, night: NightToAwait, signal?: AbortSignal): Promise<string> {
  const handle = client.workflow.getHandle(night.workflowId);
  const deadlineMs = performance.now() + START_PATIENCE_MS;
  for (;;) {
    try {
      const { runId } = await askPatiently(() => handle.describe(), SERVER_PATIENCE_MS, signal);
      if (runId !== night.formerRunId) return runId;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
    if (performance.now() > deadlineMs) {
      throw new ChartlifeError('ServerUnavailable', `the night of ${night.nominalDate} has not begun`, {
        next: 'See `chartlife status`: whether a worker runs, and what the schedule says.',
        details: { workflowId: night.workflowId },
      });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
