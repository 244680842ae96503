/** Tracks with both sound and trajectories: what can be trained on. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type TrackExample, type Trajectory, type TrajectorySource, WEEK_STATE } from '../../contracts/dataset.ts';
import { parseDate } from '../../contracts/dates.ts';
import { parseTrackId } from '../../contracts/ids.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { booleanOf, numberOf, type PlainRow, readRows, textOf, textOrNullOf } from './values.ts';

export interface ExampleQuery {
  readonly featureVersion: string;
  readonly trajectories: TrajectorySource;
  /** From the debut, 104 at most. */
  readonly numWeeks: number;
}

/**
 * In the order of the track ids. A trajectory whose begin is not known (left-censored) is left out, and a track without
 * any other with it.
 */
export async function readExamples(connection: DuckDBConnection, query: ExampleQuery): Promise<TrackExample[]> {
  const rows = await readRows(
    connection,
    `WITH heard AS (FROM spectrogram WHERE feature_version = $1),
    artist_of AS (
      SELECT track_id, arg_max(artists[1].id, chart_date) AS artist_id
      FROM chart_entry SEMI JOIN heard USING (track_id) WHERE len(artists) > 0 GROUP BY ALL
    ),
    life AS (
      SELECT
        region, track_id, min(week_start)::VARCHAR AS debut,
        list(CASE state WHEN 'unobserved' THEN 0 WHEN 'below cut' THEN 1 ELSE 2 END ORDER BY week_index) AS states,
        list(streams ORDER BY week_index) AS streams
      FROM trajectory
      SEMI JOIN heard USING (track_id)
      WHERE source = $2 AND NOT is_left_censored AND week_index < ${query.numWeeks}
      GROUP BY ALL
    )
    SELECT life.*, heard.* EXCLUDE (track_id, source), title, artist_id
    FROM life
    JOIN heard USING (track_id)
    LEFT JOIN (SELECT track_id, any_value(title) AS title FROM track GROUP BY ALL) USING (track_id)
    LEFT JOIN artist_of USING (track_id)
    ORDER BY track_id, region`,
    [query.featureVersion, query.trajectories],
  );
  const examples = new Map<string, TrackExample & { readonly trajectories: Trajectory[] }>();
  for (const row of rows) {
    const trackId = textOf(row, 'track_id');
    const known = examples.get(trackId);
    if (known === undefined) examples.set(trackId, { ...trackOf(row), trajectories: [trajectoryOf(row)] });
    else known.trajectories.push(trajectoryOf(row));
  }
  return [...examples.values()];
}

function trackOf(row: PlainRow): Omit<TrackExample, 'trajectories'> {
  return {
    trackId: parseTrackId(textOf(row, 'track_id')),
    title: textOrNullOf(row, 'title'),
    artistId: textOrNullOf(row, 'artist_id'),
    isSynthetic: booleanOf(row, 'is_synthetic'),
    shardSha256: textOf(row, 'shard_sha256'),
    rowInShard: numberOf(row, 'row_in_shard'),
    valuesSha256: textOf(row, 'values_sha256'),
  };
}

/** A week on the chart without a figure, or with none above 0, is not seen: nothing can be learned from it. */
function trajectoryOf(row: PlainRow): Trajectory {
  const streams = listOf(row, 'streams');
  const states = Uint8Array.from(listOf(row, 'states'), (state, week) =>
    state === WEEK_STATE.on && !((streams[week] ?? 0) > 0) ? WEEK_STATE.unseen : Number(state),
  );
  return {
    region: parseRegion(textOf(row, 'region')),
    debut: parseDate(textOf(row, 'debut')),
    states,
    log10Streams: Float32Array.from(states, (state, week) =>
      state === WEEK_STATE.on ? Math.log10(streams[week] as number) : 0,
    ),
  };
}

function listOf(row: PlainRow, column: string): readonly (number | null)[] {
  const value = row[column];
  if (Array.isArray(value)) return value as readonly (number | null)[];
  throw new TypeError(`column ${column} is ${JSON.stringify(value)}, not a list`);
}
