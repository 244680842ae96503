/** A sweep as text: what failed, and each recipe's figures as mean and spread over its runs. */
import type { SweepProblem, SweepResult } from '../../contracts/sweeps.ts';
import type { RecipeSummary, Spread } from '../../workers/trainer/sweepSummary.ts';
import { withoutControls } from './displayWidth.ts';
import { count, plural } from './numbers.ts';
import type { Styles } from './styles.ts';
import { renderTable } from './textTable.ts';

export interface SweepLayout {
  readonly styles: Styles;
  readonly width: number;
}

export function renderSweepResult(
  { sweepId, counts, numPublished, problems, numProblemsUnnamed }: SweepResult,
  { styles }: SweepLayout,
): string[] {
  const { done, failed, cancelled } = counts;
  const parts = [
    `${count(done)} of ${plural(done + failed + cancelled, 'run')} done`,
    `${count(numPublished)} published`,
    ...(failed > 0 ? [`${count(failed)} failed`] : []),
    ...(cancelled > 0 ? [`${count(cancelled)} cancelled`] : []),
  ];
  return [
    `${styles.bold(`sweep ${sweepId}`)}  ${parts.join(', ')}`,
    ...problems.map((problem) => `  ${styles.red(problemText(problem))}`),
    ...(numProblemsUnnamed > 0 ? [`  and ${plural(numProblemsUnnamed, 'more run')} without figures`] : []),
  ];
}

/** `run 0123456789abcdef: InvalidInput: what it said`. */
export function problemText({ runId, errorType, message }: SweepProblem): string {
  return `run ${runId}: ${errorType}: ${withoutControls(message)}`;
}

export function renderSweepSummary(summaries: readonly RecipeSummary[], layout: SweepLayout): string[] {
  const mp3 = mp3Rows(summaries);
  const mp2 = mp2Rows(summaries);
  if (mp3.length + mp2.length === 0) return ['', 'No run has figures yet.'];
  const options = { width: layout.width, indent: 2, styleHeader: layout.styles.dim };
  return [
    ...headed(mp3, 'MP3, mean error of log10 streams by weeks since the debut: mean ± standard deviation over runs', [
      ...MP3_COLUMNS,
    ]),
    ...headed(mp2, 'MP2, R²: mean ± standard deviation over runs', [...MP2_COLUMNS]),
  ];

  function headed(rows: string[][], heading: string, columns: Parameters<typeof renderTable>[0]): string[] {
    return rows.length === 0 ? [] : ['', layout.styles.bold(heading), ...renderTable(columns, rows, options)];
  }
}

const MP3_COLUMNS = [
  { header: 'recipe' },
  { header: 'part' },
  { header: 'weeks', align: 'right' },
  { header: 'MP3', align: 'right' },
  { header: 'best baseline', align: 'right' },
  { header: 'difference', align: 'right' },
  { header: 'better in', align: 'right' },
] as const;

const MP2_COLUMNS = [
  { header: 'recipe' },
  { header: 'part' },
  { header: 'target' },
  { header: 'R²', align: 'right' },
  { header: 'runs', align: 'right' },
] as const;

function mp3Rows(summaries: readonly RecipeSummary[]): string[][] {
  return summaries.flatMap(({ recipe, parts }) =>
    parts.flatMap(({ part, horizons }) =>
      horizons.map(({ horizon, mp3, bestBaseline, difference, numBetter }) => [
        ...[recipe, part, horizon, spreadText(mp3), spreadText(bestBaseline), spreadText(difference, true)],
        `${count(numBetter)} of ${plural(mp3.numValues, 'run')}`,
      ]),
    ),
  );
}

function mp2Rows(summaries: readonly RecipeSummary[]): string[][] {
  return summaries.flatMap(({ recipe, parts }) =>
    parts.flatMap(({ part, mp2 }) =>
      mp2.flatMap(({ target, r2 }) =>
        r2.numValues === 0 ? [] : [[recipe, part, target, spreadText(r2), count(r2.numValues)]],
      ),
    ),
  );
}

/** `0.412 ± 0.013`; without a spread where there is one value, empty where there is none. */
function spreadText({ mean, standardDeviation }: Spread, isSigned = false): string {
  if (mean === null) return '';
  const sign = isSigned && mean > 0 ? '+' : '';
  return `${sign}${mean.toFixed(3)}${standardDeviation === null ? '' : ` ± ${standardDeviation.toFixed(3)}`}`;
}
