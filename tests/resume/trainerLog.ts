/** What a train worker's log tells of its trainers: their processes, and the steps that they went on from. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../../runtime/files.ts';
import type { Home } from '../../runtime/home.ts';
import { isAlive, until } from '../integration/liveSystem.ts';

export interface TrainerLogLine {
  readonly message: string;
  readonly pid: number;
  /** Of `trainer goes on`. */
  readonly step?: number;
  /** Of `trainer failed`: of the closed list. */
  readonly type?: string;
}

/** None where no worker of the home has begun a stage. */
export async function trainerLogOf(home: Home): Promise<TrainerLogLine[]> {
  try {
    const text = await readFile(path.join(home.logsDir, 'trainer.log'), 'utf8');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** The steps that trainers went on from, in their order. */
export async function startStepsOf(home: Home): Promise<number[]> {
  return (await trainerLogOf(home)).flatMap(({ message, step }) => (message === 'trainer goes on' ? [step ?? 0] : []));
}

/** The process that trains or evaluates now; null between two of them. */
export async function trainerPidOf(home: Home): Promise<number | null> {
  const started = (await trainerLogOf(home)).findLast(({ message }) => message === 'trainer started');
  return started !== undefined && isAlive(started.pid) ? started.pid : null;
}

/** Waits for one that is not `former`. */
export async function nextTrainerPid(home: Home, former: number | null = null): Promise<number> {
  let found: number | null = null;
  await until(
    async () => {
      found = await trainerPidOf(home);
      return found !== null && found !== former;
    },
    'a trainer runs',
    120_000,
  );
  return found ?? 0;
}
