/** Tracks with both sound and trajectories: what can be trained on. */
import type { DuckDBConnection } from '@duckdb/node-api';
import {
  type RegionCoverage,
  type TrackExample,
  type Trajectory,
  type TrajectorySource,
  WEEK_STATE,
} from '../../contracts/dataset.ts';
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

/** A week of which fewer days are known is not seen. */
const LEAST_DAYS_TO_BRIDGE = 5;

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
    credited AS (SELECT DISTINCT track_id, artists, featured FROM chart_entry SEMI JOIN heard USING (track_id)),
    credit AS (
      SELECT track_id, true AS is_lead, unnest(artists) AS person FROM credited
      UNION ALL SELECT track_id, false, unnest(featured) FROM credited
    ),
    named AS (SELECT lower(trim(name)) AS name, min(artist_id) AS artist_id FROM artist GROUP BY ALL HAVING count(*) = 1),
    person_of AS (
      SELECT track_id, bool_or(is_lead) AS is_lead, coalesce(person.id, artist_id, 'name:' || lower(trim(person.name))) AS key
      FROM credit
      LEFT JOIN named ON named.name = lower(trim(person.name))
      WHERE key IS NOT NULL
      GROUP BY ALL
    ),
    people AS (
      SELECT
        track_id,
        list(key ORDER BY key) FILTER (is_lead) AS artists,
        list(key ORDER BY key) FILTER (NOT is_lead) AS featured
      FROM person_of
      GROUP BY track_id
    ),
    life AS (
      SELECT
        region, track_id, min(week_start)::VARCHAR AS debut,
        list(
          CASE
            WHEN num_days_observed < 7 AND NOT is_bridged THEN 0
            WHEN num_days_on_chart = 0 THEN 1
            ELSE 2
          END ORDER BY week_index
        ) AS states,
        list(streams * 7 / greatest(num_days_observed, 1) ORDER BY week_index) AS streams
      FROM (
        SELECT
          *,
          num_days_observed BETWEEN ${LEAST_DAYS_TO_BRIDGE} AND 6
            AND num_days_on_chart IN (0, num_days_observed)
            AND coalesce(week_end <= last_day, false) AS is_bridged
        FROM trajectory
        LEFT JOIN (SELECT region, max(chart_date) AS last_day FROM chart_entry WHERE chart_kind = $2 GROUP BY ALL) USING (region)
      )
      SEMI JOIN heard USING (track_id)
      WHERE source = $2 AND NOT is_left_censored AND week_index < ${query.numWeeks}
      GROUP BY ALL
    )
    SELECT life.*, heard.* EXCLUDE (track_id, source), title, artists, featured
    FROM life
    JOIN heard USING (track_id)
    LEFT JOIN (SELECT track_id, max(title) AS title FROM track GROUP BY ALL) USING (track_id)
    LEFT JOIN people USING (track_id)
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

/** By region, in the order of their codes: from what {@link readExamples} chooses. */
export async function readCoverage(
  connection: DuckDBConnection,
  { featureVersion, trajectories }: Pick<ExampleQuery, 'featureVersion' | 'trajectories'>,
): Promise<Record<string, RegionCoverage>> {
  const rows = await readRows(
    connection,
    `SELECT
      region,
      count(*) AS charted,
      count(*) FILTER (is_heard) AS with_sound,
      count(*) FILTER (NOT is_left_censored) AS debut_known,
      count(*) FILTER (is_heard AND NOT is_left_censored) AS with_both
    FROM (
      SELECT region, is_left_censored, track_id IN (SELECT track_id FROM spectrogram WHERE feature_version = $1) AS is_heard
      FROM trajectory
      WHERE source = $2 AND week_index = 0
    )
    GROUP BY region
    ORDER BY region`,
    [featureVersion, trajectories],
  );
  const entries = rows.map((row): [string, RegionCoverage] => [
    textOf(row, 'region'),
    {
      numCharted: numberOf(row, 'charted'),
      numWithSound: numberOf(row, 'with_sound'),
      numDebutKnown: numberOf(row, 'debut_known'),
      numWithBoth: numberOf(row, 'with_both'),
    },
  ]);
  return Object.fromEntries(entries);
}

function trackOf(row: PlainRow): Omit<TrackExample, 'trajectories'> {
  return {
    trackId: parseTrackId(textOf(row, 'track_id')),
    title: textOrNullOf(row, 'title'),
    artists: textsOf(row, 'artists'),
    featured: textsOf(row, 'featured'),
    isSynthetic: booleanOf(row, 'is_synthetic'),
    shardSha256: textOf(row, 'shard_sha256'),
    rowInShard: numberOf(row, 'row_in_shard'),
    valuesSha256: textOf(row, 'values_sha256'),
  };
}

/**
 * A week is seen where all of its seven days are known; with any of them on the chart it counts as on it, with the streams of
 * these days. So is one that is over and of which one or two days were missed, where the others tell the same: all off the
 * chart, or all on it, with 7 / (days known) of their streams. Any other week is not seen, such as the newest, whose sum
 * would look like a fall. Nor is one on the chart without a figure, or with none above 0: nothing can be learned from it.
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

/** None where the column is null. */
function textsOf(row: PlainRow, column: string): string[] {
  return row[column] === null ? [] : listOf(row, column).map(String);
}

function listOf(row: PlainRow, column: string): readonly (number | null)[] {
  const value = row[column];
  if (Array.isArray(value)) return value as readonly (number | null)[];
  throw new TypeError(`column ${column} is ${JSON.stringify(value)}, not a list`);
}
