/** The worker of the queue `train`: one stage of one run at a time, as it takes the whole device. */
import path from 'node:path';
import { Worker } from '@temporalio/worker';
import { createTrainActivities } from '../activities/train.ts';
import { TASK_QUEUES } from '../contracts/taskQueues.ts';
import { openLake } from '../data/lake/openLake.ts';
import { openLogFile } from '../runtime/log.ts';
import { tensorflowVariant } from '../runtime/tensorflowVariant.ts';
import { type HostedWorkers, hostWorkers, sharedWorkerOptions, type WorkersOptions } from './hostedWorkers.ts';
import { createRuns } from './trainer/runs.ts';

/** @throws ChartlifeError InvalidInput (variant), SetupMissing (native parts, a build), LakeUnusable. */
export async function createTrainWorkers(options: WorkersOptions): Promise<HostedWorkers> {
  const { home, nativeCache } = options;
  const location = {
    catalogPath: home.catalogPath,
    dataDir: home.lakeDataDir,
    extensionsDir: nativeCache.duckdbExtensionsDir,
  };
  const lake = await openLake(location, { mode: 'write' });
  const logger = openLogFile(path.join(home.logsDir, 'trainer.log'));
  const runs = createRuns({
    home,
    nativeCache,
    variant: tensorflowVariant(process.env),
    logger,
    lake,
    openLakeAt: (snapshotId) => openLake(location, { mode: 'read', snapshot: snapshotId }),
  });
  const worker = await Worker.create({
    ...sharedWorkerOptions(options),
    // A stage that is under way is asked at once to write its checkpoint and end.
    shutdownGraceTime: 0,
    taskQueue: TASK_QUEUES.train,
    activities: createTrainActivities(runs),
    maxConcurrentActivityTaskExecutions: 1,
  });
  return hostWorkers([worker], async () => {
    await lake.close();
    logger.close();
  });
}
