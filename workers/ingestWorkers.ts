/** The workers of the queues `fetch` and `ingest` in one process, over one set of ports. */
import path from 'node:path';
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { createBackfillActivities } from '../activities/backfill.ts';
import { createCommitActivities } from '../activities/commit.ts';
import { createFetchActivities } from '../activities/fetch.ts';
import { createPlanActivities } from '../activities/plan.ts';
import { createUpkeepActivities } from '../activities/upkeep.ts';
import { ChartlifeError } from '../contracts/errors.ts';
import type { SourceSettings } from '../contracts/settings.ts';
import { TASK_QUEUES } from '../contracts/taskQueues.ts';
import { openPageArchive } from '../data/archive/pageArchive.ts';
import { openLake } from '../data/lake/openLake.ts';
import type { Home } from '../runtime/home.ts';
import type { NativeCache } from '../runtime/nativeParts.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { readSettings } from '../runtime/settings.ts';
import { createHttpFetcher } from '../sources/http.ts';
import type { PageFetcher } from '../sources/pageFetcher.ts';
import { FETCH_PACE } from './pace.ts';

/** What `npm run build` makes of workflows/. */
export const WORKFLOW_BUNDLE_PATH: string = path.join(PROJECT_ROOT, 'dist', 'workflows', 'bundle.js');

/** In-flight work has so long to end by itself after SIGTERM; a request to the source is then cancelled. */
const GRACE_MS = 4_000;
/** After this the process ends, whatever still runs: everything it does may be killed. */
const FORCE_MS = 9_000;

export interface IngestWorkersOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly home: Home;
  readonly nativeCache: NativeCache;
}

export interface IngestWorkers {
  /** Works until {@link shutdown}, or until a worker fails. */
  run(): Promise<void>;
  /** Stops taking work and lets what is in flight end. Safe to call twice. */
  shutdown(): void;
  /** Closes the lake and the fetcher; after `run` has ended. */
  close(): Promise<void>;
}

/**
 * @throws ChartlifeError InvalidInput (settings), SetupMissing (native parts, bundle), LakeUnusable.
 */
export async function createIngestWorkers(options: IngestWorkersOptions): Promise<IngestWorkers> {
  const { home, nativeCache, connection, namespace } = options;
  const { source } = await readSettings(home);
  const lake = await openLake(
    { catalogPath: home.catalogPath, dataDir: home.lakeDataDir, extensionsDir: nativeCache.duckdbExtensionsDir },
    { mode: 'write' },
  );
  const archive = openPageArchive(home.pagesDir);
  const fetcher = createFetcher(source);
  const pace = FETCH_PACE[source.kind];
  const settingsPort = { readSettings: () => readSettings(home) };
  const ingestPorts = { lake, archive, sourceKind: source.kind };
  const shared = {
    connection,
    namespace,
    shutdownGraceTime: GRACE_MS,
    shutdownForceTime: FORCE_MS,
    // Heartbeats go out often enough that a missing one means a dead worker, not a slow one.
    maxHeartbeatThrottleInterval: '2 seconds',
    defaultHeartbeatThrottleInterval: '2 seconds',
  } satisfies Partial<WorkerOptions>;

  const fetchWorker = await Worker.create({
    ...shared,
    taskQueue: TASK_QUEUES.fetch,
    activities: createFetchActivities({ fetcher, archive, source, jitterMs: pace.jitterMs }),
    maxConcurrentActivityTaskExecutions: pace.maxConcurrent,
    ...(pace.requestsPerSecond === null ? {} : { maxTaskQueueActivitiesPerSecond: pace.requestsPerSecond }),
  });
  const ingestWorker = await Worker.create({
    ...shared,
    taskQueue: TASK_QUEUES.ingest,
    workflowBundle: { codePath: WORKFLOW_BUNDLE_PATH },
    activities: {
      ...createPlanActivities({ lake, source, ...settingsPort }),
      ...createCommitActivities(ingestPorts),
      ...createUpkeepActivities({ lake, ...settingsPort }),
      ...createBackfillActivities(ingestPorts),
    },
    // The lake takes one transaction at a time; a few more keep it busy while others read pages.
    maxConcurrentActivityTaskExecutions: 4,
    maxCachedWorkflows: 50,
    // A run whose worker was killed goes on elsewhere after this.
    stickyQueueScheduleToStartTimeout: '5 seconds',
  });
  const workers = [fetchWorker, ingestWorker];
  return {
    run: async () => {
      await Promise.all(workers.map((worker) => worker.run()));
    },
    shutdown: () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    },
    close: async () => {
      await fetcher.close();
      await lake.close();
    },
  };
}

/** Asks the source's host and no other. The pace within a process is the floor under the queue's own limit. */
function createFetcher(source: SourceSettings): PageFetcher {
  const { host } = new URL(source.baseUrl);
  if (source.kind === 'replica') return createHttpFetcher({ allowedHosts: [host], minIntervalMs: 0, jitterMs: 0 });
  if (source.contact === null) return REFUSING_FETCHER;
  return createHttpFetcher({ allowedHosts: [host], minIntervalMs: 2_000, jitterMs: 0, contact: source.contact });
}

/** Of a worker that started before the user named a contact: no plan gets so far as to ask it. */
const REFUSING_FETCHER: PageFetcher = {
  fetch: async () => {
    throw new ChartlifeError('InvalidInput', 'no contact was named when this worker started', {
      next: 'Name a contact, then stop `chartlife up` and start it again.',
    });
  },
  close: async () => undefined,
};
