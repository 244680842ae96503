/** What others ask the lake about the sound of tracks. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { CalendarDate } from '../../contracts/dates.ts';
import { parseTrackId, type TrackId } from '../../contracts/ids.ts';
import { PREVIEW_SOURCES, type PreviewOrigin, type TrackToHear } from '../../contracts/previews.ts';
import type { ShardRecord } from '../../contracts/sound.ts';
import { messageOf } from './duckdbError.ts';
import { readSnapshots } from './snapshots.ts';
import { sqlText } from './sqlText.ts';
import { booleanOf, numberOf, type PlainRow, readRows, textOf, textOrNullOf } from './values.ts';

export interface HearQuery {
  readonly featureVersion: string;
  /** As the lake names them. A track is due where one of them was never asked. */
  readonly sources: readonly PreviewOrigin[];
  readonly asOf: CalendarDate;
  /** A track for which no source had a preview that can be used is due again so many days after it was asked for. */
  readonly askAgainAfterDays: number;
  /** Only tracks that came onto a chart on this chart date or later. Without it: all that ever charted. */
  readonly enteredFrom?: CalendarDate;
  /** Tracks after this one in the order of their ids. */
  readonly afterTrackId?: TrackId;
  /**
   * Instead of tracks to hear: those that have a spectrogram of the feature version, of sound that its source was last
   * asked for so many days before; `askAgainAfterDays` before, if it did not say. When they charted does not matter.
   */
  readonly checkAfterDays?: number;
  readonly limit: number;
}

/** The tracks that are due by the query, in the order of their ids. */
export function readTracksToHear(connection: DuckDBConnection, query: HearQuery): Promise<TrackId[]> {
  const { checkAfterDays } = query;
  return checkAfterDays === undefined ? readDue(connection, query) : readDueChecks(connection, query, checkAfterDays);
}

async function readDueChecks(
  connection: DuckDBConnection,
  { featureVersion, sources, asOf, askAgainAfterDays, afterTrackId, limit }: HearQuery,
  afterDays: number,
): Promise<TrackId[]> {
  if (sources.length === 0) return [];
  const after = afterTrackId === undefined ? '' : `AND s.track_id > ${sqlText(afterTrackId)}`;
  const rows = await readRows(
    connection,
    // Of several features the newest spectrogram is the one whose sound is known (`readSpectrogramOf`).
    `SELECT s.track_id FROM spectrogram AS s JOIN preview AS p ON p.track_id = s.track_id AND p.source = s.source
    WHERE s.feature_version = $1 AND s.source IN (${sources.map(sqlText).join(', ')}) ${after}
      AND p.last_asked_on <= DATE ${sqlText(asOf)} -
        if(p.state = 'failed', ${Math.floor(askAgainAfterDays)}, ${Math.floor(afterDays)})
      AND s.computed_at = (SELECT max(computed_at) FROM spectrogram WHERE track_id = s.track_id)
    ORDER BY s.track_id
    LIMIT ${limit}`,
    [featureVersion],
  );
  return rows.map((row) => parseTrackId(textOf(row, 'track_id')));
}

/**
 * Tracks without a spectrogram of the feature version whose time has come, in the order of their ids: those that some
 * source was never asked for, those whose sound is known to be there, and the others after a while.
 */
async function readDue(connection: DuckDBConnection, query: HearQuery): Promise<TrackId[]> {
  const { enteredFrom, afterTrackId } = query;
  const after = afterTrackId === undefined ? '' : `AND track_id > ${sqlText(afterTrackId)}`;
  const entered = enteredFrom === undefined ? '' : `AND chart_date >= DATE ${sqlText(enteredFrom)}`;
  const sources = query.sources.map(sqlText).join(', ');
  const rows = await readRows(
    connection,
    `WITH asked AS (
      SELECT track_id, count(*) AS num_asked, min(last_asked_on) AS asked_on,
        bool_or(state = 'found' AND error_type IS NULL) AS has_sound
      FROM preview WHERE source IN (${sources}) GROUP BY ALL
    )
    SELECT track_id
    FROM (SELECT DISTINCT track_id FROM ${enteredFrom === undefined ? 'chart_entry' : 'new_entry'} WHERE true ${after} ${entered})
    ANTI JOIN (FROM spectrogram WHERE feature_version = $1) AS heard USING (track_id)
    LEFT JOIN asked USING (track_id)
    WHERE num_asked IS NULL
      OR num_asked < ${query.sources.length}
      OR has_sound
      OR asked_on <= DATE ${sqlText(query.asOf)} - ${Math.floor(query.askAgainAfterDays)}
    ORDER BY track_id
    LIMIT ${query.limit}`,
    [query.featureVersion],
  );
  return rows.map((row) => parseTrackId(textOf(row, 'track_id')));
}

/** What a track and its artists are called, for sources that search by name. */
export async function readTrackToHear(connection: DuckDBConnection, trackId: TrackId): Promise<TrackToHear> {
  const [row] = await readRows(
    connection,
    `SELECT
      (SELECT any_value(title) FROM track WHERE track_id = $1) AS title,
      (SELECT arg_max(artists, chart_date) FROM chart_entry WHERE track_id = $1 AND len(artists) > 0) AS artists`,
    [trackId],
  );
  const artists = Array.isArray(row?.artists) ? row.artists : [];
  return {
    trackId,
    title: row === undefined ? null : textOrNullOf(row, 'title'),
    artistNames: artists.flatMap((artist: unknown) =>
      typeof artist === 'object' && artist !== null && 'name' in artist && typeof artist.name === 'string'
        ? [artist.name]
        : [],
    ),
  };
}

/** Which audio the spectrograms of a feature version were made of. */
export async function readHeardAudio(
  connection: DuckDBConnection,
  featureVersion: string,
): Promise<{ readonly trackId: TrackId; readonly audioSha256: string }[]> {
  const rows = await readRows(
    connection,
    'SELECT track_id, audio_sha256 FROM spectrogram WHERE feature_version = $1 ORDER BY track_id',
    [featureVersion],
  );
  return rows.map((row) => ({
    trackId: parseTrackId(textOf(row, 'track_id')),
    audioSha256: textOf(row, 'audio_sha256'),
  }));
}

/** Every shard that the lake refers to, with its rows, in the order of their names. */
export async function readShards(connection: DuckDBConnection): Promise<ShardRecord[]> {
  const shards = await readRows(
    connection,
    `SELECT shard.*, coalesce(num_mel_bins, 0) AS num_mel_bins, coalesce(settings, '') AS settings
    FROM shard LEFT JOIN feature_version USING (feature_version) ORDER BY shard_sha256`,
  );
  const rows = await readRows(connection, 'FROM spectrogram ORDER BY shard_sha256, row_in_shard');
  const rowsOfShards = new Map<string, PlainRow[]>(shards.map((shard) => [textOf(shard, 'shard_sha256'), []]));
  for (const row of rows) rowsOfShards.get(textOf(row, 'shard_sha256'))?.push(row);
  return shards.map((shard) => ({
    sha256: textOf(shard, 'shard_sha256'),
    featureVersion: textOf(shard, 'feature_version'),
    numBytes: numberOf(shard, 'num_bytes'),
    numRows: numberOf(shard, 'num_rows'),
    numMelBins: numberOf(shard, 'num_mel_bins'),
    featureSettingsJson: textOf(shard, 'settings'),
    rows: (rowsOfShards.get(textOf(shard, 'shard_sha256')) ?? []).map(shardRowOf),
  }));
}

function shardRowOf(row: PlainRow): ShardRecord['rows'][number] {
  return {
    trackId: parseTrackId(textOf(row, 'track_id')),
    source: originOf(textOf(row, 'source')),
    isSynthetic: booleanOf(row, 'is_synthetic'),
    audioSha256: textOf(row, 'audio_sha256'),
    rowInShard: numberOf(row, 'row_in_shard'),
    numFrames: numberOf(row, 'num_frames'),
    valuesSha256: textOf(row, 'values_sha256'),
  };
}

/** A track's spectrogram, and what it is of. */
export interface FoundSpectrogram {
  readonly trackId: TrackId;
  readonly title: string | null;
  readonly source: PreviewOrigin;
  readonly isSynthetic: boolean;
  readonly audioSha256: string;
  /** As `preview` has it; null where the audio had no address, or none that is known. */
  readonly addressSha256: string | null;
  readonly featureVersion: string;
  readonly featureSettingsJson: string;
  readonly shardSha256: string;
  readonly rowInShard: number;
  readonly numFrames: number;
  readonly numMelBins: number;
}

/** The newest spectrogram of a track; null if it has none. */
export async function readSpectrogramOf(
  connection: DuckDBConnection,
  trackId: TrackId,
): Promise<FoundSpectrogram | null> {
  const [row] = await readRows(
    connection,
    `SELECT s.*, f.settings, p.address_sha256,
      (SELECT any_value(title) FROM track WHERE track_id = s.track_id) AS title
    FROM spectrogram AS s JOIN feature_version AS f USING (feature_version)
    LEFT JOIN preview AS p ON p.track_id = s.track_id AND p.source = s.source AND p.audio_sha256 = s.audio_sha256
    WHERE s.track_id = $1 ORDER BY s.computed_at DESC LIMIT 1`,
    [trackId],
  );
  if (row === undefined) return null;
  return {
    trackId,
    title: textOrNullOf(row, 'title'),
    source: originOf(textOf(row, 'source')),
    isSynthetic: booleanOf(row, 'is_synthetic'),
    audioSha256: textOf(row, 'audio_sha256'),
    addressSha256: textOrNullOf(row, 'address_sha256'),
    featureVersion: textOf(row, 'feature_version'),
    featureSettingsJson: textOf(row, 'settings'),
    shardSha256: textOf(row, 'shard_sha256'),
    rowInShard: numberOf(row, 'row_in_shard'),
    numFrames: numberOf(row, 'num_frames'),
    numMelBins: numberOf(row, 'num_mel_bins'),
  };
}

/** Sources whose preview of a track can't be decoded: others are asked before them. */
export async function readUndecodableOrigins(connection: DuckDBConnection, trackId: TrackId): Promise<PreviewOrigin[]> {
  const rows = await readRows(
    connection,
    `SELECT source FROM preview WHERE track_id = $1 AND state = 'found' AND error_type IS NOT NULL`,
    [trackId],
  );
  return rows.map((row) => originOf(textOf(row, 'source')));
}

/** An audio file that was kept; it lies under its hash. */
export interface KeptAudio {
  readonly source: PreviewOrigin;
  readonly sha256: string;
  readonly isSynthetic: boolean;
  readonly urlHost: string | null;
}

/** The one of a track that was found last; null if none was kept. */
export async function readKeptAudio(connection: DuckDBConnection, trackId: TrackId): Promise<KeptAudio | null> {
  const [row] = await readRows(
    connection,
    `SELECT source, audio_sha256, is_synthetic, url_host FROM preview
    WHERE track_id = $1 AND is_kept AND error_type IS NULL ORDER BY found_on DESC LIMIT 1`,
    [trackId],
  );
  if (row === undefined) return null;
  return {
    source: originOf(textOf(row, 'source')),
    sha256: textOf(row, 'audio_sha256'),
    isSynthetic: booleanOf(row, 'is_synthetic'),
    urlHost: textOrNullOf(row, 'url_host'),
  };
}

function originOf(value: string): PreviewOrigin {
  const origin = ([...PREVIEW_SOURCES, 'replica'] as const).find((known) => known === value);
  if (origin === undefined) throw new TypeError(`the lake has a preview from "${value}"`);
  return origin;
}

/** The names of all shards that the lake refers to, as it is and as it was in any snapshot that is kept. */
export async function readShardNamesEver(connection: DuckDBConnection): Promise<Set<string>> {
  const names = new Set<string>();
  for (const { snapshotId } of await readSnapshots(connection)) {
    try {
      const at = `lake.spectrogram AT (VERSION => ${snapshotId})`;
      for (const row of await readRows(connection, `SELECT DISTINCT shard_sha256 FROM ${at}`)) {
        names.add(textOf(row, 'shard_sha256'));
      }
    } catch (error) {
      // Snapshots of before there was sound have no such table.
      if (!/does not exist/i.test(messageOf(error))) throw error;
    }
  }
  return names;
}
