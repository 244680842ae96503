/** Sweeps, and the runs of one, as tables. */
import type { RunState } from '../../contracts/runRows.ts';
import type { RunId } from '../../contracts/runs.ts';
import type { SweepId } from '../../contracts/sweeps.ts';
import { count, plural } from './numbers.ts';
import type { SweepLayout } from './sweepReport.ts';
import { renderTable } from './textTable.ts';

export interface ListedSweep {
  readonly sweepId: SweepId;
  readonly numRuns: number;
  readonly numDone: number;
  /** Of the runs that were frozen. */
  readonly recipes: readonly string[];
}

/** null where it is not known, as the run was never frozen. */
export interface SweptRun {
  readonly runId: RunId;
  readonly recipe: string | null;
  readonly fold: number | null;
  readonly seed: number | null;
  readonly state: RunState | null;
}

export function renderSweeps(sweeps: readonly ListedSweep[], { styles, width }: SweepLayout): string[] {
  if (sweeps.length === 0) return ['No sweep yet.'];
  return renderTable(
    [
      { header: 'sweep' },
      { header: 'runs', align: 'right' },
      { header: 'done', align: 'right' },
      { header: 'recipes' },
    ],
    sweeps.map(({ sweepId, numRuns, numDone, recipes }) => [
      ...[sweepId, count(numRuns), count(numDone), recipes.join(', ')],
    ]),
    { width, styleHeader: styles.dim },
  );
}

export function renderSweepRuns(sweepId: SweepId, runs: readonly SweptRun[], { styles, width }: SweepLayout): string[] {
  const numDone = runs.filter(({ state }) => state === 'done').length;
  const numberText = (value: number | null): string => (value === null ? '' : String(value));
  return [
    `${styles.bold(`sweep ${sweepId}`)}  ${count(numDone)} of ${plural(runs.length, 'run')} done`,
    ...renderTable(
      [
        { header: 'run' },
        { header: 'recipe' },
        { header: 'fold', align: 'right' },
        { header: 'seed', align: 'right' },
        { header: 'state' },
      ],
      runs.map(({ runId, recipe, fold, seed, state }) => [
        ...[runId, recipe ?? '', numberText(fold), numberText(seed), state ?? 'nothing is known of it'],
      ]),
      { width, indent: 2, styleHeader: styles.dim },
    ),
  ];
}
