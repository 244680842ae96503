/** What an import did, for people. */
import { type ImportSummary, KEPT_REASONS, type KeptReason } from '../../contracts/imports.ts';
import { formatDuration } from '../../runtime/progress.ts';
import { count, plural } from './numbers.ts';
import type { Styles } from './styles.ts';
import { renderTable } from './textTable.ts';

export interface ImportSummaryOptions {
  readonly width: number;
  readonly styles: Styles;
  /** Nothing was written: the words are those of a trial. */
  readonly isDryRun: boolean;
}

export function renderImportSummary(summary: ImportSummary, options: ImportSummaryOptions): string[] {
  const { styles } = options;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', styles.bold(title), ...lines];
  return [
    headline(summary, options),
    ...section('Files', fileLines(summary, options)),
    ...section('Charts', chartLines(summary, options)),
    ...section('Rows put aside, kept in the table import_reject', reasonLines(summary.rejectedByReason)),
    ...section('Rows left out', reasonLines(summary.leftOutByReason)),
    ...section(
      'Files that are no charts',
      summary.ignoredFiles.map(({ path, why }) => `  ${path}: ${why}`),
    ),
    ...section(
      'Note',
      summary.notes.map((note) => `  ${note}`),
    ),
  ];
}

function headline(summary: ImportSummary, { styles, isDryRun }: ImportSummaryOptions): string {
  if (summary.numRowsRead === 0) return `${styles.bold('Nothing imported')}: ${noRows(summary)}`;
  const read = `${plural(summary.numRowsRead, 'row')} read`;
  const pace = `in ${formatDuration(summary.seconds * 1000)}, ${count(Math.round(summary.rowsPerSecond))} rows/s`;
  if (isDryRun) return `${styles.bold('Nothing written')} (--dry-run): ${read} ${pace}`;
  if (summary.snapshotId === null) return `${styles.bold('Nothing new')}: ${read}, no new snapshot (${pace})`;
  return `${styles.bold(`${plural(summary.numRowsWritten, 'row')} written`)}: ${read} ${pace}; snapshot ${summary.snapshotId}`;
}

/** Of files that have a header and no more. */
function noRows({ files }: ImportSummary): string {
  const [first, ...others] = files;
  return others.length === 0 && first !== undefined
    ? `${first.fileName} has its header line, and no rows in it`
    : `${plural(files.length, 'file')} with header lines, and no rows in them`;
}

function fileLines(summary: ImportSummary, { width, styles }: ImportSummaryOptions): string[] {
  return renderTable(
    [
      { header: 'file', canShrink: true },
      { header: 'format' },
      { header: 'rows', align: 'right' },
      { header: 'good', align: 'right' },
      { header: 'put aside', align: 'right' },
      { header: 'left out', align: 'right' },
    ],
    summary.files.map((file) => [
      file.fileName,
      file.format,
      count(file.numRowsRead),
      count(file.numRowsGood),
      count(file.numRowsRejected),
      count(file.numRowsLeftOut),
    ]),
    { width, indent: 2, styleHeader: styles.dim },
  );
}

function chartLines(summary: ImportSummary, { width, styles }: ImportSummaryOptions): string[] {
  if (summary.charts.length === 0) return [];
  const { chartDates } = summary;
  const table = renderTable(
    [
      { header: 'chart' },
      { header: 'from' },
      { header: 'to' },
      { header: 'chart dates', align: 'right' },
      { header: 'with gaps', align: 'right' },
      { header: 'streams rise', align: 'right' },
    ],
    summary.charts.map((chart) => [
      `${chart.region}/${chart.kind}`,
      chart.firstDate,
      chart.lastDate,
      count(chart.numChartDates),
      chart.numChartDatesWithGaps === 0 ? '' : count(chart.numChartDatesWithGaps),
      chart.numChartDatesWithRisingStreams === 0 ? '' : count(chart.numChartDatesWithRisingStreams),
    ]),
    { width, indent: 2, styleHeader: styles.dim },
  );
  const outcomes = [
    [chartDates.new, 'new'],
    [chartDates.same, 'there already'],
    [chartDates.merged, 'merged'],
    [chartDates.replaced, 'replaced'],
    ...KEPT_REASONS.map((reason) => [summary.keptByReason[reason] ?? 0, `kept ${KEPT_TEXTS[reason]}`] as const),
  ] as const;
  const occurred = outcomes.filter(([numDates]) => numDates > 0);
  return [...table, `  Chart dates: ${occurred.map(([numDates, text]) => `${count(numDates)} ${text}`).join(', ')}.`];
}

const KEPT_TEXTS: Readonly<Record<KeptReason, string>> = {
  'from-page': "as kworb's own page has them",
  'fewer-ranks': 'as the lake has them: other numbers, on fewer ranks',
};

function reasonLines(byReason: Readonly<Partial<Record<string, number>>>): string[] {
  const reasons = Object.entries(byReason).map(([reason, numRows]) => [count(numRows ?? 0), reason] as const);
  const width = Math.max(0, ...reasons.map(([numRows]) => numRows.length));
  return reasons.map(([numRows, reason]) => `  ${numRows.padStart(width)}  ${reason}`);
}
