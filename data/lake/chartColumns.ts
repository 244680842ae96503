/** A chart page's rows as columns of `chart_entry`, and back. */
import {
  BIGINT,
  DATE,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBStructValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  STRUCT,
  VARCHAR,
} from '@duckdb/node-api';
import { type CalendarDate, toEpochDay } from '../../contracts/dates.ts';
import type { ArtistCredit, ChartPage, ChartRow } from '../../contracts/pages.ts';
import { numberOf, type PlainRow, type PlainValue } from './values.ts';

const CREDITS = LIST(STRUCT({ id: VARCHAR, name: VARCHAR }));

function creditsValue(credits: readonly ArtistCredit[]): DuckDBListValue {
  return new DuckDBListValue(credits.map(({ id, name }) => new DuckDBStructValue({ id, name })));
}

function bigintOrNull(value: number | null): bigint | null {
  return value === null ? null : BigInt(value);
}

function movementText(row: ChartRow): string | null {
  return typeof row.movement === 'number' ? 'moved' : row.movement;
}

interface Column {
  readonly name: string;
  readonly type: DuckDBType;
  readonly read: (row: ChartRow) => DuckDBValue;
}

/** What a row says, without where it stands (chart, date) and where it comes from. In the table's order. */
const ROW_COLUMNS: readonly Column[] = [
  { name: 'rank', type: INTEGER, read: (row) => row.rank },
  { name: 'track_id', type: VARCHAR, read: (row) => row.trackId },
  { name: 'title', type: VARCHAR, read: (row) => row.title },
  { name: 'artists', type: CREDITS, read: (row) => creditsValue(row.artists) },
  { name: 'featured', type: CREDITS, read: (row) => creditsValue(row.featured) },
  { name: 'movement', type: VARCHAR, read: movementText },
  {
    name: 'places_moved',
    type: INTEGER,
    read: (row) => (typeof row.movement === 'number' ? row.movement + 0 : null),
  },
  { name: 'periods_on_chart', type: INTEGER, read: (row) => row.periodsOnChart },
  { name: 'peak_rank', type: INTEGER, read: (row) => row.peakRank },
  { name: 'times_at_peak', type: INTEGER, read: (row) => row.timesAtPeak },
  { name: 'streams', type: BIGINT, read: (row) => bigintOrNull(row.streams) },
  { name: 'streams_change', type: BIGINT, read: (row) => bigintOrNull(row.streamsChange) },
  { name: 'seven_day_streams', type: BIGINT, read: (row) => bigintOrNull(row.sevenDay) },
  { name: 'seven_day_streams_change', type: BIGINT, read: (row) => bigintOrNull(row.sevenDayChange) },
  { name: 'total_streams', type: BIGINT, read: (row) => bigintOrNull(row.total) },
];

export const ROW_COLUMN_NAMES: readonly string[] = ROW_COLUMNS.map(({ name }) => name);

/** A whole page as one chunk in the order of `chart_entry`'s columns. */
export function chartChunk(page: ChartPage, source: string, sourceSha256: string): DuckDBDataChunk {
  const numRows = page.rows.length;
  const same = (value: DuckDBValue): DuckDBValue[] => new Array<DuckDBValue>(numRows).fill(value);
  const chunk = DuckDBDataChunk.create(
    [VARCHAR, VARCHAR, DATE, ...ROW_COLUMNS.map(({ type }) => type), VARCHAR, VARCHAR],
    numRows,
  );
  chunk.setColumns([
    same(page.kind),
    same(page.region),
    same(new DuckDBDateValue(toEpochDay(page.chartDate))),
    ...ROW_COLUMNS.map(({ read }) => page.rows.map(read)),
    same(source),
    same(sourceSha256),
  ]);
  return chunk;
}

/** A row as the lake has it: the values of {@link ROW_COLUMN_NAMES}, plain. */
export type StoredValues = readonly PlainValue[];

export function storedValues(row: PlainRow): StoredValues {
  return ROW_COLUMN_NAMES.map((name) => row[name] ?? null);
}

function plainCredits(credits: readonly ArtistCredit[]): PlainValue {
  return credits.map(({ id, name }) => ({ id, name }));
}

/** What the lake would have of a page's row. */
export function pageValues(row: ChartRow): StoredValues {
  return [
    row.rank,
    row.trackId,
    row.title,
    plainCredits(row.artists),
    plainCredits(row.featured),
    movementText(row),
    typeof row.movement === 'number' ? row.movement + 0 : null,
    row.periodsOnChart,
    row.peakRank,
    row.timesAtPeak,
    row.streams,
    row.streamsChange,
    row.sevenDay,
    row.sevenDayChange,
    row.total,
  ];
}

/** A row of the chart before, as far as checks and names need it. */
export interface FormerRow {
  readonly rank: number;
  readonly trackId: string;
  readonly title: string | null;
  readonly artists: readonly { readonly id: string | null; readonly name: string }[];
  readonly totalStreams: number | null;
}

/** The newest chart of a region that this process knows to be the newest. */
export interface FormerChart {
  readonly chartDate: CalendarDate;
  readonly rows: readonly FormerRow[];
}

export function formerChartOf(page: ChartPage): FormerChart {
  return {
    chartDate: page.chartDate,
    rows: page.rows.map((row) => ({
      rank: row.rank,
      trackId: row.trackId,
      title: row.title,
      artists: [...row.artists, ...row.featured],
      totalStreams: row.total,
    })),
  };
}

function isCredit(value: PlainValue): value is { readonly id: string | null; readonly name: string } {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}

function creditsOf(value: PlainValue | undefined): { readonly id: string | null; readonly name: string }[] {
  return Array.isArray(value) ? value.filter(isCredit) : [];
}

export function formerRowOf(row: PlainRow): FormerRow {
  return {
    rank: numberOf(row, 'rank'),
    trackId: String(row.track_id),
    title: row.title === null ? null : String(row.title),
    artists: [...creditsOf(row.artists), ...creditsOf(row.featured)],
    totalStreams: row.total_streams === null ? null : numberOf(row, 'total_streams'),
  };
}

/** True if the page has nothing that the lake's rows don't have. `rows` in the order of their ranks. */
export function hasSameRows(page: ChartPage, rows: readonly StoredValues[]): boolean {
  if (page.rows.length !== rows.length) return false;
  return page.rows.every((row, index) => JSON.stringify(pageValues(row)) === JSON.stringify(rows[index]));
}

/**
 * True if a page adds to what a file brought, or says otherwise. Where the page is blank the file's value stands: that
 * alone is no reason to replace it.
 */
export function addsToImport(page: ChartPage, rows: readonly StoredValues[]): boolean {
  if (page.rows.length !== rows.length) return true;
  return page.rows.some((row, rowIndex) =>
    pageValues(row).some((value, columnIndex) => {
      const isBlank = value === null || (Array.isArray(value) && value.length === 0);
      return !isBlank && JSON.stringify(value) !== JSON.stringify(rows[rowIndex]?.[columnIndex] ?? null);
    }),
  );
}
