/**
 * A checkpoint that is damaged while nobody looks, a minute's pause from the command line, and a pause that comes when the worker is dead:
 * each to the same bits. A cancelled run is cancelled, whoever has died.
 */
import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { queryRows } from '../../cli/queryRows.ts';
import type { TrainInput } from '../../contracts/runs.ts';
import { sha256Hex } from '../../runtime/files.ts';
import type { Home } from '../../runtime/home.ts';
import { openCheckpointStore, readCheckpointName } from '../../workers/trainer/checkpoints.ts';
import { readEvents } from '../../workers/trainer/eventsFile.ts';
import { runFolderIn } from '../../workers/trainer/runFolder.ts';
import { checkpointsDirOf } from '../../workers/trainer/runPaths.ts';
import { chartlife } from '../cli/captureEffects.ts';
import { type LiveSystem, makeHome, until, withLakeOf } from '../integration/liveSystem.ts';
import { fillLake, startSystemOn, trainInputOf } from '../integration/trainableSystem.ts';
import { expectSameBits, type RunBits, runBitsOf } from './runBits.ts';
import { nextTrainerPid, startStepsOf, trainerPidOf } from './trainerLog.ts';

const WAIT_MS = 240_000;
const PAUSE_MS = 60_000;
const PAST_HEARTBEAT_MS = 10_000;

const homes: Home[] = [];
let lake: Home;
let input: TrainInput;
let undisturbed: RunBits;
let live: LiveSystem | null = null;

/** A system of its own, whose run has not begun. */
async function startAnew(): Promise<LiveSystem> {
  const home = await makeHome();
  homes.push(home);
  await cp(lake.root, home.root, { recursive: true });
  live = await startSystemOn(home);
  return live;
}

const trainToEnd = async ({ control }: LiveSystem): Promise<unknown> =>
  control.awaitTrain(await control.startTrain(input));
/** Once it has a checkpoint; `ended` may be left alone should it fail. */
async function trainsWithCheckpoint(system: LiveSystem): Promise<{ readonly ended: Promise<unknown> }> {
  const ended = trainToEnd(system);
  ended.catch(() => undefined);
  await until(async () => (await checkpointsOf(system)).length > 0, 'there is a checkpoint', WAIT_MS);
  return { ended };
}
const runDirOf = ({ home }: LiveSystem): string => runFolderIn(home.runsDir, input.runId).path;

async function checkpointsOf(system: LiveSystem): Promise<{ readonly file: string; readonly step: number }[]> {
  const folder = checkpointsDirOf(runDirOf(system));
  const names = await openCheckpointStore(folder).list();
  return names
    .filter((name) => name.startsWith('mp2'))
    .map((name) => ({ file: path.join(folder, name), step: readCheckpointName(name).step }));
}

beforeAll(async () => {
  lake = await makeHome();
  homes.push(lake);
  await fillLake(lake);
  input = await trainInputOf({ home: lake }, 21, ['mp2.numSteps=1200']);
  const system = await startAnew();
  await trainToEnd(system);
  undisturbed = await runBitsOf(system.home, input.runId);
  await stop();
});
afterEach(() => stop());
afterAll(async () => {
  for (const { root } of homes) await rm(root, { recursive: true, force: true });
});

async function stop(): Promise<void> {
  await live?.remove();
  live = null;
}

test('a checkpoint with one other byte is passed over for the one before, and said', async () => {
  const system = await startAnew();
  const ended = trainToEnd(system);
  ended.catch(() => undefined);
  await until(async () => (await checkpointsOf(system)).length > 1, 'there are two checkpoints', WAIT_MS);
  const pid = await nextTrainerPid(system.home);
  // Asleep first, so that none is written between the look and its end.
  process.kill(pid, 'SIGSTOP');
  const [before, newest] = (await checkpointsOf(system)).slice(-2);
  const bytes = await readFile(newest!.file);
  const middle = bytes.length >> 1;
  bytes[middle] = bytes[middle]! ^ 1;
  await writeFile(newest!.file, bytes);
  process.kill(pid, 'SIGKILL');
  await ended;
  expect((await startStepsOf(system.home))[1]).toBe(before!.step);
  const warnings = (await readEvents(runDirOf(system))).filter(({ kind }) => kind === 'warning');
  expect(warnings.map(({ text }) => text)).toEqual([expect.stringContaining(newest!.file)]);
  expectSameBits(await runBitsOf(system.home, input.runId), undisturbed);
});

test('paused for a minute nothing of it moves, and resumed it ends in the same bits', async () => {
  const system = await startAnew();
  const { ended } = await trainsWithCheckpoint(system);
  await steer(system, 'pause');
  await until(async () => (await trainerPidOf(system.home)) === null, 'its trainer has ended', WAIT_MS);
  await until(async () => (await readEvents(runDirOf(system))).at(-1)?.kind === 'stopped', 'that is noted', WAIT_MS);
  const before = await filesOf(runDirOf(system));
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  expect(await filesOf(runDirOf(system))).toEqual(before);
  const stoppedAt = (await checkpointsOf(system)).at(-1)?.step;
  await steer(system, 'resume');
  await ended;
  expect((await startStepsOf(system.home))[1]).toBe(stoppedAt);
  expectSameBits(await runBitsOf(system.home, input.runId), undisturbed);
});

test('a pause that comes when worker and trainer are dead is a pause, and the run goes on from it', async () => {
  const system = await startAnew();
  const { ended } = await trainsWithCheckpoint(system);
  await killWorkerAndTrainer(system);
  await steer(system, 'pause');
  // Longer than the heartbeat's timeout, after which the server takes the stage for ended.
  await new Promise((resolve) => setTimeout(resolve, PAST_HEARTBEAT_MS));
  expect(await system.control.trainProgress(input.runId)).toMatchObject({ phase: 'mp2', isPaused: true });
  expect(await trainerPidOf(system.home)).toBeNull();
  await steer(system, 'resume');
  await ended;
  expect((await startStepsOf(system.home))[1]).toBeGreaterThan(0);
  expectSameBits(await runBitsOf(system.home, input.runId), undisturbed);
});

test('a run whose worker and trainer died before they heard that it is cancelled, is cancelled', async () => {
  const system = await startAnew();
  const { ended } = await trainsWithCheckpoint(system);
  await killWorkerAndTrainer(system);
  await steer(system, 'cancel');
  await expect(ended).rejects.toMatchObject({ type: 'RunStopped' });
  const [run] = await withLakeOf(system.home, (own) =>
    queryRows(own, `SELECT state, why FROM run WHERE run_id = '${input.runId}'`),
  );
  expect(run).toEqual({ state: 'cancelled', why: null });
});

test('a run that is paused while it is evaluated waits before what comes next', async () => {
  const system = await startAnew();
  const ended = trainToEnd(system);
  ended.catch(() => undefined);
  const phase = async () => (await system.control.trainProgress(input.runId))?.phase;
  await until(async () => (await phase()) === 'evaluate mp3', 'it is evaluated', WAIT_MS);
  await steer(system, 'pause');
  const folder = runFolderIn(system.home.runsDir, input.runId);
  await until(async () => (await folder.require()).evaluations?.mp3 !== undefined, 'that is done', WAIT_MS);
  await new Promise((resolve) => setTimeout(resolve, PAST_HEARTBEAT_MS));
  expect((await folder.require()).decision).toBeUndefined();
  await steer(system, 'resume');
  await ended;
  expectSameBits(await runBitsOf(system.home, input.runId), undisturbed);
});

async function steer({ home }: LiveSystem, how: 'pause' | 'resume' | 'cancel'): Promise<void> {
  const env = { CHARTLIFE_HOME: home.root, NO_COLOR: '1' };
  expect((await chartlife(['runs', how, input.runId], { env })).exitCode).toBe(0);
}

async function killWorkerAndTrainer({ home, system }: LiveSystem): Promise<void> {
  for (const pid of [system.trainWorkerPid, await trainerPidOf(home)]) if (pid !== null) process.kill(pid, 'SIGKILL');
}

/** By name, with their SHA-256. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const file = path.join(folder, name);
    if ((await stat(file)).isFile()) hashes[name] = sha256Hex(await readFile(file));
  }
  return hashes;
}
