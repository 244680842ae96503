/** Which runs a sweep has, what it refuses, and that its plan and result fit a payload whatever their number. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { queryRows } from '../../../cli/queryRows.ts';
import { parseDate } from '../../../contracts/dates.ts';
import { MAX_MESSAGE_LENGTH, MAX_PAYLOAD_BYTES, MAX_PROBLEMS_NAMED } from '../../../contracts/payloads.ts';
import {
  MAX_SWEEP_RUNS,
  type SweepInput,
  type SweepProgress,
  type SweepResult,
  sweepRuns,
  trainInputsOf,
} from '../../../contracts/sweeps.ts';
import { withChanges } from '../../../models/recipes/changes.ts';
import { RECIPES } from '../../../models/recipes/presets.ts';
import { runVersions } from '../../../runtime/versions.ts';
import { runSpecOf } from '../../../workers/trainer/recipeSource.ts';
import { runFolderIn, runIdOf } from '../../../workers/trainer/runFolder.ts';
import { createSweeps, sweepIdOf, sweepRunIds } from '../../../workers/trainer/sweepPlan.ts';
import { chartlife } from '../../cli/captureEffects.ts';
import { type LakeHome, makeLake } from '../../data/lakeFixture.ts';

const VERSIONS = runVersions();

function inputOf(more: Partial<SweepInput> = {}): SweepInput {
  const spec = {
    ...{ recipes: ['nano', 'ast-tiny'], changes: ['mp2.numSteps=7'], firstSeed: 3, numSeeds: 2, numFolds: 2 },
    ...{ snapshotId: 5, versions: VERSIONS, today: parseDate('2026-03-16') },
    ...more,
  };
  return { ...spec, sweepId: sweepIdOf(sweepRunIds(spec)) };
}

describe('the runs of a sweep', () => {
  test('are all recipes and folds of a seed, then those of the next', () => {
    expect(sweepRuns(inputOf()).map(({ recipe, changes, seed }) => [seed, changes.at(-1), recipe])).toEqual(
      [3, 4].flatMap((seed) =>
        ['split.fold=0', 'split.fold=1'].flatMap((fold) => [
          [seed, fold, 'nano'],
          [seed, fold, 'ast-tiny'],
        ]),
      ),
    );
  });

  test('have the ids that they have alone, so that a run is one run', async () => {
    const input = inputOf();
    const runIds = sweepRunIds(input);
    expect(new Set(runIds).size).toBe(8);
    const alone = runIdOf({
      ...{ recipe: withChanges(RECIPES.nano, ['mp2.numSteps=7']), snapshotId: 5, seed: 3, versions: VERSIONS },
    });
    expect(runIds[0]).toBe(alone);
    // What each child is sent is taken by the worker that comes to the same id from it.
    for (const train of trainInputsOf(input, { runIds })) {
      expect((await runSpecOf(train, (runId) => runFolderIn('/nowhere', runId))).seed).toBe(train.seed);
    }
  });

  test('leave the recipe’s own fold where no folds are asked for', () => {
    const [run] = sweepRuns(inputOf({ numFolds: 1, changes: ['split.fold=2'] }));
    expect(run?.changes).toEqual(['split.fold=2']);
  });

  test('make another sweep where anything of them is other', () => {
    const ids = [
      {},
      { recipes: ['nano'] },
      { changes: [] },
      { firstSeed: 4 },
      { numSeeds: 3 },
      { numFolds: 3 },
      { snapshotId: 6 },
      { versions: { chartlife: 'another' } },
    ].map((more) => inputOf(more).sweepId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(inputOf().sweepId).toBe(ids[0]);
    expect(ids[0]).toMatch(/^[0-9a-f]{16}$/);
  });
});

test.each([
  ['a recipe twice', ['nano', 'ast-tiny', 'nano'], 'nano is named twice'],
  ['a recipe that there is not', ['nano', 'nani'], 'there is no recipe "nani"'],
  ['more runs than a sweep has', ['nano', '--seeds', '101', '--folds', '2'], '1 recipes × 2 folds × 101 seeds are 202'],
  ['a fold that leaves nothing to train on', ['nano', '--folds', '6'], "the recipe's split.fold is 5"],
  ['folds, and one fold', ['nano', '--folds', '2', '--set', 'split.fold=1'], '--set split.fold=1 names one fold'],
  ['a change that does not fit', ['nano', '--seeds', '2', '--set', 'mp2.steps=1'], 'the recipe has no mp2.steps'],
  [
    'seeds past the exact numbers',
    ['nano', '--seeds', '2', '--seed', String(Number.MAX_SAFE_INTEGER)],
    'the last exact whole number',
  ],
])('%s is refused before anything else', async (_what, args, message) => {
  const { exitCode, stderr } = await chartlife(['train', ...args, '--home', '/nonexistent/home']);
  expect(stderr).toContain(message);
  expect(stderr).toContain('[InvalidInput]');
  expect(exitCode).toBe(2);
});

describe('a plan', () => {
  let home: LakeHome;
  beforeEach(async () => {
    home = await makeLake();
  });
  afterEach(() => home.remove());

  test('is told to the lake once, however often it is made', async () => {
    const sweeps = createSweeps(home.lake);
    const input = inputOf();
    const plan = await sweeps.plan(input);
    expect(await sweeps.plan(input)).toEqual(plan);
    const rows = await queryRows(home.lake, 'FROM sweep_run ORDER BY run_id');
    expect(rows).toEqual([...plan.runIds].sort().map((run_id) => ({ sweep_id: input.sweepId, run_id })));
  });

  test('is refused by a worker whose recipes are others', async () => {
    const input = { ...inputOf(), sweepId: inputOf({ firstSeed: 9 }).sweepId };
    await expect(createSweeps(home.lake).plan(input)).rejects.toMatchObject({
      type: 'InvalidInput',
      details: { sweepId: input.sweepId, found: inputOf().sweepId },
    });
    expect(await queryRows(home.lake, 'FROM sweep_run')).toEqual([]);
  });
});

test('of the largest sweep plan, progress and result are within the limit of a payload', () => {
  const runIds = sweepRunIds(inputOf({ recipes: ['nano'], numSeeds: MAX_SWEEP_RUNS / 2 }));
  expect(runIds).toHaveLength(MAX_SWEEP_RUNS);
  const problems = runIds.slice(0, MAX_PROBLEMS_NAMED).map((runId) => ({
    ...{ runId, errorType: 'ServerUnavailable', message: 'w'.repeat(MAX_MESSAGE_LENGTH) },
  }));
  const counts = { waiting: 200, going: 200, elsewhere: 200, done: 200, failed: 200, cancelled: 200 };
  const { sweepId } = inputOf();
  const result: SweepResult = { sweepId, counts, numPublished: 200, problems, numProblemsUnnamed: 200 };
  const progress: SweepProgress = { phase: 'runs', isPaused: false, counts, underWay: runIds.slice(0, 32), problems };
  for (const payload of [{ runIds }, result, progress]) {
    expect(Buffer.byteLength(JSON.stringify(payload))).toBeLessThan(MAX_PAYLOAD_BYTES);
  }
});
