/** Which fetched page versions to read again: by state, by parser, or by chart date. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Chart } from '../../contracts/charts.ts';
import { type CalendarDate, parseDate } from '../../contracts/dates.ts';
import type { PageProvenance, PageState } from '../../contracts/lake.ts';
import { PAGE_STATES } from '../../contracts/lake.ts';
import { pageKindOf } from './quarantine.ts';
import { sqlText } from './sqlText.ts';
import { numberOf, type PlainRow, readRows, textOf, textOrNullOf } from './values.ts';

/** One version of a page, as it was last recorded. */
export interface ArchivedPage extends PageProvenance {
  readonly state: PageState;
  /** What a chart page says of itself; null of other pages, and of those that do not fit. */
  readonly chartDate: CalendarDate | null;
  /** Names this version in {@link ArchivedPageQuery.after}. */
  readonly cursor: string;
}

export type ArchivedPageSelection =
  /** Versions that did not fit when they were last read. */
  | { readonly what: 'quarantined' }
  /** Versions last read by another parser than this. */
  | { readonly what: 'other-parser'; readonly parserVersion: string }
  | {
      readonly what: 'chart-dates';
      readonly chart: Chart;
      readonly firstDate: CalendarDate;
      readonly lastDate: CalendarDate;
    };

export interface ArchivedPageQuery {
  readonly selection: ArchivedPageSelection;
  /** Only versions after this one. */
  readonly after?: string;
  readonly limit?: number;
}

/** The oldest fetch first, so that whoever reads them again in order ends with the newest. */
const ORDER = 'fetched_at, url, sha256';

/** Each version once, as it was last recorded. */
const VERSIONS = '(FROM page QUALIFY row_number() OVER (PARTITION BY url, sha256 ORDER BY recorded_at DESC) = 1)';

export async function countArchivedPages(
  connection: DuckDBConnection,
  selection: ArchivedPageSelection,
): Promise<number> {
  const [row] = await readRows(connection, `SELECT count(*) AS num FROM ${VERSIONS} WHERE ${condition(selection)}`);
  return row === undefined ? 0 : numberOf(row, 'num');
}

export async function readArchivedPages(
  connection: DuckDBConnection,
  query: ArchivedPageQuery,
): Promise<ArchivedPage[]> {
  const after = query.after === undefined ? '' : `AND (${ORDER}) > (${cursorValues(query.after)})`;
  const rows = await readRows(
    connection,
    `SELECT *
    FROM ${VERSIONS}
    WHERE ${condition(query.selection)} ${after}
    ORDER BY ${ORDER}
    ${query.limit === undefined ? '' : `LIMIT ${Math.floor(query.limit)}`}`,
  );
  return rows.map(archivedPageOf);
}

function condition(selection: ArchivedPageSelection): string {
  switch (selection.what) {
    case 'quarantined':
      return `state = 'quarantined'`;
    case 'other-parser':
      return `parser_version <> ${sqlText(selection.parserVersion)}`;
    case 'chart-dates': {
      const { chart, firstDate, lastDate } = selection;
      return `chart_kind = ${sqlText(chart.kind)} AND region = ${sqlText(chart.region)}
        AND chart_date BETWEEN DATE ${sqlText(firstDate)} AND DATE ${sqlText(lastDate)}`;
    }
  }
}

function cursorOf(row: PlainRow): string {
  return `${textOf(row, 'fetched_at')} ${textOf(row, 'sha256')} ${textOf(row, 'url')}`;
}

function cursorValues(cursor: string): string {
  const [fetchedAt = '', sha256 = '', ...url] = cursor.split(' ');
  return `TIMESTAMP ${sqlText(fetchedAt)}, ${sqlText(url.join(' '))}, ${sqlText(sha256)}`;
}

function archivedPageOf(row: PlainRow): ArchivedPage {
  const state = PAGE_STATES.find((known) => known === row.state);
  if (state === undefined) throw new TypeError(`the lake has a page in the state "${String(row.state)}"`);
  const chartDate = textOrNullOf(row, 'chart_date');
  return {
    url: textOf(row, 'url'),
    pageKind: pageKindOf(textOf(row, 'page_kind')),
    fetchedAt: textOf(row, 'fetched_at'),
    httpStatus: numberOf(row, 'http_status'),
    etag: textOrNullOf(row, 'etag'),
    sha256: textOf(row, 'sha256'),
    parserVersion: textOf(row, 'parser_version'),
    state,
    chartDate: chartDate === null ? null : parseDate(chartDate),
    cursor: cursorOf(row),
  };
}
