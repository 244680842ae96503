/** Tracks with both sound and trajectories: what can be trained on. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type TrackExample, type Trajectory, type TrajectorySource, WEEK_STATE } from '../../contracts/dataset.ts';
import { parseDate } from '../../contracts/dates.ts';
import { parseTrackId, type TrackId } from '../../contracts/ids.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { sqlText } from './sqlText.ts';
import { booleanOf, numberOf, type PlainRow, readRows, textOf, textOrNullOf } from './values.ts';

export interface ExampleQuery {
  readonly featureVersion: string;
  readonly trajectories: TrajectorySource;
  /** From the debut, 104 at most. */
  readonly numWeeks: number;
  /** Of these tracks alone. */
  readonly trackIds?: readonly TrackId[];
  /** Only where the debut lies at most so many days before the newest chart date of its region. */
  readonly debutWithinDays?: number;
}

/**
 * In the order of the track ids. A trajectory whose begin is not known (left-censored) is left out, and a track without
 * any other with it.
 */
export async function readExamples(connection: DuckDBConnection, query: ExampleQuery): Promise<TrackExample[]> {
  const { trackIds, debutWithinDays } = query;
  const isWanted = trackIds === undefined ? '' : `AND track_id IN (${trackIds.map(sqlText).join(', ') || 'NULL'})`;
  const isNew =
    debutWithinDays === undefined
      ? ''
      : `JOIN (SELECT region, max(chart_date) AS newest FROM chart_entry GROUP BY ALL) USING (region)
        WHERE debut::DATE >= newest - ${debutWithinDays}`;
  const rows = await readRows(
    connection,
    `WITH heard AS (FROM spectrogram WHERE feature_version = $1 ${isWanted}),
    artist_of AS (
      SELECT track_id, arg_max(artists[1].id, chart_date) AS artist_id
      FROM chart_entry SEMI JOIN heard USING (track_id) WHERE len(artists) > 0 GROUP BY ALL
    ),
    life AS (
      SELECT
        region, track_id, min(week_start)::VARCHAR AS debut,
        list(CASE WHEN num_days_observed < 7 THEN 0 WHEN state = 'below cut' THEN 1 ELSE 2 END ORDER BY week_index) AS states,
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
    ${isNew}
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

/**
 * A week on the chart without a figure, or with none above 0, is not seen: nothing can be learned from it. Nor is one of
 * which a day is not known, such as the newest: its sum would look like a fall.
 */
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
