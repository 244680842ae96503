/** Reads what a run's folder says of it: files alone, whoever writes them. */
import { hostname } from 'node:os';
import type { RunStage } from '../../contracts/runs.ts';
import { findProcess } from '../../runtime/processes.ts';
import { openCheckpointStore, readCheckpointName } from '../../workers/trainer/checkpoints.ts';
import { countAttempts, isStart, type RunEvent, readEvents } from '../../workers/trainer/eventsFile.ts';
import { readNow } from '../../workers/trainer/nowFile.ts';
import type { RunFolder } from '../../workers/trainer/runFolder.ts';
import { checkpointsDirOf } from '../../workers/trainer/runPaths.ts';
import type { LossTails } from './lossTail.ts';
import type { RunFacts } from './runView.ts';

/**
 * @param tails of the run's losses, kept from one look to the next
 * @throws ChartlifeError RunNotFound, LakeUnusable where the run's record is damaged
 */
export async function readRunFacts(folder: RunFolder, tails: LossTails): Promise<Omit<RunFacts, 'at' | 'workflow'>> {
  const [record, events, now, names, mp2, mp3] = await Promise.all([
    folder.require(),
    readEvents(folder.path),
    readNow(folder.path),
    openCheckpointStore(checkpointsDirOf(folder.path)).list(),
    tails.mp2.read(),
    tails.mp3.read(),
  ]);
  const checkpoints = names.map(readCheckpointName);
  const stepsOf = (stage: RunStage): number[] =>
    checkpoints.filter((checkpoint) => checkpoint.stage === stage).map(({ step }) => step);
  return {
    ...{ record, events, now },
    losses: { mp2, mp3 },
    checkpointSteps: { mp2: stepsOf('mp2'), mp3: stepsOf('mp3') },
    isTrainerAlive: await isTrainerAlive(events),
  };
}

async function isTrainerAlive(events: readonly RunEvent[]): Promise<boolean> {
  if (!countAttempts(events).isOpen) return false;
  const newest = events.findLast(isStart);
  return newest?.pid !== undefined && newest.host === hostname() && (await findProcess(newest.pid)) !== null;
}
