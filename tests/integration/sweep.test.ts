/**
 * A sweep on a whole system, from the command line: two seeds of a fold that can be trained and of one that can't, while one
 * of its runs goes by itself already. The sound is made of numbers.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryRows } from '../../cli/queryRows.ts';
import { parseDate } from '../../contracts/dates.ts';
import type { RunId, TrainInput } from '../../contracts/runs.ts';
import type { SweepId, SweepResult } from '../../contracts/sweeps.ts';
import { trainId } from '../../contracts/workflowIds.ts';
import { readSafetensors } from '../../models/weights/safetensors.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { type RunRecord, runFolderIn, runIdOf } from '../../workers/trainer/runFolder.ts';
import { metricsPathOf, weightsPathOf } from '../../workers/trainer/runPaths.ts';
import { sweepRunIds } from '../../workers/trainer/sweepPlan.ts';
import type { RecipeSummary } from '../../workers/trainer/sweepSummary.ts';
import { chartlife } from '../cli/captureEffects.ts';
import { type LiveSystem, START_TIMEOUT_MS, until, withLakeOf } from './liveSystem.ts';
import { SMALL_CHANGES, startTrainableSystem, sweepInputOf } from './trainableSystem.ts';

const TIMEOUT_MS = 240_000;
/** The second fold ends a quarter earlier: of no track of its training part are three weeks known. */
const CHANGES = [...SMALL_CHANGES, 'mp2.numSteps=30', 'mp3.numSteps=30'];
const SETS = CHANGES.flatMap((change) => ['--set', change]);

interface PrintedSweep extends SweepResult {
  readonly runs: readonly { readonly runId: RunId; readonly seed: number; readonly changes: readonly string[] }[];
  readonly summary: readonly RecipeSummary[];
}

let live: LiveSystem;
const env = () => ({ CHARTLIFE_HOME: live.home.root, NO_COLOR: '1' });
const folderOf = (runId: RunId) => runFolderIn(live.home.runsDir, runId);

beforeAll(async () => {
  live = await startTrainableSystem();
}, START_TIMEOUT_MS);
afterAll(() => live?.remove());

describe('a sweep', () => {
  let printed: PrintedSweep;
  let alone: RunRecord;
  let stateWhileAlone: unknown;

  beforeAll(async () => {
    const trained = chartlife(['train', 'nano', ...SETS, '--seed', '2', '--json'], { env: env() });
    await until(async () => {
      const { stdout } = await chartlife(['runs', 'list', '--json'], { env: env() });
      return JSON.parse(stdout).length === 1;
    }, 'the run that goes by itself is frozen');
    const args = ['train', 'nano', ...SETS, '--seeds', '2', '--folds', '2', '--json'];
    const swept = chartlife(args, { env: env() });
    let sweepId: SweepId | undefined;
    await until(async () => {
      const rows = await withLakeOf(live.home, (lake) => queryRows(lake, 'FROM sweep_run'));
      sweepId = rows[0]?.sweep_id as SweepId | undefined;
      return sweepId !== undefined;
    }, 'the lake knows the sweep');
    await until(async () => {
      stateWhileAlone = (await live.control.sweepProgress(sweepId as SweepId))?.counts;
      return (stateWhileAlone as SweepResult['counts'] | undefined)?.failed === 2;
    }, 'the fold that can’t be trained has failed');
    const one = await trained;
    expect(one.stderr).toBe('');
    alone = JSON.parse(one.stdout);
    const { exitCode, stdout, stderr } = await swept;
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    printed = JSON.parse(stdout);
  }, TIMEOUT_MS);

  test('waits for a run that goes by itself, and takes it as it is', () => {
    expect(stateWhileAlone).toMatchObject({ elsewhere: 1, failed: 2 });
    expect(printed.runs.map(({ seed, changes }) => [seed, changes.at(-1)])).toEqual([
      [1, 'split.fold=0'],
      [1, 'split.fold=1'],
      [2, 'split.fold=0'],
      [2, 'split.fold=1'],
    ]);
    expect(printed.runs[2]?.runId).toBe(alone.runId);
  });

  test('has all that can be trained; what can’t is counted and named, and stops nothing', async () => {
    expect(printed.counts).toEqual({ waiting: 0, going: 0, elsewhere: 0, done: 2, failed: 2, cancelled: 0 });
    const [first, second] = [printed.runs[1]?.runId, printed.runs[3]?.runId];
    expect(printed.problems.map(({ runId }) => runId).sort()).toEqual([first, second].sort());
    for (const { errorType, message } of printed.problems) {
      expect(errorType).toBe('CheckFailed');
      expect(message).toContain('of the training part 0 sums over 3 weeks are known');
    }
    const pause = await chartlife(['runs', 'pause', `sweep/${printed.sweepId}`], { env: env() });
    expect(pause.exitCode).toBe(2);
    expect(pause.stderr).toContain('is under way');
  });

  test('is summed up as mean and spread, in the lake as on the command line', async () => {
    const records = [await folderOf(printed.runs[0]?.runId as RunId).require(), alone];
    const testMaes = records.map(({ evaluations }) => {
      const evaluation = evaluations?.mp3?.find(({ part }) => part === 'test');
      return evaluation?.stage === 'mp3' ? (evaluation.models[0]?.errors[0]?.mae as number) : Number.NaN;
    });
    const [summary] = printed.summary;
    const all = summary?.parts.find(({ part }) => part === 'test')?.horizons[0];
    expect(summary).toMatchObject({ recipe: 'nano', numRuns: 4, numDone: 2 });
    expect(all?.mp3.numValues).toBe(2);
    expect(all?.mp3.mean).toBeCloseTo(((testMaes[0] as number) + (testMaes[1] as number)) / 2, 12);
    // The question that the how-to tells people to ask.
    const howTo = await readFile(path.join(PROJECT_ROOT, 'docs/how-to/train.md'), 'utf8');
    const sql = [...howTo.matchAll(/```sql\n(.+?)```/gs)]
      .map((match) => match[1] ?? '')
      .find((text) => text.includes('sweep_run'));
    const rows = await withLakeOf(live.home, (lake) =>
      queryRows(lake, (sql ?? '').replace("'SWEEP'", `'${printed.sweepId}'`)),
    );
    const row = rows.find(({ part, model }) => part === 'test' && model === 'MP3');
    expect(row?.num_runs).toBe(2);
    expect(row?.mean_error).toBeCloseTo(all?.mp3.mean as number, 12);
    expect(row?.spread).toBeCloseTo(all?.mp3.standardDeviation as number, 12);
  });

  test('is listed and shown', async () => {
    const listed = await chartlife(['runs', 'sweep', '--json'], { env: env() });
    expect(JSON.parse(listed.stdout)).toEqual([
      { sweepId: printed.sweepId, numRuns: 4, numDone: 2, recipes: ['nano'] },
    ]);
    const shown = await chartlife(['runs', 'sweep', printed.sweepId.slice(0, 6)], { env: env() });
    expect(shown.stdout).toContain('2 of 4 runs done');
    expect(shown.stdout).toContain('better in');
    const json = await chartlife(['runs', 'sweep', printed.sweepId, '--json'], { env: env() });
    expect(JSON.parse(json.stdout)).toMatchObject({ sweepId: printed.sweepId, summary: printed.summary });
    expect((await chartlife(['runs', 'sweep', 'ffff'], { env: env() })).stderr).toContain('[RunNotFound]');
  });

  test(
    'trains a run to the bits that it has alone',
    async () => {
      const reproduced = await folderOf(printed.runs[0]?.runId as RunId).require();
      const { recipe, snapshotId, seed, versions, runId: reproduces } = reproduced;
      const other: TrainInput = {
        ...{ snapshotId, seed, versions, today: parseDate('2026-03-16') },
        runId: runIdOf({ recipe, snapshotId, seed, versions, reproduces }),
        recipe: { kind: 'run', runId: reproduces },
      };
      await live.control.awaitTrain(await live.control.startTrain(other));
      for (const stage of ['mp2', 'mp3'] as const) {
        const [ours, theirs] = [folderOf(other.runId).path, folderOf(reproduces).path];
        expect(await readFile(metricsPathOf(ours, stage), 'utf8')).toBe(
          await readFile(metricsPathOf(theirs, stage), 'utf8'),
        );
        const tensors = await readSafetensors(weightsPathOf(ours, stage));
        expect(tensors.tensors).toEqual((await readSafetensors(weightsPathOf(theirs, stage))).tensors);
      }
    },
    TIMEOUT_MS,
  );
});

test(
  'of which nothing can be trained, it ends as its first run did',
  async () => {
    const args = ['train', 'nano', ...SETS, '--set', 'split.fold=1', '--seed', '3', '--seeds', '2'];
    const { exitCode, stdout, stderr } = await chartlife(args, { env: env() });
    expect(exitCode).toBe(5);
    expect(stdout).toBe('');
    expect(stderr).toContain('none of 2 runs was trained');
    expect(stderr).toContain('[CheckFailed]');
  },
  TIMEOUT_MS,
);

test(
  'paused, resumed and cancelled from the command line, so are its runs',
  async () => {
    const input = await sweepInputOf(live, { firstSeed: 7, numSeeds: 2, numFolds: 1, more: ['mp2.numSteps=100000'] });
    const runIds = sweepRunIds(input);
    const ended = live.control.awaitSweep(await live.control.startSweep(input)).then(
      () => 'done',
      () => 'cancelled',
    );
    const steered = async (how: string): Promise<void> => {
      const { exitCode, stderr } = await chartlife(['runs', how, `sweep/${input.sweepId.slice(0, 9)}`], { env: env() });
      expect(exitCode, stderr).toBe(0);
    };
    const arePaused = (expected: boolean) => async (): Promise<boolean> => {
      const progress = await Promise.all(runIds.map((runId) => live.control.trainProgress(runId)));
      return progress.every((run) => run?.isPaused === expected);
    };
    await until(arePaused(false), 'both go', 60_000);
    await steered('pause');
    await until(arePaused(true), 'both are paused', 60_000);
    expect((await live.control.sweepProgress(input.sweepId))?.isPaused).toBe(true);
    await steered('resume');
    await until(arePaused(false), 'both go on', 60_000);
    // One that a person cancels stops no other.
    await live.control.cancel(trainId(runIds[1] as RunId));
    const counts = async () => (await live.control.sweepProgress(input.sweepId))?.counts;
    await until(async () => (await counts())?.cancelled === 1, 'one is cancelled', 60_000);
    expect((await counts())?.going).toBe(1);
    await steered('cancel');
    expect(await ended).toBe('cancelled');
    const shown = await chartlife(['runs', 'sweep', input.sweepId, '--json'], { env: env() });
    const { runs } = JSON.parse(shown.stdout) as { runs: readonly { runId: RunId; state: string }[] };
    // The sweep ends after its runs, which have told the lake.
    expect(runs.map(({ runId, state }) => [runId, state]).sort()).toEqual(
      runIds.map((runId) => [runId, 'cancelled']).sort(),
    );
  },
  TIMEOUT_MS,
);
