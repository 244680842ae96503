/** One file's rows of text as staged rows: values where a row is good, a reason where it is not. In SQL, set-wise. */
import { CHART_DEPTH } from '../../contracts/charts.ts';
import { COLUMN_ROLES, type ColumnRole, type LeftOutReason, type RejectReason } from '../../contracts/imports.ts';
import { sqlText } from '../lake/sqlText.ts';
import { sqlDay, sqlIsMissing, sqlName, sqlPlainDate, sqlSpotifyId, sqlWholeNumber } from './cellSql.ts';

/** Spotify's first day: a chart date before it is a clock that stood at zero. */
const FIRST_DAY = '2008-10-07';
/** What files with several charts call the top 200. */
const THIS_CHART = 'top ?200|regional';

/** What decides how the cells of a row are read. Files that agree in it are read together. */
export interface RowLayout {
  readonly columnNames: readonly string[];
  readonly columns: Readonly<Partial<Record<ColumnRole, number>>>;
  readonly dateFormat: string | null;
}

/** The staging tables. `import_file` and `region_name` are filled before rows are read. */
export const STAGING_TABLES = `
  CREATE TABLE import_file (
    file_index INTEGER, kind VARCHAR, region VARCHAR, only_region VARCHAR, chart_date DATE, num_days_to_week_end INTEGER,
    is_other_chart BOOLEAN, source VARCHAR
  );
  CREATE TABLE region_name (name VARCHAR, region VARCHAR);
  CREATE TABLE staged (
    file_index INTEGER, line BIGINT, outcome VARCHAR, detail VARCHAR,
    chart_kind VARCHAR, region VARCHAR, chart_date DATE, rank INTEGER, track_id VARCHAR,
    title VARCHAR, artists VARCHAR, artist_id VARCHAR, streams BIGINT,
    periods_on_chart INTEGER, peak_rank INTEGER, previous_rank INTEGER, release_date VARCHAR
  );
  CREATE TABLE malformed (file_index INTEGER, line BIGINT, outcome VARCHAR, detail VARCHAR, raw_row VARCHAR);
  CREATE TABLE raw (file_index INTEGER, line BIGINT, raw_row VARCHAR);
`;

/**
 * The statement that stages rows. `source` is a relation with `file_index`, `line` and the cells as `c0`, `c1`, ... of
 * type VARCHAR.
 */
export function stageRowsStatement(
  source: string,
  layout: RowLayout,
  since: string | null,
  until: string | null,
): string {
  const has = (role: ColumnRole): boolean => layout.columns[role] !== undefined;
  const cells = COLUMN_ROLES.map((role) => {
    const index = layout.columns[role];
    return `${index === undefined ? 'CAST(NULL AS VARCHAR)' : `c${index}`} AS ${role}_text`;
  });
  const outcomes = outcomesOf(layout, since, until).map(
    ([condition, outcome]) => `WHEN ${condition} THEN '${outcome}'`,
  );
  const kept = (column: string): string => `CASE WHEN outcome IS NULL THEN ${column} END`;
  return `
    INSERT INTO staged
    WITH cell AS (
      SELECT file_index, line, ${cells.join(', ')} FROM ${source}
    ), value AS (
      SELECT cell.*, file.only_region, file.is_other_chart, file.num_days_to_week_end, file.kind AS chart_kind,
        ${has('date') ? sqlDay('date_text', layout.dateFormat) : 'file.chart_date'} AS day,
        ${has('region') ? `coalesce(named.region, ${sqlRegionCode('region_text')})` : 'file.region'} AS region,
        ${sqlWholeNumber('rank_text')} AS rank,
        ${sqlSpotifyId('track_id_text', 'track')} AS track_id,
        ${sqlWholeNumber('streams_text')} AS streams
      FROM cell JOIN import_file AS file USING (file_index)
      ${has('region') ? 'LEFT JOIN region_name AS named ON named.name = lower(trim(region_text))' : ''}
    ), dated AS (
      SELECT *, ${has('date') ? 'day + num_days_to_week_end' : 'day'} AS chart_date FROM value
    ), judged AS (
      SELECT *, CASE ${outcomes.join('\n')} END AS outcome FROM dated
    )
    SELECT file_index, line, outcome, ${detailOf(layout)},
      ${kept('chart_kind')}, ${kept('region')}, ${kept('chart_date')}, ${kept('CAST(rank AS INTEGER)')},
      ${kept('track_id')}, ${kept(sqlName('title_text'))}, ${kept(sqlName('artists_text'))},
      ${kept(sqlSpotifyId('artist_id_text', 'artist'))}, ${kept('streams')},
      ${kept(sqlCount('periods_on_chart_text'))}, ${kept(sqlRank('peak_rank_text'))},
      ${kept(`CASE WHEN regexp_full_match(trim(previous_rank_text), '-1(\\.0+)?') THEN 0 ELSE ${sqlCount('previous_rank_text')} END`)},
      ${kept(sqlName('release_date_text'))}
    FROM judged`;
}

type Outcome = RejectReason | LeftOutReason;

/** Conditions over the columns of `dated`, in order: the first that holds says what becomes of the row. */
function outcomesOf(
  layout: RowLayout,
  since: string | null,
  until: string | null,
): readonly (readonly [condition: string, outcome: Outcome])[] {
  const when = (isAsked: boolean, condition: string, outcome: Outcome): (readonly [string, Outcome])[] =>
    isAsked ? [[condition, outcome]] : [];
  const hasDate = layout.columns.date !== undefined;
  const hasRegion = layout.columns.region !== undefined;
  const mapped = TELLING_ROLES.filter((role) => layout.columns[role] !== undefined);
  const isEmpty = mapped.map((role) => sqlIsMissing(`${role}_text`)).join(' AND ') || 'true';
  const isDateElsewhere = mapped
    .filter((role) => role !== 'date')
    .map((role) => `${sqlPlainDate(`${role}_text`)} IS NOT NULL`)
    .join(' OR ');
  const otherChart = `NOT regexp_full_match(lower(trim(chart_text)), '${THIS_CHART}')`;
  return [
    ['is_other_chart', 'other-chart'],
    ...when(layout.columns.chart !== undefined, otherChart, 'other-chart'),
    [onlyWhere('rank IS NULL AND track_id IS NULL AND streams IS NULL', isEmpty), 'empty-row'],
    ...when(hasDate, onlyWhere('day IS NULL', isDateElsewhere), 'shifted-columns'),
    ...when(hasDate, onlyWhere('day IS NULL', sqlIsMissing('date_text')), 'missing-date'),
    ...when(hasDate, 'day IS NULL', 'bad-date'),
    [`chart_date < DATE '${FIRST_DAY}' OR chart_date > current_date + 1`, 'bad-date'],
    [`chart_kind = 'weekly' AND dayofweek(chart_date) <> 4`, 'wrong-weekday'],
    ...when(hasRegion, onlyWhere('region IS NULL', sqlIsMissing('region_text')), 'missing-region'),
    ...when(hasRegion, 'region IS NULL', 'unknown-region'),
    ...when(hasRegion, 'region <> only_region', 'other-region'),
    ...when(since !== null, `chart_date < DATE '${since}'`, 'outside-window'),
    ...when(until !== null, `chart_date > DATE '${until}'`, 'outside-window'),
    [onlyWhere('rank IS NULL', sqlIsMissing('rank_text')), 'missing-rank'],
    [`rank IS NULL OR rank NOT BETWEEN 1 AND ${CHART_DEPTH}`, 'bad-rank'],
    [onlyWhere('track_id IS NULL', sqlIsMissing('track_id_text')), 'missing-track-id'],
    ['track_id IS NULL', 'bad-track-id'],
    ...when(
      layout.columns.streams !== undefined,
      onlyWhere('streams IS NULL', `NOT ${sqlIsMissing('streams_text')}`),
      'bad-streams',
    ),
  ];
}

/** Both, the second looked at only where the first holds: DuckDB may look at both sides of an AND for every row. */
function onlyWhere(usual: string, costly: string): string {
  return `CASE WHEN ${usual} THEN (${costly}) ELSE false END`;
}

/** Columns without which a row says nothing. */
const TELLING_ROLES = ['track_id', 'rank', 'date', 'streams', 'title', 'artists', 'region'] as const;

/** The column that each reason is about. */
const ROLE_OF_REASON: Readonly<Partial<Record<Outcome, ColumnRole>>> = {
  'shifted-columns': 'date',
  'bad-date': 'date',
  'unknown-region': 'region',
  'bad-rank': 'rank',
  'bad-track-id': 'track_id',
  'bad-streams': 'streams',
};

/** The offending value and where it stands. */
function detailOf(layout: RowLayout): string {
  const cases = Object.entries(ROLE_OF_REASON).map(([reason, role]) => {
    const index = layout.columns[role];
    if (index === undefined) return '';
    const place = sqlText(`" in column "${layout.columnNames[index] ?? ''}"`);
    return `WHEN outcome = '${reason}' THEN '"' || left(${role}_text, 200) || ${place}`;
  });
  return `CASE
    WHEN outcome IS NULL THEN NULL
    WHEN outcome = 'bad-date' AND day IS NOT NULL THEN CAST(day AS VARCHAR) || ' is before Spotify''s first day or in the future'
    WHEN outcome = 'wrong-weekday' THEN CAST(chart_date AS VARCHAR) || ' is a ' || dayname(chart_date)
    ${cases.join('\n')}
  END`;
}

/** Of two letters, as tryParseRegion takes them; the names are joined. `NA` is nothing, `na` is Namibia. */
function sqlRegionCode(text: string): string {
  return `CASE WHEN regexp_full_match(trim(${text}), '[A-Za-z]{2}') AND trim(${text}) <> 'NA' THEN lower(trim(${text})) END`;
}

/** A number that only adds to a row: one that can't be read is no reason to put the row aside. */
function sqlCount(text: string): string {
  return `TRY_CAST(${sqlWholeNumber(text)} AS INTEGER)`;
}

function sqlRank(text: string): string {
  return `CASE WHEN ${sqlCount(text)} BETWEEN 1 AND ${CHART_DEPTH} THEN ${sqlCount(text)} END`;
}
