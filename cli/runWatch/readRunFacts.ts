/** Reads what a run's folder says of it: files alone, whoever writes them. */
import { hostname } from 'node:os';
import type { RunStage } from '../../contracts/runs.ts';
import { findProcess } from '../../runtime/processes.ts';
import { openCheckpointStore, readCheckpointName } from '../../workers/trainer/checkpoints.ts';
import { countAttempts, isStart, type RunEvent, readEvents } from '../../workers/trainer/eventsFile.ts';
import { readMetrics } from '../../workers/trainer/metricsFile.ts';
import { readNow } from '../../workers/trainer/nowFile.ts';
import type { RunFolder } from '../../workers/trainer/runFolder.ts';
import { checkpointsDirOf, metricsPathOf } from '../../workers/trainer/runPaths.ts';
import type { RunFacts } from './runView.ts';

/** @throws ChartlifeError RunNotFound */
export async function readRunFacts(folder: RunFolder): Promise<Omit<RunFacts, 'at' | 'workflow'>> {
  const [record, events, now, names, mp2, mp3] = await Promise.all([
    folder.require(),
    readEvents(folder.path),
    readNow(folder.path),
    openCheckpointStore(checkpointsDirOf(folder.path)).list(),
    readMetrics(metricsPathOf(folder.path, 'mp2')),
    readMetrics(metricsPathOf(folder.path, 'mp3')),
  ]);
  const checkpoints = names.map(readCheckpointName);
  const stepsOf = (stage: RunStage): number[] =>
    checkpoints.filter((checkpoint) => checkpoint.stage === stage).map(({ step }) => step);
  return {
    ...{ record, events, now },
    losses: { mp2: mp2.map(({ loss }) => loss), mp3: mp3.map(({ loss }) => loss) },
    checkpointSteps: { mp2: stepsOf('mp2'), mp3: stepsOf('mp3') },
    isTrainerAlive: await isTrainerAlive(events),
  };
}

async function isTrainerAlive(events: readonly RunEvent[]): Promise<boolean> {
  if (!countAttempts(events).isOpen) return false;
  const newest = events.findLast(isStart);
  return newest?.pid !== undefined && newest.host === hostname() && (await findProcess(newest.pid)) !== null;
}
