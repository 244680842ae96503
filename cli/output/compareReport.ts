/** Runs held against each other, as text. */
import type { BitsComparison, BitsDifference } from '../../workers/trainer/compareBits.ts';
import type { ComparedRow, RunsComparison } from '../../workers/trainer/compareRuns.ts';
import { indented } from './displayWidth.ts';
import type { Styles } from './styles.ts';
import { renderTable } from './textTable.ts';

export interface CompareLayout {
  readonly styles: Styles;
  readonly width: number;
}

export function renderBits(
  first: string,
  second: string,
  { areSame, results, pinned, weightsSha256: [weights] }: BitsComparison,
  { styles, width }: CompareLayout,
): string[] {
  if (areSame) {
    return [
      `${styles.green('the same bits')}: run ${first}, trained again as ${second}`,
      ...(['mp2', 'mp3'] as const).map((stage) => `  ${stage} tensors, sha256 ${weights[stage]}`),
      ...(pinned.length === 0
        ? []
        : ['  although these are not the same:', ...pinned.flatMap((one) => difference(one, width))]),
    ];
  }
  return [
    `${styles.red('other bits')}: run ${first}, trained again as ${second}`,
    ...results.flatMap((one) => difference(one, width)),
    pinned.length === 0
      ? '  All that is pinned is the same: versions, code, processor, instruction set, threads, oneDNN, Node, data set.'
      : '  What is pinned and not the same:',
    ...pinned.flatMap((one) => difference(one, width)),
  ];
}

function difference({ what, where, first, second }: BitsDifference, width: number): string[] {
  return indented(`${what}${where === null ? '' : ` at ${where}`}: ${first}, then ${second}`, 4, width);
}

export function renderComparison(
  { runIds, settings, figures }: RunsComparison,
  { styles, width }: CompareLayout,
): string[] {
  const tableOf = (rows: readonly ComparedRow[]): string[] =>
    renderTable(
      [
        { header: '', canShrink: true },
        ...runIds.map((runId) => ({ header: runId.slice(0, 8), align: 'right' as const })),
      ],
      rows.map(({ name, values }) => [name, ...values.map(cell)]),
      { width, indent: 2, styleHeader: styles.dim, keepsEmptyColumns: true },
    );
  return [
    styles.bold('What is not the same'),
    ...(settings.length === 0 ? ['  Nothing: they are one run.'] : tableOf(settings)),
    '',
    styles.bold('On the test part: mean errors of log10 streams, R²'),
    ...(figures.length === 0 ? ['  None of them is evaluated yet.'] : tableOf(figures)),
  ];
}

function cell(value: string | number | null): string {
  if (value === null) return '-';
  return typeof value === 'string' || Number.isInteger(value) ? String(value) : value.toFixed(3);
}
