/** The workers of training: one stage of one run at a time, as it takes the whole device; beside it short steps. */
import path from 'node:path';
import { Worker } from '@temporalio/worker';
import { createSweepActivities } from '../activities/sweep.ts';
import { createTrainActivities } from '../activities/train.ts';
import { TASK_QUEUES } from '../contracts/taskQueues.ts';
import { openLake } from '../data/lake/openLake.ts';
import { openLogFile } from '../runtime/log.ts';
import { tensorflowVariant } from '../runtime/tensorflowVariant.ts';
import { type HostedWorkers, hostWorkers, sharedWorkerOptions, type WorkersOptions } from './hostedWorkers.ts';
import { createRuns } from './trainer/runs.ts';
import { createSweeps } from './trainer/sweepPlan.ts';

/** Each may hold a data set in memory. */
const MAX_STEPS_AT_ONCE = 4;

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
    openLakeAt: (snapshotId) =>
      openLake(location, { mode: 'read', ...(snapshotId === null ? {} : { snapshot: snapshotId }) }),
  });
  const shared = {
    ...sharedWorkerOptions(options),
    // A stage that is under way is asked at once to write its checkpoint and end.
    shutdownGraceTime: 0,
    // Several within a stage's heartbeat timeout.
    maxHeartbeatThrottleInterval: '1 second',
    activities: { ...createTrainActivities(runs), ...createSweepActivities(createSweeps(lake)) },
  };
  const stages = await Worker.create({
    ...shared,
    taskQueue: TASK_QUEUES.train,
    maxConcurrentActivityTaskExecutions: 1,
  });
  const steps = await Worker.create({
    ...shared,
    taskQueue: TASK_QUEUES.trainSteps,
    maxConcurrentActivityTaskExecutions: MAX_STEPS_AT_ONCE,
  });
  return hostWorkers([stages, steps], async () => {
    await lake.close();
    logger.close();
  });
}
