/**
 * A training run on a whole system: from a lake to evaluated weights; worker, trainer and server killed on the way; paused,
 * resumed, cancelled; started twice. The sound is made of numbers.
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryRows } from '../../cli/queryRows.ts';
import { runCli } from '../../cli/run.ts';
import { parseDate } from '../../contracts/dates.ts';
import type { RunId, RunPhase, TrainInput } from '../../contracts/runs.ts';
import { trainId } from '../../contracts/workflowIds.ts';
import { readSafetensors } from '../../models/weights/safetensors.ts';
import { sha256Hex } from '../../runtime/files.ts';
import { countAttempts, readEvents } from '../../workers/trainer/eventsFile.ts';
import { readMetrics } from '../../workers/trainer/metricsFile.ts';
import { type RunRecord, runFolderIn, runIdOf } from '../../workers/trainer/runFolder.ts';
import { metricsPathOf, weightsPathOf } from '../../workers/trainer/runPaths.ts';
import { captureEffects, chartlife } from '../cli/captureEffects.ts';
import { wordOf } from '../data/dataset/chartedTracks.ts';
import { trackIdOf } from '../data/lakeFixture.ts';
import { isAlive, type LiveSystem, START_TIMEOUT_MS, until, withLakeOf } from './liveSystem.ts';
import { NUM_STEPS, publish, REGIONS, SMALL_RECIPE, startTrainableSystem, trainInputOf } from './trainableSystem.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 240_000;
let live: LiveSystem;

const folderOf = (runId: RunId) => runFolderIn(live.home.runsDir, runId);
const phaseIs = (runId: RunId, phase: RunPhase): Promise<void> =>
  until(async () => (await live.control.trainProgress(runId))?.phase === phase, `the run is at ${phase}`, 60_000);
const stepsOf = async (runId: RunId, stage: 'mp2' | 'mp3'): Promise<number[]> =>
  (await readMetrics(metricsPathOf(folderOf(runId).path, stage))).map(({ step }) => step);
const numTracksOf = ({ dataset }: RunRecord): number =>
  Object.values(dataset?.numTracks ?? {}).reduce((sum, number) => sum + number, 0);

const isDone = (): boolean => true;
/** pkill ends with 1 where it finds nobody. */
const isNone = (): boolean => false;

/** As if it had been computed by 64 threads, to another bit. */
async function claimOtherBits(runId: RunId): Promise<void> {
  const folder = folderOf(runId);
  const weights = weightsPathOf(folder.path, 'mp3');
  const bytes = await readFile(weights);
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  await writeFile(weights, bytes);
  await folder.add(({ backends }) =>
    backends?.mp3 === undefined
      ? {}
      : { backends: { ...backends, mp3: backends.mp3.map((one) => ({ ...one, numThreads: 64 })) } },
  );
}

const env = () => ({ CHARTLIFE_HOME: live.home.root, NO_COLOR: '1' });

beforeAll(async () => {
  live = await startTrainableSystem();
}, START_TIMEOUT_MS);
afterAll(() => live?.remove());

describe('a run', () => {
  let input: TrainInput;
  let record: RunRecord;
  beforeAll(async () => {
    input = await trainInputOf(live, 1);
    const started = await live.control.startTrain(input);
    await live.control.awaitTrain(started);
    record = await folderOf(input.runId).require();
  }, TIMEOUT_MS);

  test('goes from a snapshot, which it pins, to weights and their evaluation', async () => {
    expect(record).toMatchObject({ runId: input.runId, seed: 1, snapshotId: input.snapshotId, recipe: SMALL_RECIPE });
    expect(record.dataset?.sha256).toBe(sha256Hex(await readFile(folderOf(input.runId).datasetPath)));
    for (const stage of ['mp2', 'mp3'] as const) {
      const weights = await readFile(weightsPathOf(folderOf(input.runId).path, stage));
      expect(record.weightsSha256?.[stage]).toBe(sha256Hex(weights));
      expect(record.backends?.[stage]).toEqual([
        expect.objectContaining({
          ...{ device: 'cpu', tensorflowVersion: '2.18.1', fromStep: 0, numThreads: record.numThreads },
          ...{ cpuModel: expect.any(String), nodeVersion: process.versions.node },
        }),
      ]);
      const told = stage === 'mp2' ? [undefined] : [1, 0];
      const evaluated = record.evaluations?.[stage]?.map((own) => [
        own.part,
        'numObserved' in own ? own.numObserved : undefined,
      ]);
      expect(evaluated).toEqual(
        ['validation', 'test'].flatMap((part) => told.map((numObserved) => [part, numObserved])),
      );
      expect(await stepsOf(input.runId, stage)).toEqual(Array.from({ length: NUM_STEPS }, (_, step) => step));
    }
    // Training draws one of a track's regions, evaluation takes each.
    expect(record.dataset?.regions).toEqual({ jp: numTracksOf(record), us: numTracksOf(record) });
    for (const evaluation of record.evaluations?.mp3 ?? []) {
      if (evaluation.stage !== 'mp3') continue;
      for (const { regions } of evaluation.models) expect(Object.keys(regions)).toEqual([...REGIONS]);
    }
    // Its validation part begins too late for more than the week that is told.
    expect(record.decision).toMatchObject({ isPublished: false, why: expect.stringContaining('no week on the chart') });
    const pins = await withLakeOf(live.home, (lake) => lake.snapshots());
    expect(pins.find(({ snapshotId }) => snapshotId === input.snapshotId)?.pin?.name).toBe(`run-${input.runId}`);
  });

  test('is in the lake with every metric: a row per step and name, and what its weights were found to be', async () => {
    const [row] = await withLakeOf(live.home, (lake) => queryRows(lake, 'FROM run'));
    expect(row).toMatchObject({
      ...{ run_id: input.runId, state: 'done', recipe: 'nano', beats_baselines: false },
      ...{ mp2_sha256: record.weightsSha256?.mp2, mp3_sha256: record.weightsSha256?.mp3 },
    });
    const metrics = await withLakeOf(live.home, (lake) =>
      queryRows(
        lake,
        `SELECT stage, name, count(*)::INTEGER AS n, count(DISTINCT step)::INTEGER AS steps, last(value ORDER BY step) AS last
        FROM run_metric WHERE part = 'training' GROUP BY ALL ORDER BY ALL`,
      ),
    );
    expect(metrics.map(({ stage, name, n, steps }) => [stage, name, n, steps])).toEqual(
      ['mp2', 'mp3'].flatMap((stage) =>
        ['gradient_norm', 'learning_rate', 'loss'].map((name) => [stage, name, NUM_STEPS, NUM_STEPS]),
      ),
    );
    const losses = await readMetrics(metricsPathOf(folderOf(input.runId).path, 'mp3'));
    expect(metrics.at(-1)?.last).toBe(losses.at(-1)?.loss);
    const [evaluated] = await withLakeOf(live.home, (lake) =>
      queryRows(lake, `SELECT value FROM run_metric WHERE part = 'test' AND name = 'log10_debut_mae'`),
    );
    const mp2 = record.evaluations?.mp2?.find(({ part }) => part === 'test');
    expect(mp2).toMatchObject({
      targets: expect.arrayContaining([expect.objectContaining({ mae: evaluated?.value })]),
    });
  });

  test(
    'started again it finds all of it done',
    async () => {
      const again = await live.control.startTrain(input);
      await live.control.awaitTrain(again);
      expect(await folderOf(input.runId).require()).toEqual(record);
    },
    TIMEOUT_MS,
  );

  test('is listed and shown', async () => {
    const list = await chartlife(['runs', 'list'], { env: env() });
    expect(list.stdout).toContain(input.runId);
    const shown = await chartlife(['runs', 'show', input.runId.slice(0, 6)], { env: env() });
    expect(shown.exitCode).toBe(0);
    expect(shown.stdout).toContain('synthetic for');
    expect(shown.stdout).toMatch(/MP3 on the test part, told the first week/);
    expect(shown.stdout).toMatch(/persistence +\d/);
    const json = await chartlife(['runs', 'show', input.runId, '--json'], { env: env() });
    expect(JSON.parse(json.stdout)).toEqual({ ...record, isPublishedByHand: false });
    const absent = await chartlife(['runs', 'show', 'ffff'], { env: env() });
    expect(absent.exitCode).toBe(2);
    expect(absent.stderr).toContain('[RunNotFound]');
  });

  test(
    'forecasts a track, with or without what came later, and keeps the whole forecast',
    async () => {
      const track = trackIdOf(wordOf(24));
      const plot = path.join(live.home.root, 'fan.svg');
      const args = ['forecast', track, '--run', input.runId.slice(0, 8), '--region', 'us'];
      const told = await chartlife([...args, '--told', '1', '--plot', plot, '--json'], { env: env() });
      expect(told).toMatchObject({ exitCode: 0, stderr: '' });
      const { forecasts, partInRun } = JSON.parse(told.stdout);
      expect(partInRun).toBe('test');
      const [one] = forecasts;
      expect(one).toMatchObject({
        trackId: track,
        region: 'us',
        debut: '2026-02-22',
        numObserved: 1,
        isSynthetic: true,
      });
      expect(one.weeks).toHaveLength(7);
      expect(await readFile(plot, 'utf8')).toContain('Song 24');
      expect(await withLakeOf(live.home, (lake) => queryRows(lake, 'FROM forecast'))).toEqual([]);
      const learned = await chartlife(['forecast', trackIdOf(wordOf(1)), ...args.slice(2), '--told', '1'], {
        env: env(),
      });
      expect(learned.stderr).toContain('this track is of the run’s training part: it was trained on what came');
      const whole = await chartlife(args, { env: env() });
      expect(whole.stdout).toMatch(/Song 24 +us, debut 2026-02-22, told 3 weeks +synthetic sound/);
      expect(whole.stderr).toContain('is not published');
      const kept = await withLakeOf(live.home, (lake) =>
        queryRows(lake, 'SELECT track_id, num_observed_weeks AS told, week_index AS week FROM forecast ORDER BY week'),
      );
      expect(kept).toEqual([3, 4, 5, 6, 7].map((week) => ({ track_id: track, told: 3, week })));
    },
    TIMEOUT_MS,
  );

  test.each([
    [['forecast'], 'no track is named'],
    [['forecast', '--new'], 'no run of this home is published'],
    [['forecast', trackIdOf(wordOf(24)), '--run', 'x', '--plot', 'fan.pdf'], 'fan.pdf does not end in .svg'],
    [['forecast', trackIdOf('nobody'), '--run', 'RUN'], 'the lake has never seen it on a chart'],
    [['forecast', trackIdOf('held'), '--run', 'RUN'], 'it has no spectrogram'],
    [['forecast', trackIdOf(wordOf(24)), '--run', 'RUN', '--region', 'gb'], 'it charted in jp, us'],
  ])('%j is refused: %s', async (args, why) => {
    const refused = await chartlife(
      args.map((arg) => (arg === 'RUN' ? input.runId : arg)),
      { env: env() },
    );
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain(why);
  });

  test(
    'published, it forecasts in the night what came lately: once by its sound, once more with its first week',
    async () => {
      await publish(live, input.runId);
      const nightOf = async (date: string) => {
        const { workflowId, runId } = await live.control.startRefresh('daily', parseDate(date));
        return live.control.awaitRefresh({ workflowId, runId });
      };
      // Those that debuted in the last 28 days, but for the one of which more is kept already.
      const first = await nightOf('2026-03-18');
      expect(first.notes).toEqual([]);
      const chosen = await withLakeOf(live.home, (own) =>
        queryRows(
          own,
          `SELECT count(DISTINCT (track_id, region))::INTEGER AS n FROM forecast WHERE issued_on = '2026-03-18'`,
        ),
      );
      expect(first.forecasts).toMatchObject({ numForecasts: chosen[0]?.n, numUnknownRegion: 0 });
      expect(first.forecasts?.numForecasts).toBeGreaterThan(1);
      const second = await nightOf('2026-03-18');
      expect(second.forecasts).toMatchObject({ numForecasts: 0, snapshotId: null });
      const list = await chartlife(['forecast', '--new'], { env: env() });
      expect(list.exitCode).toBe(0);
      expect(list.stdout).toMatch(/Song 24 +us +2026-02-22 +3/);
      expect(list.stderr).toContain(`by the published run ${input.runId}`);
    },
    TIMEOUT_MS,
  );

  test('is watched to its end, which is behind it', async () => {
    const { exitCode, stdout } = await chartlife(['runs', 'watch', input.runId, '--json'], { env: env() });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ state: 'done', phase: 'done', step: NUM_STEPS, numSteps: NUM_STEPS, numKills: 0, numResumes: 0 },
      lastEvent: { kind: 'done', stage: 'mp3', task: 'evaluate' },
    });
  });

  test(
    'killed on the way, trainer, worker and server, another of the same seed ends in the same bits',
    async () => {
      const { snapshotId, seed, versions, runId: reproduces } = input;
      const other: TrainInput = {
        ...input,
        runId: runIdOf({ recipe: SMALL_RECIPE, snapshotId, seed, versions, reproduces }),
        recipe: { kind: 'run', runId: reproduces },
      };
      const started = await live.control.startTrain(other);
      const ended = live.control.awaitTrain(started);
      await phaseIs(other.runId, 'mp2');
      await until(async () => (await stepsOf(other.runId, 'mp2')).length > 10, 'it trains', 60_000);
      // The trainer alone.
      const trainers = path.join(folderOf(other.runId).path, '.*job.json');
      await until(() => run('pkill', ['-KILL', '-f', trainers]).then(isDone, isNone), 'a trainer is killed', 60_000);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      // The worker, which takes the trainer with it, and the server.
      const worker = live.system.trainWorkerPid as number;
      process.kill(worker, 'SIGKILL');
      process.kill(live.system.temporalPid as number, 'SIGKILL');
      await until(() => !isAlive(worker) && live.system.trainWorkerPid !== worker, 'it is dead');
      await ended;
      const { numKills, numResumes, isOpen } = countAttempts(await readEvents(folderOf(other.runId).path));
      // The worker's kill found a trainer only if that had begun again by then.
      expect([1, 2]).toContain(numKills);
      expect(numResumes).toBeGreaterThanOrEqual(1);
      expect(isOpen).toBe(false);
      const after = await folderOf(other.runId).require();
      expect(after.evaluations).toEqual(record.evaluations);
      for (const stage of ['mp2', 'mp3'] as const) {
        const lossesOf = (runId: RunId): Promise<string> =>
          readFile(metricsPathOf(folderOf(runId).path, stage), 'utf8');
        expect(await lossesOf(other.runId)).toBe(await lossesOf(input.runId));
        // Their files say whose they are, so the tensors are compared.
        const tensorsOf = async (runId: RunId) =>
          (await readSafetensors(weightsPathOf(folderOf(runId).path, stage))).tensors;
        expect(await tensorsOf(other.runId)).toEqual(await tensorsOf(input.runId));
      }
      // Trained again it was already: only compared.
      const reproduced = await chartlife(['runs', 'reproduce', input.runId], { env: env() });
      expect(reproduced.exitCode).toBe(0);
      expect(reproduced.stdout).toContain(`the same bits: run ${input.runId}, trained again as ${other.runId}`);
      await claimOtherBits(other.runId);
      const told = await chartlife(['runs', 'reproduce', other.runId, '--json'], { env: env() });
      expect(told.exitCode).toBe(5);
      const { results, pinned } = JSON.parse(told.stdout);
      expect(results.map(({ what }: { what: string }) => what)).toEqual(['mp3 weights']);
      expect(pinned).toEqual([{ what: 'mp3.numThreads', where: null, first: expect.any(String), second: '64' }]);
      // Once more it is trained indeed: what was claimed of the first attempt is nothing to the second.
      const again = await chartlife(['runs', 'reproduce', input.runId, '--again', '--json'], { env: env() });
      const second = JSON.parse(again.stdout);
      expect(again.exitCode).toBe(0);
      expect(second).toMatchObject({ runId: input.runId, areSame: true, pinned: [] });
      expect(second.again).not.toBe(other.runId);
      expect(await folderOf(second.again).require()).toMatchObject({ reproduces: input.runId, attempt: 2 });
      const refused = await chartlife(['model', 'publish', other.runId], { env: env() });
      expect(refused.stderr).toContain(`only trains run ${input.runId} again`);
    },
    TIMEOUT_MS,
  );

  test(
    'is compared with another, and listed where it was published',
    async () => {
      const another = await trainInputOf(live, 3, ['mp3.numSteps=20']);
      await live.control.awaitTrain(await live.control.startTrain(another));
      const compared = await chartlife(['runs', 'compare', input.runId, another.runId], { env: env() });
      expect(compared.stdout).toMatch(/seed +1 +3\n/);
      expect(compared.stdout).toMatch(/mp3\.numSteps +150 +20\n/);
      expect(compared.stdout).toMatch(/MP3, weeks all +\d\.\d{3} +\d\.\d{3}\n/);
      expect(compared.stdout).not.toContain('mp2.numSteps');
      expect((await chartlife(['runs', 'compare', input.runId], { env: env() })).exitCode).toBe(2);
      const published = await chartlife(['model', 'publish', another.runId, '--why', 'to see'], { env: env() });
      expect(published.exitCode).toBe(0);
      expect(published.stderr).toContain('not found good enough to publish itself');
      const models = JSON.parse((await chartlife(['model', 'list', '--json'], { env: env() })).stdout);
      expect(models[0]).toMatchObject({ runId: another.runId, publishedBy: 'person', why: 'to see', seed: 3 });
    },
    TIMEOUT_MS,
  );
});

test(
  'paused it stands still at a checkpoint, resumed it goes on, cancelled it ends: each from the command line',
  async () => {
    const input = await trainInputOf(live, 2, ['mp2.numSteps=100000']);
    const { runId } = input;
    const started = await live.control.startTrain(input);
    const ended = live.control.awaitTrain(started).then(
      () => 'done',
      () => 'cancelled',
    );
    await until(async () => (await stepsOf(runId, 'mp2')).length > 5, 'it trains', 60_000);
    expect((await chartlife(['runs', 'pause', runId], { env: env() })).exitCode).toBe(0);
    await until(async () => (await live.control.trainProgress(runId))?.isPaused === true, 'it is paused');
    let before = -1;
    await until(
      async () => {
        const now = (await stepsOf(runId, 'mp2')).length;
        const stands = now === before;
        before = now;
        if (!stands) await new Promise((resolve) => setTimeout(resolve, 1_500));
        return stands;
      },
      'it stands still',
      60_000,
    );
    const watching = captureEffects({ env: env() });
    const watched = runCli(['runs', 'watch', runId, '--json'], watching.effects);
    await until(() => watching.stdout().includes('"state":"paused"'), 'it is seen to be paused');
    expect((await chartlife(['runs', 'resume', runId], { env: env() })).exitCode).toBe(0);
    await until(async () => (await stepsOf(runId, 'mp2')).length > before, 'it goes on', 60_000);
    expect((await chartlife(['runs', 'cancel', runId], { env: env() })).exitCode).toBe(0);
    expect(await ended).toBe('cancelled');
    expect(await watched).toBe(8);
    expect(watching.stderr()).toContain('was cancelled');
    expect(watching.stdout().split('\n').at(-2)).toContain('"state":"cancelled"');
    const steps = await stepsOf(runId, 'mp2');
    expect(steps).toEqual(steps.map((_, step) => step));
    expect((await folderOf(runId).require()).weightsSha256?.mp2).toBeUndefined();
    expect(trainId(runId)).toBe(started.workflowId);
  },
  TIMEOUT_MS,
);
