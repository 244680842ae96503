/**
 * What remains once all rows are staged: which of several rows for one place stays, and what goes to the lake, written
 * as Parquet files that the lake's own engine reads.
 */
import path from 'node:path';
import { LEFT_OUT_REASONS } from '../../contracts/imports.ts';
import { sqlText } from '../lake/sqlText.ts';
import { numberOf } from '../lake/values.ts';
import type { Steps } from './pace.ts';
import type { StagingDatabase } from './stagingDatabase.ts';
import { sqlReleaseDate, sqlReleasePrecision } from './trackSql.ts';

/** Parquet files of the staging folder, in the lake's own column names and types. */
export interface StagedFiles {
  /** As chart_entry, with `file_index` in place of source and source_sha256; sorted as that is partitioned. */
  readonly entries: string;
  /**
   * One row per chart date: chart_kind, region, chart_date, num_rows, last_rank, num_rising (rows with more streams than
   * the row above), first_rising (their first rank), num_without_streams, digest, file_index (of its first file).
   */
  readonly charts: string;
  /** track_id, title, release_date, release_date_precision, is_fact (from the file of tracks), file_index. */
  readonly tracks: string;
  /** artist_id, name. */
  readonly artists: string;
  /** file_index, line, reason, detail, raw_row. */
  readonly rejects: string;
}

/** What a row says of a chart, without where it comes from: two rows are the same if all of it is. */
export const COMPARED_COLUMNS = [
  'rank',
  'track_id',
  'title',
  'artists',
  'movement',
  'places_moved',
  'periods_on_chart',
  'peak_rank',
  'streams',
] as const;

/** One number for the rows of a chart date, in any order; the same in every engine of this version. */
export const SQL_DIGEST = `bit_xor(hash(${COMPARED_COLUMNS.join(', ')}))`;

/**
 * Of several rows for one place of a chart the first stays: of the earlier file, then of the earlier line. The others
 * are `surplus`: left out where they say the same, put aside where they don't.
 */
export async function settleDuplicates(staging: StagingDatabase): Promise<void> {
  const place = 'chart_kind, region, chart_date, rank';
  await staging.run(`
    CREATE TABLE shared_place AS
    SELECT ${place} FROM staged WHERE outcome IS NULL GROUP BY ALL HAVING count(*) > 1`);
  await staging.run(`
    CREATE TABLE surplus AS
    SELECT file_index, line, CASE WHEN is_same THEN 'duplicate-row' ELSE 'duplicate-rank' END AS outcome,
      CASE WHEN NOT is_same THEN 'rank ' || rank || ' of ' || region || '/' || chart_kind || ' on ' || chart_date
        || ' stands in line ' || first_line || CASE WHEN file_index = first_file THEN '' ELSE ' of an earlier file' END
      END AS detail
    FROM (
      SELECT file_index, line, ${place}, first_value(line) OVER place AS first_line,
        first_value(file_index) OVER place AS first_file, row_number() OVER place AS number,
        track_id = first_value(track_id) OVER place
          AND streams IS NOT DISTINCT FROM first_value(streams) OVER place AS is_same
      FROM staged SEMI JOIN shared_place USING (${place})
      WHERE outcome IS NULL
      WINDOW place AS (PARTITION BY ${place} ORDER BY file_index, line)
    ) WHERE number > 1`);
  await staging.run(`
    CREATE VIEW good AS
    FROM staged ANTI JOIN surplus USING (file_index, line) WHERE staged.outcome IS NULL;
    CREATE VIEW set_aside AS
    FROM (
      SELECT file_index, line, outcome, detail FROM staged WHERE outcome IS NOT NULL
      UNION ALL FROM surplus
      UNION ALL SELECT file_index, line, outcome, detail FROM track_fact WHERE outcome IS NOT NULL
    ) WHERE outcome NOT IN (${LEFT_OUT_REASONS.map(sqlText).join(', ')})`);
}

/** Shares of the time they take, to tell how far the work is. */
const STEPS = { entries: 0.7, charts: 0.15, names: 0.15 } as const;

export async function writeStagedFiles(staging: StagingDatabase, steps: Steps): Promise<StagedFiles> {
  const at = (name: string): string => path.join(staging.folder, `${name}.parquet`);
  const files: StagedFiles = {
    entries: at('entries'),
    charts: at('charts'),
    tracks: at('tracks'),
    artists: at('artists'),
    rejects: at('rejects'),
  };
  const copy = (query: string, file: string): Promise<number> =>
    staging.run(`COPY (${query}) TO ${sqlText(file)} (FORMAT parquet)`);
  await staging.run(`
    CREATE TABLE fact AS
    SELECT track_id, first(title ORDER BY line) AS title, first(artist_id ORDER BY line) AS artist_id,
      first(artist_name ORDER BY line) AS artist_name, first(release_date ORDER BY line) AS release_date,
      first(release_date_precision ORDER BY line) AS release_date_precision, first(file_index) AS file_index
    FROM track_fact WHERE outcome IS NULL GROUP BY track_id`);
  await steps.step(STEPS.entries, () => copy(ENTRIES, files.entries));
  await staging.run('SET preserve_insertion_order = true');
  await steps.step(STEPS.charts, () => copy(chartsOf(files.entries), files.charts));
  await staging.run('SET preserve_insertion_order = false');
  await steps.step(STEPS.names, () => copy(TRACKS, files.tracks));
  await copy(ARTISTS, files.artists);
  await copy(REJECTS, files.rejects);
  return files;
}

/** Rows of a file with one outcome: null for good ones, else why they are put aside or left out. */
export interface OutcomeCount {
  readonly fileIndex: number;
  readonly outcome: string | null;
  readonly numRows: number;
}

export async function countOutcomes(staging: StagingDatabase): Promise<OutcomeCount[]> {
  const rows = await staging.rows(`
    SELECT file_index, coalesce(surplus.outcome, staged.outcome) AS outcome, count(*) AS num_rows
    FROM staged LEFT JOIN surplus USING (file_index, line) GROUP BY ALL
    UNION ALL SELECT file_index, outcome, count(*) FROM malformed GROUP BY ALL
    UNION ALL SELECT file_index, outcome, count(*) FROM track_fact GROUP BY ALL`);
  return rows.map((row) => ({
    fileIndex: numberOf(row, 'file_index'),
    outcome: typeof row.outcome === 'string' ? row.outcome : null,
    numRows: numberOf(row, 'num_rows'),
  }));
}

const CREDITS = 'STRUCT(id VARCHAR, name VARCHAR)[]';

/** The artist's id comes from the row itself, or from the file of tracks where that names the same lead artist. */
const ENTRIES = `
  SELECT
    chart_kind, region, chart_date, rank, good.track_id AS track_id, good.title AS title,
    CASE
      WHEN artists IS NULL THEN CAST([] AS ${CREDITS})
      ELSE [{'id': coalesce(good.artist_id, fact.artist_id), 'name': artists}]
    END AS artists,
    CAST([] AS ${CREDITS}) AS featured,
    CASE
      WHEN previous_rank >= 1 THEN 'moved'
      WHEN previous_rank <= 0 AND periods_on_chart = 1 THEN 'new'
      WHEN previous_rank <= 0 AND periods_on_chart > 1 THEN 're-entry'
    END AS movement,
    CASE WHEN previous_rank >= 1 THEN previous_rank - rank END AS places_moved,
    periods_on_chart, peak_rank, CAST(NULL AS INTEGER) AS times_at_peak, streams,
    CAST(NULL AS BIGINT) AS streams_change, CAST(NULL AS BIGINT) AS seven_day_streams,
    CAST(NULL AS BIGINT) AS seven_day_streams_change, CAST(NULL AS BIGINT) AS total_streams,
    good.file_index AS file_index
  FROM good
  LEFT JOIN fact ON fact.track_id = good.track_id AND fact.artist_name = good.artists
  ORDER BY chart_kind, region, chart_date, rank`;

/** The rows come sorted, so that the row above is the one before: no second sort. */
function chartsOf(entries: string): string {
  return `
    SELECT chart_kind, region, chart_date, CAST(count(*) AS INTEGER) AS num_rows, max(rank) AS last_rank,
      CAST(count(*) FILTER (is_rising) AS INTEGER) AS num_rising, min(rank) FILTER (is_rising) AS first_rising,
      CAST(count(*) FILTER (streams IS NULL) AS INTEGER) AS num_without_streams,
      ${SQL_DIGEST} AS digest, min(file_index) AS file_index
    FROM (
      SELECT *, streams > lag(streams) OVER () AND rank > lag(rank) OVER ()
        AND chart_date = lag(chart_date) OVER () AND region = lag(region) OVER ()
        AND chart_kind = lag(chart_kind) OVER () AS is_rising
      FROM read_parquet(${sqlText(entries)})
    ) GROUP BY ALL`;
}

const TRACKS = `
  WITH charted AS (
    SELECT track_id, arg_max(title, chart_date) AS title, min(file_index) AS file_index,
      arg_max(release_date, chart_date) AS release_text
    FROM good GROUP BY track_id
  )
  SELECT track_id, coalesce(charted.title, fact.title) AS title,
    coalesce(fact.release_date, ${sqlReleaseDate('release_text')}) AS release_date,
    CASE
      WHEN fact.release_date IS NOT NULL THEN fact.release_date_precision
      WHEN ${sqlReleaseDate('release_text')} IS NOT NULL THEN ${sqlReleasePrecision('release_text')}
    END AS release_date_precision,
    fact.track_id IS NOT NULL AS is_fact, coalesce(charted.file_index, fact.file_index) AS file_index
  FROM charted FULL JOIN fact USING (track_id)`;

const ARTISTS = `
  SELECT artist_id, arg_max(name, chart_date) AS name
  FROM (
    SELECT artist_id, artists AS name, chart_date FROM good
    UNION ALL SELECT artist_id, artist_name, DATE '0001-01-01' FROM fact
  )
  WHERE artist_id IS NOT NULL AND name IS NOT NULL GROUP BY artist_id`;

const REJECTS = `
  SELECT file_index, line, outcome AS reason, detail, raw_row
  FROM (
    SELECT file_index, line, outcome, detail, raw_row FROM set_aside LEFT JOIN raw USING (file_index, line)
    UNION ALL SELECT file_index, line, outcome, detail, raw_row FROM malformed
  ) ORDER BY file_index, line`;
