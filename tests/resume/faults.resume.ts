/** A loss that is not finite, a disk that is really full, a worker that is asked to end: each on a whole system. */
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { queryRows } from '../../cli/queryRows.ts';
import type { TrainInput } from '../../contracts/runs.ts';
import { systemErrorCode } from '../../runtime/files.ts';
import type { Home } from '../../runtime/home.ts';
import { openCheckpointStore } from '../../workers/trainer/checkpoints.ts';
import { readEvents } from '../../workers/trainer/eventsFile.ts';
import { readMetrics } from '../../workers/trainer/metricsFile.ts';
import { readRuns, runFolderIn } from '../../workers/trainer/runFolder.ts';
import { checkpointsDirOf, metricsPathOf } from '../../workers/trainer/runPaths.ts';
import { chartlife } from '../cli/captureEffects.ts';
import { mountSmallDisk, unmountSmallDisk } from '../data/smallDisk.ts';
import { isAlive, type LiveSystem, makeHome, until, withLakeOf } from '../integration/liveSystem.ts';
import { fillLake, SMALL_CHANGES, startSystemOn, trainInputOf } from '../integration/trainableSystem.ts';
import { expectSameBits, runBitsOf } from './runBits.ts';
import { startStepsOf } from './trainerLog.ts';

const WAIT_MS = 240_000;
const DISK_MEGABYTES = 4;

let home: Home;
let live: LiveSystem;

beforeAll(async () => {
  home = await makeHome();
  await fillLake(home);
  live = await startSystemOn(home);
});
afterAll(() => live?.remove());

const runDirOf = ({ runId }: Pick<TrainInput, 'runId'>, of: Home = home): string => runFolderIn(of.runsDir, runId).path;
const numStepsOf = async (input: TrainInput, of: Home = home): Promise<number> =>
  (await readMetrics(metricsPathOf(runDirOf(input, of), 'mp2'))).length;

test('a loss that is not finite ends the run before the update: batch and way on are told, what was learned is whole', async () => {
  const changes = [...SMALL_CHANGES, 'mp3.peakLearningRate=1e30', 'mp3.numSteps=100'];
  const args = ['train', 'nano', '--seed', '11', ...changes.flatMap((change) => ['--set', change])];
  const { exitCode, stderr } = await chartlife(args, { env: { CHARTLIFE_HOME: home.root, NO_COLOR: '1' } });
  expect(exitCode).toBe(9);
  expect(stderr).toMatch(/mp3: .*step \d+.*track\d+x0* in (jp|us).*\[NonFiniteLoss\]/s);
  expect(stderr).toMatch(/next +Look at the sound.*--set mp3\.peakLearningRate=2\.5e\+29/s);
  const record = (await readRuns(home.runsDir)).find(({ seed }) => seed === 11);
  expect(record?.weightsSha256?.mp3).toBeUndefined();
  const runDir = runDirOf({ runId: record?.runId as TrainInput['runId'] });
  // The step itself is no line: it was not taken.
  const losses = await readMetrics(metricsPathOf(runDir, 'mp3'));
  expect(losses.length).toBeLessThan(100);
  for (const { loss } of losses) expect(Number.isFinite(loss)).toBe(true);
  const damaged: string[] = [];
  const newest = await openCheckpointStore(checkpointsDirOf(runDir)).newest('mp2', {
    onSkipped: (file) => damaged.push(file),
  });
  expect(newest?.step).toBe(100);
  expect(damaged).toEqual([]);
  const [row] = await withLakeOf(home, (lake) => queryRows(lake, 'SELECT state, why FROM run WHERE seed = 11'));
  expect(row).toMatchObject({ state: 'failed', why: expect.stringMatching(/^NonFiniteLoss: mp3: /) });
});

test('a worker that is asked to end leaves a checkpoint at its very step, and nothing is taken twice', async () => {
  const input = await trainInputOf(live, 12, ['mp2.numSteps=100000']);
  const started = await live.control.startTrain(input);
  const ended = live.control.awaitTrain(started).catch(() => undefined);
  await until(async () => (await numStepsOf(input)) > 20, 'it trains', WAIT_MS);
  const worker = live.system.trainWorkerPid as number;
  process.kill(worker, 'SIGTERM');
  await until(() => !isAlive(worker), 'it has ended', WAIT_MS);
  const stopped = (await readEvents(runDirOf(input))).find(({ kind }) => kind === 'stopped');
  expect(stopped?.step).toBeGreaterThan(20);
  await until(async () => (await startStepsOf(home)).at(-1) === stopped?.step, 'the next one goes on there', WAIT_MS);
  await live.control.cancel(started.workflowId);
  await ended;
  const steps = (await readMetrics(metricsPathOf(runDirOf(input), 'mp2'))).map(({ step }) => step);
  expect(steps).toEqual(steps.map((_, place) => place));
  expect((await readEvents(runDirOf(input))).some(({ kind }) => kind === 'lost')).toBe(false);
});

test('a disk that is full is waited for, and said; with room again the run ends in the same bits', async (context) => {
  const other = await makeHome();
  const whyNot = mountSmallDisk(other.runsDir, DISK_MEGABYTES);
  if (whyNot !== null) context.skip(`no small disk can be mounted here: ${whyNot}`);
  const input = await trainInputOf(live, 13);
  const filler = path.join(other.runsDir, 'filler');
  try {
    await live.control.awaitTrain(await live.control.startTrain(input));
    await cp(home.root, other.root, {
      recursive: true,
      filter: (source) => !['runs', 'temporal', 'system.json'].includes(path.basename(source)),
    });
    const small = await startSystemOn(other);
    const ended = small.control.awaitTrain(await small.control.startTrain(input));
    ended.catch(() => undefined);
    await until(async () => (await numStepsOf(input, other)) > 5, 'it trains', WAIT_MS);
    await fill(filler);
    await until(
      async () => {
        const state = await small.control.trainState(input.runId);
        return state?.retrying?.failure.errorType === 'DiskFull';
      },
      'it waits, and says for what',
      WAIT_MS,
    );
    const names = await readdir(checkpointsDirOf(runDirOf(input, other))).catch(() => []);
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    await rm(filler);
    await ended;
    expectSameBits(await runBitsOf(other, input.runId), await runBitsOf(home, input.runId));
    await small.control.close();
    await small.system.stop();
  } finally {
    unmountSmallDisk(other.runsDir);
    await rm(other.root, { recursive: true, force: true });
  }
});

/** To the last byte. */
async function fill(file: string): Promise<void> {
  const block = Buffer.alloc(4_096);
  try {
    for (;;) await writeFile(file, block, { flag: 'a' });
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOSPC') throw error;
  }
  expect((await readFile(file)).length).toBeGreaterThan(0);
}
