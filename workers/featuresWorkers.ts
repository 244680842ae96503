/** The workers of the queues `previews` and `features` in one process, over one set of ports. */
import { availableParallelism } from 'node:os';
import { Worker } from '@temporalio/worker';
import { createListenActivities } from '../activities/listen.ts';
import { createSpectrogramActivities } from '../activities/spectrograms.ts';
import { AudioPool } from '../audio/decode/pool.ts';
import { TASK_QUEUES } from '../contracts/taskQueues.ts';
import { openAudioArchive } from '../data/archive/audioArchive.ts';
import { openPreviewInbox } from '../data/inbox/previewInbox.ts';
import { openLake } from '../data/lake/openLake.ts';
import { openShardStore } from '../data/shards/shardStore.ts';
import { readSettings } from '../runtime/settings.ts';
import { type HostedWorkers, hostWorkers, sharedWorkerOptions, type WorkersOptions } from './hostedWorkers.ts';
import { PREVIEW_PACE } from './pace.ts';
import { openSourceShelf } from './sourceShelf.ts';

/** More threads than this bring little: one hears previews faster than any source may be asked (`node bench/run.mjs preview`). */
const MOST_THREADS = 4;

/** @throws ChartlifeError InvalidInput (settings), SetupMissing (native parts, a build), LakeUnusable. */
export async function createFeaturesWorkers(options: WorkersOptions): Promise<HostedWorkers> {
  const { home, nativeCache } = options;
  const { source } = await readSettings(home);
  const lake = await openLake(
    { catalogPath: home.catalogPath, dataDir: home.lakeDataDir, extensionsDir: nativeCache.duckdbExtensionsDir },
    { mode: 'write' },
  );
  const pool = new AudioPool({ numThreads: Math.min(MOST_THREADS, availableParallelism()) });
  const shelf = openSourceShelf();
  const pace = PREVIEW_PACE[source.kind];
  const ports = {
    lake,
    inbox: openPreviewInbox(home.inboxDir),
    audioArchive: openAudioArchive(home.audioDir),
    shards: openShardStore(home.spectrogramsDir),
    pool,
    readSettings: () => readSettings(home),
    sourcesOf: shelf.sourcesOf,
  };
  await ports.inbox.sweep();
  const shared = sharedWorkerOptions(options);
  const previewsWorker = await Worker.create({
    ...shared,
    taskQueue: TASK_QUEUES.previews,
    activities: createListenActivities(ports),
    maxConcurrentActivityTaskExecutions: pace.maxConcurrent,
    ...(pace.requestsPerSecond === null ? {} : { maxTaskQueueActivitiesPerSecond: pace.requestsPerSecond }),
  });
  const featuresWorker = await Worker.create({
    ...shared,
    taskQueue: TASK_QUEUES.features,
    activities: createSpectrogramActivities(ports),
    // One computes while another is read or written; the threads are shared.
    maxConcurrentActivityTaskExecutions: 2,
  });
  return hostWorkers([previewsWorker, featuresWorker], async () => {
    await pool.close();
    await shelf.close();
    await lake.close();
  });
}
