/** What an import did, for people and programs. */
import { type ChartKind, chartName, parseChartKind } from '../../contracts/charts.ts';
import { parseDate } from '../../contracts/dates.ts';
import {
  type ImportedChart,
  type ImportPlan,
  type ImportSummary,
  LEFT_OUT_REASONS,
  REJECT_REASONS,
} from '../../contracts/imports.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { sqlText } from '../lake/sqlText.ts';
import type { TransactionResult } from '../lake/transaction.ts';
import { booleanOf, numberOf, textOf } from '../lake/values.ts';
import type { CommittedImport, FileRecord } from './commitImport.ts';
import { countByReason, isLeftOut, isRejected, numRowsWith } from './fileRecords.ts';
import type { OutcomeCount, StagedFiles } from './settleStaging.ts';
import type { StagingDatabase } from './stagingDatabase.ts';

/** The chart dates that the files hold, by chart. */
export interface StagedChart extends ImportedChart {
  readonly numRows: number;
  readonly numRowsWithoutStreams: number;
  /** All its dates are whole weeks apart. */
  readonly isByWeek: boolean;
}

export async function readStagedCharts(staging: StagingDatabase, files: StagedFiles): Promise<StagedChart[]> {
  const rows = await staging.rows(`
    SELECT chart_kind, region, min(chart_date) AS first_date, max(chart_date) AS last_date, count(*) AS num_dates,
      count(*) FILTER (last_rank > num_rows) AS num_with_gaps, count(*) FILTER (num_rising > 0) AS num_rising,
      sum(num_rows) AS num_rows, sum(num_without_streams) AS num_without_streams,
      count(DISTINCT dayofweek(chart_date)) = 1 AS is_by_week
    FROM read_parquet(${sqlText(files.charts)}) GROUP BY ALL ORDER BY ALL`);
  return rows.map((row) => ({
    kind: parseChartKind(textOf(row, 'chart_kind')),
    region: parseRegion(textOf(row, 'region')),
    firstDate: parseDate(textOf(row, 'first_date')),
    lastDate: parseDate(textOf(row, 'last_date')),
    numChartDates: numberOf(row, 'num_dates'),
    numChartDatesWithGaps: numberOf(row, 'num_with_gaps'),
    numChartDatesWithRisingStreams: numberOf(row, 'num_rising'),
    numRows: numberOf(row, 'num_rows'),
    numRowsWithoutStreams: numberOf(row, 'num_without_streams'),
    isByWeek: booleanOf(row, 'is_by_week'),
  }));
}

export function summarise(
  plan: ImportPlan,
  files: readonly FileRecord[],
  outcomes: readonly OutcomeCount[],
  charts: readonly StagedChart[],
  committed: TransactionResult<CommittedImport>,
  seconds: number,
): ImportSummary {
  const numRowsRead = numRowsWith(outcomes, () => true);
  return {
    files: files.map(
      ({ fileName, sha256, format, numRowsRead: numRead, numRowsGood, numRowsRejected, numRowsLeftOut }) => ({
        fileName,
        sha256,
        format,
        numRowsRead: numRead,
        numRowsGood,
        numRowsRejected,
        numRowsLeftOut,
      }),
    ),
    ignoredFiles: plan.ignored,
    numRowsRead,
    numRowsGood: numRowsWith(outcomes, (outcome) => outcome === null),
    numRowsRejected: numRowsWith(outcomes, isRejected),
    numRowsLeftOut: numRowsWith(outcomes, isLeftOut),
    rejectedByReason: countByReason(REJECT_REASONS, outcomes),
    leftOutByReason: countByReason(LEFT_OUT_REASONS, outcomes),
    charts: charts.map(({ numRows: _, numRowsWithoutStreams: _withoutStreams, isByWeek: _byWeek, ...chart }) => chart),
    ...committed.value,
    snapshotId: committed.snapshotId,
    seconds,
    rowsPerSecond: seconds > 0 ? numRowsRead / seconds : 0,
    notes: notesOf(plan, files, outcomes, charts),
  };
}

/** From this share on it is not single rows that are wrong but what was said of the columns. */
const SUSPICIOUS_SHARE = 0.5;
const LONG_ENOUGH_DATES = 8;

function notesOf(
  plan: ImportPlan,
  files: readonly FileRecord[],
  outcomes: readonly OutcomeCount[],
  charts: readonly StagedChart[],
): string[] {
  const numOtherChart = numRowsWith(outcomes, (outcome) => outcome === 'other-chart');
  const withoutStreams = charts.reduce((sum, chart) => sum + chart.numRowsWithoutStreams, 0);
  const numWithGaps = charts.reduce((sum, chart) => sum + chart.numChartDatesWithGaps, 0);
  return [
    ...new Set(plan.files.flatMap((file) => file.notes.map((note) => `${file.format}: ${note}`))),
    ...(numOtherChart > 0
      ? [`${rowsText(numOtherChart)} of another chart than the top 200 (such as viral 50): left out`]
      : []),
    ...(numWithGaps > 0 ? [`chart dates of which the files lack ranks: ${numWithGaps}`] : []),
    ...(withoutStreams > 0 ? [`${rowsText(withoutStreams)} without streams`] : []),
    ...files
      .filter((file) => file.format === 'tracks' && file.numRowsRejected > 0)
      .map((file) => `${rowsText(file.numRowsRejected)} of ${file.fileName} without a track id: put aside`),
    ...files
      .filter((file) => file.numRowsRejected > 0 && file.numRowsRejected === file.numRowsRead)
      .map((file) => `no row of ${file.fileName} fits`),
    ...files.filter((file) => file.numRowsRead === 0).map((file) => `${file.fileName} has no rows`),
    ...charts.flatMap(doubtsAbout),
  ];
}

function rowsText(numRows: number): string {
  return numRows === 1 ? '1 row' : `${numRows} rows`;
}

function doubtsAbout(chart: StagedChart): string[] {
  const name = chartName(chart);
  const isRising = chart.numChartDatesWithRisingStreams > chart.numChartDates * SUSPICIOUS_SHARE;
  const isWeekly: ChartKind | null = chart.isByWeek && chart.numChartDates >= LONG_ENOUGH_DATES ? 'weekly' : null;
  return [
    ...(isRising
      ? [
          `streams rise with rank on ${chart.numChartDatesWithRisingStreams} of ${chart.numChartDates} dates of ${name}: are rank and streams the right columns?`,
        ]
      : []),
    ...(chart.kind === 'daily' && isWeekly !== null
      ? [`all dates of ${name} are the same day of the week: is it a weekly chart (--kind weekly)?`]
      : []),
  ];
}
