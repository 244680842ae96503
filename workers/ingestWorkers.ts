/** The workers of the queues `fetch` and `ingest` in one process, over one set of ports. */
import path from 'node:path';
import { Worker } from '@temporalio/worker';
import { createBackfillActivities } from '../activities/backfill.ts';
import { createCommitActivities } from '../activities/commit.ts';
import { createFetchActivities } from '../activities/fetch.ts';
import { createPlanActivities } from '../activities/plan.ts';
import { createSoundActivities } from '../activities/sound.ts';
import { createUpkeepActivities } from '../activities/upkeep.ts';
import { ChartlifeError } from '../contracts/errors.ts';
import type { SourceSettings } from '../contracts/settings.ts';
import { TASK_QUEUES } from '../contracts/taskQueues.ts';
import { openPageArchive } from '../data/archive/pageArchive.ts';
import { openPreviewInbox } from '../data/inbox/previewInbox.ts';
import { openLake } from '../data/lake/openLake.ts';
import { openShardStore } from '../data/shards/shardStore.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { readSettings } from '../runtime/settings.ts';
import { createHttpFetcher } from '../sources/http.ts';
import type { PageFetcher } from '../sources/pageFetcher.ts';
import { type HostedWorkers, hostWorkers, sharedWorkerOptions, type WorkersOptions } from './hostedWorkers.ts';
import { FETCH_PACE } from './pace.ts';

/** What `npm run build` makes of workflows/. */
export const WORKFLOW_BUNDLE_PATH: string = path.join(PROJECT_ROOT, 'dist', 'workflows', 'bundle.js');

/**
 * @throws ChartlifeError InvalidInput (settings), SetupMissing (native parts, bundle), LakeUnusable.
 */
export async function createIngestWorkers(options: WorkersOptions): Promise<HostedWorkers> {
  const { home, nativeCache } = options;
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
  const soundPorts = { lake, inbox: openPreviewInbox(home.inboxDir), shards: openShardStore(home.spectrogramsDir) };
  const shared = sharedWorkerOptions(options);

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
      ...createSoundActivities({ ...soundPorts, ...settingsPort }),
    },
    // The lake takes one transaction at a time; a few more keep it busy while others read pages.
    maxConcurrentActivityTaskExecutions: 4,
    maxCachedWorkflows: 50,
    // A run whose worker was killed goes on elsewhere after this.
    stickyQueueScheduleToStartTimeout: '5 seconds',
  });
  return hostWorkers([fetchWorker, ingestWorker], async () => {
    await fetcher.close();
    await lake.close();
  });
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
