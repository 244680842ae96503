/** What people read of sweeps, from values of our own making. */
import { expect, it } from 'vitest';
import { createStyles } from '../../cli/output/styles.ts';
import { renderSweepRuns, renderSweeps } from '../../cli/output/sweepList.ts';
import { renderSweepResult, renderSweepSummary } from '../../cli/output/sweepReport.ts';
import { sweepNote } from '../../cli/watchSweep.ts';
import type { RunId } from '../../contracts/runs.ts';
import type { SweepCounts, SweepId } from '../../contracts/sweeps.ts';
import { type RecipeSummary, spreadOf } from '../../workers/trainer/sweepSummary.ts';

const LAYOUT = { styles: createStyles(false), width: 100 };
const SWEEP_ID = '0123456789abcdef' as SweepId;
const RUN_ID = 'fedcba9876543210' as RunId;
const NONE: SweepCounts = { waiting: 0, going: 0, elsewhere: 0, done: 0, failed: 0, cancelled: 0 };

const SUMMARY: RecipeSummary = {
  recipe: 'nano',
  numRuns: 3,
  numDone: 2,
  parts: [
    {
      part: 'validation',
      horizons: [
        {
          horizon: 'all',
          mp3: spreadOf([0.4, 0.5]),
          bestBaseline: spreadOf([0.3, 0.5]),
          difference: spreadOf([0.1, 0]),
          numBetter: 0,
        },
        {
          horizon: '1-4',
          mp3: spreadOf([0.4]),
          bestBaseline: spreadOf([0.5]),
          difference: spreadOf([-0.1]),
          numBetter: 1,
        },
      ],
      mp2: [
        { target: 'log10Sum', r2: spreadOf([]) },
        { target: 'log10Debut', r2: spreadOf([0.1, 0.3]) },
      ],
    },
  ],
};

it('shows mean and spread, a spread only where there is one, and nothing of what is not known', () => {
  expect(renderSweepSummary([SUMMARY], LAYOUT)).toEqual([
    '',
    'MP3, mean error of log10 streams by weeks since the debut: mean ± standard deviation over runs',
    '  recipe  part        weeks            MP3  best baseline      difference    better in',
    '  nano    validation    all  0.450 ± 0.071  0.400 ± 0.141  +0.050 ± 0.071  0 of 2 runs',
    '  nano    validation    1-4          0.400          0.500          -0.100   1 of 1 run',
    '',
    'MP2, R²: mean ± standard deviation over runs',
    '  recipe  part        target                 R²  runs',
    '  nano    validation  log10Debut  0.200 ± 0.141     2',
  ]);
  expect(renderSweepSummary([{ ...SUMMARY, parts: [] }], LAYOUT)).toEqual(['', 'No run has figures yet.']);
});

it('names what failed, with its control characters made visible', () => {
  const problem = { runId: RUN_ID, errorType: 'CheckFailed', message: 'no track\x1b[2J is left' };
  const result = { sweepId: SWEEP_ID, numPublished: 1, problems: [problem], numProblemsUnnamed: 2 };
  expect(renderSweepResult({ ...result, counts: { ...NONE, done: 4, failed: 2, cancelled: 1 } }, LAYOUT)).toEqual([
    'sweep 0123456789abcdef  4 of 7 runs done, 1 published, 2 failed, 1 cancelled',
    '  run fedcba9876543210: CheckFailed: no track·[2J is left',
    '  and 2 more runs without figures',
  ]);
});

it('says how far it is', () => {
  const counts = { ...NONE, done: 3, failed: 1, going: 2, elsewhere: 1, waiting: 4 };
  expect(sweepNote({ isPaused: false, counts }, ['fedcba98 mp2 step 120 of 300'])).toBe(
    '1 failed, 2 going, 1 started by itself, 4 waiting: fedcba98 mp2 step 120 of 300',
  );
  expect(sweepNote({ isPaused: true, counts: { ...NONE, going: 1 } }, [])).toBe('paused, 1 going');
});

it('lists sweeps, and the runs of one whether they have begun or not', () => {
  expect(renderSweeps([], LAYOUT)).toEqual(['No sweep yet.']);
  const listed = { sweepId: SWEEP_ID, numRuns: 10, numDone: 9, recipes: ['ast-tiny', 'nano'] };
  expect(renderSweeps([listed], LAYOUT)).toEqual([
    'sweep             runs  done  recipes',
    '0123456789abcdef    10     9  ast-tiny, nano',
  ]);
  const run = { runId: RUN_ID, recipe: 'nano', fold: 0, seed: 3, state: 'done' as const };
  const unknown = { runId: '0000000000000000' as RunId, recipe: null, fold: null, seed: null, state: null };
  expect(renderSweepRuns(SWEEP_ID, [run, unknown], LAYOUT)).toEqual([
    'sweep 0123456789abcdef  1 of 2 runs done',
    '  run               recipe  fold  seed  state',
    '  fedcba9876543210  nano       0     3  done',
    '  0000000000000000                      nothing is known of it',
  ]);
});
