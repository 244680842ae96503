/**
 * Two machines on one store: what one began, the other ends, in the same bits. The first is killed whole, or only sleeps and
 * wakes too late.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { RunPhase, TrainInput } from '../../contracts/runs.ts';
import { sha256Hex } from '../../runtime/files.ts';
import type { Home } from '../../runtime/home.ts';
import { readSystemState } from '../../runtime/systemFile.ts';
import { type Control, connectToServer } from '../../workers/control/control.ts';
import { targetAt } from '../../workers/temporalTarget.ts';
import { takeLease } from '../../workers/trainer/lease.ts';
import { runFolderIn } from '../../workers/trainer/runFolder.ts';
import { type BuiltWorker, buildWorker } from '../audio/buildWorker.ts';
import { ensureDist, isAlive, makeHome, until } from '../integration/liveSystem.ts';
import { fillLake, sweepInputOf, trainInputOf } from '../integration/trainableSystem.ts';
import { expectSameBits, type RunBits, runBitsOf } from './runBits.ts';
import { nextTrainerPid, startStepsOf, trainerLogOf, trainerPidOf } from './trainerLog.ts';
import { type Cluster, hasEnded, makeHomeOn, startCluster, startWorker, workerEnvironment } from './workers.ts';

const WAIT_MS = 240_000;
const NUM_STEPS = 1_200;
const CHANGES = [`mp2.numSteps=${NUM_STEPS}`, `mp3.numSteps=${NUM_STEPS}`];

let lake: Home;
let supervisor: BuiltWorker;
let cluster: Cluster;
let control: Control;
let input: TrainInput;
let undisturbed: RunBits;
const homes: Home[] = [];
const toStop: (() => Promise<void>)[] = [];

async function copyOfLake(): Promise<Home> {
  const home = await makeHome();
  homes.push(home);
  await cp(lake.root, home.root, { recursive: true });
  return home;
}

async function homeOn(store: Home): Promise<Home> {
  const home = await makeHomeOn(store);
  homes.push(home);
  return home;
}

/** Its worker of that queue, until the test ends. */
async function work(kind: 'ingest' | 'train', home: Home) {
  const worker = await startWorker(kind, home, cluster);
  toStop.push(() => worker.stop());
  return worker;
}

const trainToEnd = async (): Promise<unknown> => control.awaitTrain(await control.startTrain(input));
const runDirOf = (home: Home): string => runFolderIn(home.runsDir, input.runId).path;
const phaseIs = (phase: RunPhase): Promise<void> =>
  until(async () => (await control.trainProgress(input.runId))?.phase === phase, `the run is at ${phase}`, WAIT_MS);

/** Once a stage has a checkpoint to go on from. */
const hasCheckpoint = (home: Home): Promise<void> =>
  until(
    async () => {
      const names = await readdir(path.join(runDirOf(home), 'checkpoints')).catch(() => []);
      return names.some((name) => name.endsWith('.safetensors'));
    },
    'there is a checkpoint',
    WAIT_MS,
  );

beforeAll(async () => {
  await ensureDist();
  lake = await makeHome();
  homes.push(lake);
  await fillLake(lake);
  input = await trainInputOf({ home: lake }, 1, CHANGES);
  supervisor = await buildWorker('tests/integration/supervisorProcess.ts');
  cluster = await startCluster();
  control = await connectToServer(targetAt(cluster.address, undefined, undefined));
  const home = await copyOfLake();
  await Promise.all([work('ingest', home), work('train', home)]);
  await trainToEnd();
  undisturbed = await runBitsOf(home, input.runId);
  await stopAll();
});
afterEach(() => stopAll());
afterAll(async () => {
  await control?.close();
  await cluster?.stop();
  await supervisor?.remove();
  for (const { root } of homes) await rm(root, { recursive: true, force: true });
});

async function stopAll(): Promise<void> {
  await Promise.all(toStop.splice(0).map((stop) => stop()));
}

test('a machine is killed whole in the middle of a stage; another with a home of its own goes on, on the same store', async () => {
  const store = await copyOfLake();
  const machine = await startMachine(store);
  const ended = trainToEnd();
  ended.catch(() => undefined);
  await hasCheckpoint(store);
  await killMachine(machine, store);
  const logsBefore = await trainerLogOf(store);

  const other = await homeOn(store);
  await Promise.all([work('ingest', other), work('train', other)]);
  await ended;
  expectSameBits(await runBitsOf(other, input.runId), undisturbed);
  const [firstStart] = await startStepsOf(other);
  expect(firstStart).toBeGreaterThan(0);
  // Of its own it has logs, and nothing else: the run is where it began.
  expect(await readdir(other.root)).toEqual(['logs']);
  expect(await trainerLogOf(store)).toEqual(logsBefore);
});

test('a sweep goes on both machines at once, and its run of that seed comes to the bits that it has alone', async () => {
  const store = await copyOfLake();
  const other = await homeOn(store);
  await Promise.all([work('ingest', store), work('train', store), work('train', other)]);
  const choice = { firstSeed: 1, numSeeds: 2, numFolds: 1, more: CHANGES };
  const swept = control.awaitSweep(await control.startSweep(await sweepInputOf({ home: lake }, choice)));
  const bothTrain = async (): Promise<boolean> => {
    const [here, there] = await Promise.all([startStepsOf(store), startStepsOf(other)]);
    if (here.length === 0 || there.length === 0) return false;
    return (await trainerPidOf(store)) !== null && (await trainerPidOf(other)) !== null;
  };
  await until(bothTrain, 'both machines train', WAIT_MS);
  expect(await swept).toMatchObject({ counts: { done: 2, failed: 0, cancelled: 0 }, problems: [] });
  expectSameBits(await runBitsOf(store, input.runId), undisturbed);
});

test('a worker and its trainer that sleep, and wake when another has taken over, publish nothing', async () => {
  const store = await copyOfLake();
  const [, sleeper] = await Promise.all([work('ingest', store), work('train', store)]);
  const ended = trainToEnd();
  ended.catch(() => undefined);
  await hasCheckpoint(store);
  const workerPid = sleeper.pid as number;
  const trainerPid = await nextTrainerPid(store);
  process.kill(workerPid, 'SIGSTOP');
  process.kill(trainerPid, 'SIGSTOP');

  const other = await homeOn(store);
  await work('train', other);
  await phaseIs('mp3');
  const before = await filesOfMp2(store);
  expect(before.size).toBeGreaterThan(4);
  process.kill(trainerPid, 'SIGCONT');
  await until(() => hasEnded(trainerPid), 'the trainer has ended', WAIT_MS);
  process.kill(workerPid, 'SIGCONT');
  await until(async () => (await failuresOf(store)).length > 0, 'its worker tells of it', WAIT_MS);
  expect(await failuresOf(store)).toEqual(['LeaseLost']);
  expect(await filesOfMp2(store)).toEqual(before);

  await ended;
  expectSameBits(await runBitsOf(store, input.runId), undisturbed);
});

test('a sleeper that wakes with a later lease does not end the run: its rightful trainer begins again', async () => {
  const store = await copyOfLake();
  await Promise.all([work('ingest', store), work('train', store)]);
  const ended = trainToEnd();
  ended.catch(() => undefined);
  await hasCheckpoint(store);
  // What a worker does first that was given the stage, slept, and wakes.
  await takeLease(runDirOf(store));
  await ended;
  expect(await failuresOf(store)).toEqual(['LeaseLost']);
  expectSameBits(await runBitsOf(store, input.runId), undisturbed);
});

/** Types of what ended trainers of a home's worker. */
async function failuresOf(home: Home): Promise<(string | undefined)[]> {
  return (await trainerLogOf(home)).filter(({ message }) => message === 'trainer failed').map(({ type }) => type);
}

/** All that the first stage has left, by name and SHA-256; the second stage touches none of it. */
async function filesOfMp2(home: Home): Promise<Map<string, string>> {
  const names = await readdir(runDirOf(home), { recursive: true });
  const own = names.filter((name) => path.basename(name).startsWith('mp2') && !name.endsWith('job.json')).sort();
  const hashes = await Promise.all(own.map(async (name) => sha256Hex(await readFile(path.join(runDirOf(home), name)))));
  return new Map(own.map((name, place) => [name, hashes[place] as string]));
}

/** `chartlife up` in a process of its own, on the cluster. */
async function startMachine(home: Home): Promise<ChildProcess> {
  const child = spawn(process.execPath, [supervisor.workerPath, home.root, 'us'], {
    env: workerEnvironment(home, cluster),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
    child.once('exit', () => resolve('it ended'));
  });
  expect(said).toBe('up');
  return child;
}

/** Supervisor, workers and trainer, by SIGKILL in one moment. */
async function killMachine(machine: ChildProcess, home: Home): Promise<void> {
  const state = await readSystemState(home);
  const pids = [machine.pid, ...(state?.workers.map(({ pid }) => pid) ?? []), await trainerPidOf(home)].filter(
    (pid) => typeof pid === 'number',
  );
  expect(pids.length).toBe(5);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until(() => pids.every((pid) => !isAlive(pid)), 'all of it is dead', WAIT_MS);
}
