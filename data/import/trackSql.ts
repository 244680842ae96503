/** Facts about tracks from a file of their own, in SQL. */
import type { TrackFilePlan } from '../../contracts/imports.ts';
import { sqlIsMissing, sqlName, sqlPlainDate, sqlSpotifyId } from './cellSql.ts';

export const TRACK_TABLES = `
  CREATE TABLE track_fact (
    file_index INTEGER, line BIGINT, outcome VARCHAR, detail VARCHAR,
    track_id VARCHAR, title VARCHAR, artist_id VARCHAR, artist_name VARCHAR,
    release_date DATE, release_date_precision VARCHAR
  );
`;

/** Stages the rows of a source with the columns of the plan as `c0`, `c1`, ... of type VARCHAR. */
export function stageTracksStatement(source: string, columns: TrackFilePlan['columns']): string {
  const cell = (index: number | null): string => (index === null ? 'CAST(NULL AS VARCHAR)' : `c${index}`);
  const trackId = cell(columns.trackId);
  const release = cell(columns.releaseDate);
  return `
    INSERT INTO track_fact
    SELECT file_index, line,
      CASE
        WHEN track_id IS NOT NULL THEN NULL
        WHEN ${sqlIsMissing(trackId)} THEN 'missing-track-id'
        ELSE 'bad-track-id'
      END,
      CASE WHEN track_id IS NULL THEN '"' || left(${trackId}, 200) || '" is no track id' END,
      track_id, ${sqlName(cell(columns.title))}, ${sqlSpotifyId(cell(columns.artistId), 'artist')},
      ${sqlName(cell(columns.artistName))}, ${sqlReleaseDate(release)},
      CASE WHEN ${sqlReleaseDate(release)} IS NOT NULL THEN ${sqlReleasePrecision(release)} END
    FROM (SELECT *, ${sqlSpotifyId(trackId, 'track')} AS track_id FROM ${source})`;
}

/** The first day of a day, month or year, as Spotify writes release dates: 2017-01-27, 1957-09, 1947. */
export function sqlReleaseDate(text: string): string {
  const trimmed = `trim(${text})`;
  // Spotify's own "0000" is an unknown date.
  return `CASE WHEN NOT starts_with(${trimmed}, '0000') THEN CASE
    WHEN regexp_full_match(${trimmed}, '[0-9]{4}') THEN ${sqlPlainDate(`${trimmed} || '-01-01'`)}
    WHEN regexp_full_match(${trimmed}, '[0-9]{4}-[0-9]{2}') THEN ${sqlPlainDate(`${trimmed} || '-01'`)}
    ELSE ${sqlPlainDate(`left(${trimmed}, 10)`)}
  END END`;
}

/** Of a release date that can be read: `year`, `month` or `day`. */
export function sqlReleasePrecision(text: string): string {
  return `CASE length(trim(${text})) WHEN 4 THEN 'year' WHEN 7 THEN 'month' ELSE 'day' END`;
}
