/** What runs now and what ran last; backfills; stopping. */
import {
  type Client,
  WorkflowFailedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ChartlifeError } from '../../contracts/errors.ts';
import type {
  BackfillProgress,
  BackfillResult,
  BackfillSelection,
  EnrichProgress,
  FeaturesProgress,
  RefreshProgress,
  RefreshResult,
} from '../../contracts/payloads.ts';
import { TASK_QUEUES } from '../../contracts/taskQueues.ts';
import { backfillId, WORKFLOW_TYPES } from '../../contracts/workflowIds.ts';
import type { backfill } from '../../workflows/backfill.ts';
import type { refresh } from '../../workflows/refresh.ts';
import { askPatiently } from './connect.ts';
import { asError, failureOf, type WorkflowFailureSummary } from './failures.ts';
import { type RetryingActivity, retryingActivity } from './retries.ts';

const SERVER_PATIENCE_MS = 120_000;
/** A worker that is busy or away leaves a query unanswered: then a run is listed without its progress. */
const QUERY_TIMEOUT_MS = 3_000;

export interface RunningRun {
  readonly workflowId: string;
  readonly runId: string;
  readonly startedAt: Date;
  /** What holds it up; null if nothing does. */
  readonly retrying: RetryingActivity | null;
}

export type RunningRefresh = RunningRun & {
  /** null where no worker answers. */
  readonly progress: RefreshProgress | null;
  readonly tracks: EnrichProgress | null;
  readonly sound: FeaturesProgress | null;
};
/** Sound that a person asked for; a night's own is told with its refresh. */
export type RunningFeatures = RunningRun & { readonly progress: FeaturesProgress | null };
export type RunningBackfill = RunningRun & { readonly progress: BackfillProgress | null };

export interface FinishedRefresh {
  readonly workflowId: string;
  readonly runId: string;
  readonly startedAt: Date;
  readonly closedAt: Date;
  /** null if it failed, was cancelled or terminated: then `failure` says why. */
  readonly result: RefreshResult | null;
  readonly failure: WorkflowFailureSummary | null;
}

export interface RunsDescription {
  readonly refreshes: readonly RunningRefresh[];
  readonly backfills: readonly RunningBackfill[];
  readonly features: readonly RunningFeatures[];
  /** The newest first. */
  readonly finished: readonly FinishedRefresh[];
}

/** What runs, with its progress, and the last `numFinished` refreshes. */
export async function describeRuns(client: Client, numFinished: number): Promise<RunsDescription> {
  const refreshes: RunningRefresh[] = [];
  for (const run of await listRunning(client, WORKFLOW_TYPES.refresh)) {
    const progress = await query<RefreshProgress>(client, run.workflowId);
    const enrichId = progress?.phase === 'tracks' ? progress.enrichId : null;
    const featuresId = (progress?.phase === 'sound' ? progress.featuresId : null) ?? null;
    refreshes.push({
      ...run,
      retrying: await retryingActivity(client, enrichId ?? featuresId ?? run.workflowId),
      progress,
      tracks: enrichId === null ? null : await query<EnrichProgress>(client, enrichId),
      sound: featuresId === null ? null : await query<FeaturesProgress>(client, featuresId),
    });
  }
  const backfills: RunningBackfill[] = [];
  for (const run of await listRunning(client, WORKFLOW_TYPES.backfill)) {
    backfills.push({
      ...run,
      retrying: await retryingActivity(client, run.workflowId),
      progress: await query<BackfillProgress>(client, run.workflowId),
    });
  }
  const features: RunningFeatures[] = [];
  for (const run of await listRunning(client, WORKFLOW_TYPES.features)) {
    if (refreshes.some(({ progress }) => progress?.featuresId === run.workflowId)) continue;
    features.push({
      ...run,
      retrying: await retryingActivity(client, run.workflowId),
      progress: await query<FeaturesProgress>(client, run.workflowId),
    });
  }
  return { refreshes, backfills, features, finished: await listFinished(client, numFinished) };
}

/** Waits until no workflow of ours runs. A schedule may start another at any time. */
export async function awaitIdle(client: Client, signal?: AbortSignal): Promise<void> {
  const types = Object.values(WORKFLOW_TYPES)
    .map((type) => `'${type}'`)
    .join(', ');
  for (;;) {
    const { count } = await askPatiently(
      () => client.workflow.count(`ExecutionStatus = 'Running' AND WorkflowType IN (${types})`),
      SERVER_PATIENCE_MS,
      signal,
    );
    if (count === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Starts a backfill, or finds the one of the same selection that runs. */
export async function startBackfill(
  client: Client,
  selection: BackfillSelection,
): Promise<{ readonly workflowId: string; readonly runId: string }> {
  const workflowId = backfillId(selection);
  const handle = await client.workflow.start<typeof backfill>(WORKFLOW_TYPES.backfill, {
    workflowId,
    taskQueue: TASK_QUEUES.ingest,
    args: [{ selection }],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  });
  return { workflowId, runId: handle.firstExecutionRunId };
}

/**
 * The result of a backfill, once it has one.
 *
 * @throws ChartlifeError of the type it failed with, such as BackfillRefused
 */
export async function awaitBackfill(
  client: Client,
  run: { readonly workflowId: string; readonly runId: string },
  signal?: AbortSignal,
): Promise<BackfillResult> {
  const handle = client.workflow.getHandle<typeof backfill>(run.workflowId, run.runId);
  try {
    return await askPatiently(() => handle.result(), SERVER_PATIENCE_MS, signal);
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw asError(failureOf(error));
    throw error;
  }
}

/** How far a backfill is; null where no worker answers. */
export async function backfillProgress(client: Client, workflowId: string): Promise<BackfillProgress | null> {
  return query<BackfillProgress>(client, workflowId);
}

/** How far a run of sound is; null where no worker answers. */
export async function featuresProgress(client: Client, workflowId: string): Promise<FeaturesProgress | null> {
  return query<FeaturesProgress>(client, workflowId);
}

/**
 * Asks a run to stop: what is committed stays, what is in flight ends or is cancelled.
 *
 * @throws ChartlifeError InvalidInput if no such run is known or it has ended
 */
export async function cancelRun(client: Client, workflowId: string): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  // The server takes a request to cancel a run that has ended without a word.
  const isUnderWay = await handle.describe().then(
    ({ status }) => status.name === 'RUNNING',
    (error: unknown) => {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    },
  );
  if (!isUnderWay) {
    throw new ChartlifeError('InvalidInput', `no run "${workflowId}" is under way`, {
      next: '`chartlife status` lists the runs.',
      details: { workflowId },
    });
  }
  await handle.cancel();
}

async function listRunning(client: Client, workflowType: string): Promise<Omit<RunningRun, 'retrying'>[]> {
  const runs: Omit<RunningRun, 'retrying'>[] = [];
  const query = `WorkflowType = '${workflowType}' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, runId, startTime } of client.workflow.list({ query })) {
    runs.push({ workflowId, runId, startedAt: startTime });
  }
  return runs.reverse();
}

async function listFinished(client: Client, limit: number): Promise<FinishedRefresh[]> {
  const finished: FinishedRefresh[] = [];
  if (limit === 0) return finished;
  const query = `WorkflowType = '${WORKFLOW_TYPES.refresh}' AND ExecutionStatus != 'Running'`;
  for await (const { workflowId, runId, startTime, closeTime } of client.workflow.list({ query, pageSize: limit })) {
    const handle = client.workflow.getHandle<typeof refresh>(workflowId, runId);
    const end = await handle.result().then(
      (result) => ({ result, failure: null }),
      (error: unknown) => {
        if (error instanceof WorkflowFailedError) return { result: null, failure: failureOf(error) };
        throw error;
      },
    );
    finished.push({ workflowId, runId, startedAt: startTime, closedAt: closeTime ?? startTime, ...end });
    if (finished.length >= limit) break;
  }
  return finished;
}

async function query<T>(client: Client, workflowId: string): Promise<T | null> {
  try {
    return await client.connection.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      client.workflow.getHandle(workflowId).query<T>('progress'),
    );
  } catch {
    // It has ended since it was listed, or no worker answers: both are answers.
    return null;
  }
}
