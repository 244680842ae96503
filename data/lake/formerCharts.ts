/** The chart before a chart date, and what the lake has of the date itself: read, or remembered from the last commit. */

import type { Chart } from '../../contracts/charts.ts';
import { chartName } from '../../contracts/charts.ts';
import { type CalendarDate, parseDate } from '../../contracts/dates.ts';
import { type FormerChart, formerRowOf, ROW_COLUMN_NAMES, type StoredValues, storedValues } from './chartColumns.ts';
import { sqlText } from './sqlText.ts';
import type { LakeTransaction } from './transaction.ts';
import { type PlainRow, textOf } from './values.ts';

/** The rows the lake has of one chart date. */
export interface ExistingChart {
  readonly source: string;
  readonly sourceSha256: string;
  /** In the order of their ranks. */
  readonly rows: readonly StoredValues[];
  /** The same rows, as the next chart date sees them. */
  readonly chart: FormerChart;
}

export interface ChartHistory {
  readonly existing: ExistingChart | null;
  /** The chart date before; null if there is none. */
  readonly former: FormerChart | null;
  /** Whether the lake has no later chart date of this chart. */
  readonly isNewest: boolean;
}

/** How far back the chart before is looked for at first: nearly always it is the day or the week before. */
const USUAL_GAP_DAYS = 35;

/** Remembers the newest chart of each region for as long as this process alone writes to the lake. */
export interface FormerCharts {
  historyOf(transaction: LakeTransaction, chart: Chart, chartDate: CalendarDate): Promise<ChartHistory>;
  /** To be called after a transaction of this process that changed no chart, or told of the change by `remember`. */
  advance(fromSnapshotId: number, toSnapshotId: number): void;
  /** To be called once a chart date that is the newest of its chart is committed. */
  remember(chart: Chart, newest: FormerChart): void;
}

function whereChart(chart: Chart): string {
  // Literals, not parameters: DuckLake leaves out files by what it reads in the statement.
  return `chart_kind = ${sqlText(chart.kind)} AND region = ${sqlText(chart.region)}`;
}

const COLUMNS = ['chart_date', ...ROW_COLUMN_NAMES, 'source', 'source_sha256'].join(', ');

function chartOf(rows: readonly PlainRow[]): FormerChart | null {
  const [first] = rows;
  return first === undefined
    ? null
    : { chartDate: parseDate(textOf(first, 'chart_date')), rows: rows.map(formerRowOf) };
}

async function readHistory(transaction: LakeTransaction, chart: Chart, chartDate: CalendarDate): Promise<ChartHistory> {
  const date = `DATE ${sqlText(chartDate)}`;
  const rows = await transaction.rows(
    `SELECT ${COLUMNS}, max(chart_date) OVER () AS newest_date
    FROM chart_entry
    WHERE ${whereChart(chart)} AND chart_date >= ${date} - ${USUAL_GAP_DAYS}
    QUALIFY chart_date = ${date} OR chart_date = newest_date OR chart_date = max(chart_date) FILTER (chart_date < ${date}) OVER ()
    ORDER BY chart_date, rank`,
  );
  const isBefore = (row: PlainRow): boolean => textOf(row, 'chart_date') < chartDate;
  const existingRows = rows.filter((row) => row.chart_date === chartDate);
  const [first] = existingRows;
  return {
    existing:
      first === undefined
        ? null
        : {
            source: textOf(first, 'source'),
            sourceSha256: textOf(first, 'source_sha256'),
            rows: existingRows.map(storedValues),
            chart: { chartDate, rows: existingRows.map(formerRowOf) },
          },
    former: chartOf(rows.filter(isBefore)) ?? (await readOlderChart(transaction, chart, date)),
    isNewest: rows.every((row) => textOf(row, 'newest_date') <= chartDate),
  };
}

async function readOlderChart(transaction: LakeTransaction, chart: Chart, date: string): Promise<FormerChart | null> {
  const [row] = await transaction.rows(
    `SELECT max(chart_date) AS chart_date FROM chart_entry WHERE ${whereChart(chart)} AND chart_date < ${date}`,
  );
  if (row === undefined || row.chart_date === null) return null;
  const formerDate = sqlText(textOf(row, 'chart_date'));
  return chartOf(
    await transaction.rows(
      `SELECT ${COLUMNS} FROM chart_entry WHERE ${whereChart(chart)} AND chart_date = DATE ${formerDate} ORDER BY rank`,
    ),
  );
}

export function createFormerCharts(): FormerCharts {
  const newestCharts = new Map<string, FormerChart>();
  /** The snapshot the memory is true of: this process's last commit. */
  let knownAt = -1;
  return {
    historyOf: async (transaction, chart, chartDate) => {
      if (knownAt !== transaction.baseSnapshotId) {
        // Somebody else wrote since: an import, maintenance, another worker.
        newestCharts.clear();
        knownAt = transaction.baseSnapshotId;
      }
      const newest = newestCharts.get(chartName(chart));
      if (newest !== undefined && newest.chartDate < chartDate) {
        return { existing: null, former: newest, isNewest: true };
      }
      return readHistory(transaction, chart, chartDate);
    },
    advance: (fromSnapshotId, toSnapshotId) => {
      if (knownAt === fromSnapshotId) knownAt = toSnapshotId;
    },
    remember: (chart, newest) => {
      newestCharts.set(chartName(chart), newest);
    },
  };
}
