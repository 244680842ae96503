/** What other parts of the project ask the lake: small typed reads. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type ChartKind, parseChartKind } from '../../contracts/charts.ts';
import { type CalendarDate, parseDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import { parseTrackId, type TrackId } from '../../contracts/ids.ts';
import type { FreshnessRow } from '../../contracts/lake.ts';
import { sqlText } from './sqlText.ts';
import type { CheckQuery, EnrichQuery, StoredCheckResult } from './types.ts';
import { booleanOf, numberOf, readRows, textOf } from './values.ts';

/** Also of an older chart date: its page is the one the lake has, as long as no other version of that date came since. */
export async function hasPage(
  connection: DuckDBConnection,
  url: string,
  sha256: string,
  parserVersion: string,
): Promise<boolean> {
  const rows = await readRows(
    connection,
    `SELECT 1 FROM (
      SELECT sha256, parser_version, state FROM page
      WHERE url = $1 AND state <> 'quarantined'
      QUALIFY row_number() OVER (PARTITION BY chart_date ORDER BY recorded_at DESC) = 1
    )
    WHERE sha256 = $2 AND parser_version = $3`,
    [url, sha256, parserVersion],
  );
  return rows.length > 0;
}

/** A track's page is known by its address: the id is its last part. Also one that did not fit: it was fetched. */
const FETCHED_TRACKS = `
  SELECT regexp_extract(url, '/track/([A-Za-z0-9]{22})', 1) AS track_id, max(fetched_at)::DATE AS fetched_on
  FROM page
  WHERE page_kind = 'track'
  GROUP BY ALL`;

export async function readTracksToEnrich(connection: DuckDBConnection, query: EnrichQuery): Promise<TrackId[]> {
  if (!Number.isInteger(query.limit) || query.limit < 1) {
    throw new ChartlifeError('InvalidInput', `the limit must be a whole number from 1, not ${query.limit}`, {
      next: 'Give how many track ids are wanted.',
      details: { limit: query.limit },
    });
  }
  const after = query.afterTrackId === undefined ? '' : `AND track_id > ${sqlText(query.afterTrackId)}`;
  const entered = query.enteredFrom === undefined ? '' : `AND chart_date >= DATE ${sqlText(query.enteredFrom)}`;
  const isDue =
    query.refreshAfterDays === undefined
      ? 'fetched_on IS NULL'
      : `(fetched_on IS NULL OR fetched_on <= DATE ${sqlText(query.asOf)} - ${Math.floor(query.refreshAfterDays)})`;
  const rows = await readRows(
    connection,
    `SELECT track_id
    FROM (SELECT DISTINCT track_id FROM ${entered === '' ? 'chart_entry' : 'new_entry'} WHERE true ${after} ${entered})
    LEFT JOIN (${FETCHED_TRACKS}) AS fetched USING (track_id)
    WHERE ${isDue}
    ORDER BY track_id
    LIMIT ${query.limit}`,
  );
  return rows.map((row) => parseTrackId(textOf(row, 'track_id')));
}

export async function readFreshness(connection: DuckDBConnection, today: CalendarDate): Promise<FreshnessRow[]> {
  await connection.run(`SET VARIABLE today = DATE ${sqlText(today)}`);
  const rows = await readRows(connection, 'FROM freshness ORDER BY chart_kind, region');
  return rows.map((row) => ({
    kind: parseChartKind(textOf(row, 'chart_kind')),
    region: textOf(row, 'region'),
    newestChartDate: parseDate(textOf(row, 'newest_chart_date')),
    lagDays: numberOf(row, 'lag_days'),
    state: stateOf(textOf(row, 'state')),
  }));
}

function stateOf(value: string): FreshnessRow['state'] {
  if (value === 'fresh' || value === 'late' || value === 'dead') return value;
  throw new TypeError(`freshness says "${value}"`);
}

function checkCondition(query: CheckQuery): string {
  const equal = (column: string, value: ChartKind | string | undefined): string[] =>
    value === undefined ? [] : [`${column} = ${sqlText(value)}`];
  const conditions = [
    ...equal('chart_kind', query.kind),
    ...equal('region', query.region),
    ...equal('chart_date', query.chartDate),
    ...(query.onlyFailed === true ? ['NOT passed'] : []),
  ];
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

export async function readCheckResults(connection: DuckDBConnection, query: CheckQuery): Promise<StoredCheckResult[]> {
  const rows = await readRows(
    connection,
    `FROM check_result ${checkCondition(query)} ORDER BY chart_date DESC, chart_kind, region, name`,
  );
  return rows.map((row) => ({
    name: textOf(row, 'name'),
    isBlocking: booleanOf(row, 'is_blocking'),
    passed: booleanOf(row, 'passed'),
    figure: numberOf(row, 'figure'),
    message: textOf(row, 'message'),
    kind: parseChartKind(textOf(row, 'chart_kind')),
    region: textOf(row, 'region'),
    chartDate: parseDate(textOf(row, 'chart_date')),
    checkedAt: textOf(row, 'checked_at'),
  }));
}
