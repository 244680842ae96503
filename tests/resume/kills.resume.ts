/**
 * One run of MP2, then MP3, undisturbed; the same run again in a copy of its home, killed with SIGKILL at ten moments, some
 * by what happens then, some at random. Both end in the same bits. `CHARTLIFE_RESUME_SEED` draws other moments.
 */
import { cp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RUN_STAGES, type RunId, type RunPhase, type RunStage, type TrainInput } from '../../contracts/runs.ts';
import type { Home } from '../../runtime/home.ts';
import { Draws } from '../../runtime/philox.ts';
import { openCheckpointStore, readCheckpointName } from '../../workers/trainer/checkpoints.ts';
import { readMetrics } from '../../workers/trainer/metricsFile.ts';
import { runFolderIn } from '../../workers/trainer/runFolder.ts';
import { checkpointsDirOf, metricsPathOf } from '../../workers/trainer/runPaths.ts';
import { isAlive, type LiveSystem, makeHome, until } from '../integration/liveSystem.ts';
import { fillLake, startSystemOn, trainInputOf } from '../integration/trainableSystem.ts';
import { expectSameBits, type RunBits, runBitsOf } from './runBits.ts';
import { nextTrainerPid, startStepsOf, trainerPidOf } from './trainerLog.ts';

const SEED = Number(process.env.CHARTLIFE_RESUME_SEED ?? 6);
const TEST_PURPOSE = 1004;
const WAIT_MS = 240_000;
const NUM_STEPS = 240;
/** Nano's model as it is; steps, batches and weeks of a lake of seventy days. */
const CHANGES: readonly string[] = [
  ...['mp2', 'mp3'].flatMap((stage) => [`${stage}.numSteps=${NUM_STEPS}`, `${stage}.batchSize=4`]),
  ...['decoder.numWeeks=8', 'sumWeeks=3', 'split.embargoDays=0', 'split.validationShare=0.25', 'split.testShare=0.25'],
];

interface Kill {
  readonly what: string;
  readonly phase: RunPhase;
  readonly step: string;
  /** How many trainers had said where they go on. */
  readonly numStarts: number;
  /** Steps of the newest checkpoint that was whole when they were dead; null between the stages. */
  readonly newestStep: number | null;
}

const homes: Home[] = [];
let live: LiveSystem;
let input: TrainInput;
let undisturbed: RunBits;
const kills: Kill[] = [];
const draws = new Draws(SEED, 0, TEST_PURPOSE);

async function trainToEnd(system: LiveSystem): Promise<void> {
  await system.control.awaitTrain(await system.control.startTrain(input));
}

beforeAll(async () => {
  const home = await makeHome();
  await fillLake(home);
  const copy = await makeHome();
  homes.push(home, copy);
  await cp(home.root, copy.root, { recursive: true });
  input = await trainInputOf({ home }, 1, CHANGES, []);
  const first = await startSystemOn(home);
  try {
    await trainToEnd(first);
    undisturbed = await runBitsOf(home, input.runId);
  } finally {
    await first.control.close();
    await first.system.stop();
  }
  live = await startSystemOn(copy);
});
afterAll(async () => {
  await live?.remove();
  for (const { root } of homes) await rm(root, { recursive: true, force: true });
});

test('killed ten times on the way, the run ends in the same bits', async () => {
  process.stdout.write(`seed ${SEED}: CHARTLIFE_RESUME_SEED=${SEED} draws the same moments again\n`);
  const ended = trainToEnd(live);
  // Should it fail, the end of the test says so.
  ended.catch(() => undefined);
  await killAtStep('mp2', draws.integer(1, 50), trainer);
  await killAtStep('mp2', draws.integer(105, 145), worker);
  await killInCheckpoint('mp2');
  await killAtStep('mp2', draws.integer(205, 230), workerAndServer);
  await killAtPhase('evaluate mp2', worker);
  await killAtPhase('mp3', trainer);
  await killAtStep('mp3', draws.integer(1, 50), workerAndServer);
  await killInCheckpoint('mp3');
  // Past its checkpoint at 100, and not so near the end that a moment later it is over.
  await killAtStep('mp3', draws.integer(130, 190), trainer);
  await killAtPhase('evaluate mp3', workerAndServer);
  await ended;
  const starts = await startStepsOf(live.home);
  process.stdout.write(`${tableOf(kills, starts)}\n`);
  expect(kills).toHaveLength(10);
  // Each went on from the newest checkpoint that was whole, and two at least lost less than the whole stage.
  for (const { numStarts, newestStep, what, phase, step } of kills) {
    if (newestStep !== null) expect(starts[numStarts], `${what} in ${phase} at step ${step}`).toBe(newestStep);
  }
  expect(starts.filter((step) => step > 0).length).toBeGreaterThanOrEqual(2);
  expectSameBits(await runBitsOf(live.home, input.runId), undisturbed);
  expect(await unfinishedIn(live.home, input.runId)).toEqual([]);
});

async function trainer(): Promise<string> {
  await killAll([await trainerPidOf(live.home)]);
  return 'the trainer';
}

/** Its trainer with it, in the same moment: not by the end of its stdin. */
async function worker(): Promise<string> {
  await killAll([live.system.trainWorkerPid, await trainerPidOf(live.home)]);
  return 'worker and trainer';
}

async function workerAndServer(): Promise<string> {
  const { trainWorkerPid, temporalPid, workerPids } = live.system;
  await killAll([trainWorkerPid, ...workerPids, temporalPid, await trainerPidOf(live.home)]);
  return 'workers, trainer and server';
}

/** At once, and waits until they are dead. */
async function killAll(pids: readonly (number | null)[]): Promise<void> {
  const alive = pids.filter((pid) => pid !== null && isAlive(pid)) as number[];
  for (const pid of alive) process.kill(pid, 'SIGKILL');
  await until(() => alive.every((pid) => !isAlive(pid)), 'all of them are dead', WAIT_MS);
}

async function note(phase: RunPhase, act: () => Promise<string>): Promise<void> {
  const numStarts = (await startStepsOf(live.home)).length;
  const stage = RUN_STAGES.find((own) => own === phase);
  const step = stage === undefined ? '-' : String(await numStepsOf(stage));
  const what = await act();
  kills.push({ phase, step, numStarts, what, newestStep: stage === undefined ? null : await newestStepOf(stage) });
}

async function newestStepOf(stage: RunStage): Promise<number> {
  const folder = checkpointsDirOf(runFolderIn(live.home.runsDir, input.runId).path);
  const own = (await openCheckpointStore(folder).list()).map(readCheckpointName).filter((one) => one.stage === stage);
  return Math.max(0, ...own.map(({ step }) => step));
}

/** Once so many losses stand in the file, and a random moment later. */
async function killAtStep(stage: RunStage, step: number, act: () => Promise<string>): Promise<void> {
  await until(
    async () => {
      // Until the next trainer has begun, the file is as the last one left it.
      if ((await startStepsOf(live.home)).length === (kills.at(-1)?.numStarts ?? 0)) return false;
      return (await numStepsOf(stage)) >= step && (await trainerPidOf(live.home)) !== null;
    },
    `${stage} is at step ${step}`,
    WAIT_MS,
  );
  await new Promise((resolve) => setTimeout(resolve, draws.between(0, 400)));
  await note(stage, act);
}

async function killAtPhase(phase: RunPhase, act: () => Promise<string>): Promise<void> {
  const former = await trainerPidOf(live.home);
  await until(
    async () => (await live.control.trainProgress(input.runId))?.phase === phase,
    `it is at ${phase}`,
    WAIT_MS,
  );
  await nextTrainerPid(live.home, former);
  await note(phase, act);
}

/** While the file that becomes a checkpoint is being written: its remains are there to be seen. */
async function killInCheckpoint(stage: RunStage): Promise<void> {
  let pid = 0;
  await until(
    async () => {
      pid = await nextTrainerPid(live.home);
      return (await unfinishedIn(live.home, input.runId)).some((name) => name.startsWith(stage));
    },
    `${stage} writes a checkpoint`,
    WAIT_MS,
  );
  await note(stage, async () => {
    await killAll([pid]);
    return 'the trainer in a checkpoint';
  });
  expect(await unfinishedIn(live.home, input.runId)).not.toEqual([]);
}

async function unfinishedIn(home: Home, runId: RunId): Promise<string[]> {
  const folder = path.join(runFolderIn(home.runsDir, runId).path, 'checkpoints');
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith('.tmp'));
}

async function numStepsOf(stage: RunStage): Promise<number> {
  return (await readMetrics(metricsPathOf(runFolderIn(live.home.runsDir, input.runId).path, stage))).length;
}

function tableOf(all: readonly Kill[], starts: readonly number[]): string {
  const rows = all.map(({ what, phase, step, numStarts }, place) => [
    String(place + 1),
    what,
    phase,
    step,
    phase.startsWith('evaluate') ? 'evaluated anew' : String(starts[numStarts] ?? '-'),
  ]);
  const table = [['kill', 'what was killed', 'in', 'at step', 'went on from step'], ...rows];
  const widths = (table[0] as string[]).map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  return table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] as number)).join('  ')).join('\n');
}
