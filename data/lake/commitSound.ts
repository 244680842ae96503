/** What sources answered about the sound of tracks, and the spectrograms made of it: one batch, one transaction. */
import type { TrackId } from '../../contracts/ids.ts';
import type { PreviewOrigin, PreviewState } from '../../contracts/previews.ts';
import type { PreviewRecord, SoundBatch, SoundCommit } from '../../contracts/sound.ts';
import { wellFormedText } from '../../contracts/wellFormedText.ts';
import type { PageCommitParts } from './commitTrack.ts';
import { sqlText } from './sqlText.ts';
import type { LakeTransaction } from './transaction.ts';
import type { PlainRow, PlainValue } from './values.ts';

type SoundTable = 'preview' | 'spectrogram' | 'shard' | 'feature_version' | 'track_detail';

/** The columns of each table as `from_json` reads them. */
const COLUMNS: Readonly<Record<SoundTable, Readonly<Record<string, string>>>> = {
  preview: {
    track_id: 'VARCHAR',
    source: 'VARCHAR',
    state: 'VARCHAR',
    why: 'VARCHAR',
    first_asked_on: 'DATE',
    last_asked_on: 'DATE',
    found_on: 'DATE',
    gone_on: 'DATE',
    is_synthetic: 'BOOLEAN',
    url_host: 'VARCHAR',
    address_sha256: 'VARCHAR',
    match_score: 'DOUBLE',
    matched_title: 'VARCHAR',
    matched_artist: 'VARCHAR',
    audio_sha256: 'VARCHAR',
    num_bytes: 'BIGINT',
    is_kept: 'BOOLEAN',
    audio_format: 'VARCHAR',
    sample_rate_hz: 'INTEGER',
    num_channels: 'INTEGER',
    seconds: 'DOUBLE',
    num_losses: 'INTEGER',
    num_samples_lost: 'BIGINT',
    losses: 'VARCHAR',
    error_type: 'VARCHAR',
    error_message: 'VARCHAR',
  },
  spectrogram: {
    track_id: 'VARCHAR',
    feature_version: 'VARCHAR',
    source: 'VARCHAR',
    is_synthetic: 'BOOLEAN',
    audio_sha256: 'VARCHAR',
    num_frames: 'INTEGER',
    num_mel_bins: 'INTEGER',
    shard_sha256: 'VARCHAR',
    row_in_shard: 'INTEGER',
    values_sha256: 'VARCHAR',
  },
  shard: { shard_sha256: 'VARCHAR', feature_version: 'VARCHAR', num_bytes: 'BIGINT', num_rows: 'INTEGER' },
  feature_version: { feature_version: 'VARCHAR', settings: 'VARCHAR', num_mel_bins: 'INTEGER' },
  track_detail: {
    track_id: 'VARCHAR',
    source: 'VARCHAR',
    title: 'VARCHAR',
    artists: 'STRUCT(id VARCHAR, name VARCHAR)[]',
    release_date: 'DATE',
    release_date_precision: 'VARCHAR',
    duration_ms: 'BIGINT',
    is_explicit: 'BOOLEAN',
  },
};

/** When a row was written: beside the others in every table, and no difference between two rows. */
const WRITTEN_AT: Readonly<Record<SoundTable, string>> = {
  preview: 'recorded_at',
  spectrogram: 'computed_at',
  shard: 'written_at',
  feature_version: 'first_used_at',
  track_detail: 'recorded_at',
};

/** The columns that make a row the same one as before. */
const KEYS = {
  preview: ['track_id', 'source'],
  spectrogram: ['track_id', 'feature_version'],
  track_detail: ['track_id', 'source'],
} as const;

/**
 * Writes what differs from what the lake has; the same batch again changes nothing.
 *
 * A track that had a preview and has none any more is `gone`, with the night in which that was noticed. What was known of
 * its audio stays, as it does where a source could not be asked. Its spectrogram stays too, unless its shard is among
 * `brokenShards`: then nothing can be read of it any more, and its row goes.
 *
 * @param brokenShards shards whose files are missing or damaged
 * @throws ChartlifeError LakeConflict, DiskFull, LakeUnusable
 */
export async function commitSound(
  parts: Pick<PageCommitParts, 'transaction'>,
  given: SoundBatch,
  brokenShards: readonly string[],
): Promise<SoundCommit> {
  const batch = wellFormed(given);
  const trackIds = [...new Set([...batch.previews, ...batch.spectrograms].map(({ trackId }) => trackId))];
  const shardText = batch.shard === null ? 'no shard' : `shard ${batch.shard.sha256.slice(0, 12)}`;
  const text = `${trackIds.length} tracks, ${batch.spectrograms.length} spectrograms, ${shardText}`;
  const { snapshotId } = await parts.transaction({ author: 'sound', text }, async (transaction) => {
    if (trackIds.length === 0) return;
    const stored = await readStored(transaction, trackIds);
    await replaceRows(transaction, 'preview', stored.preview, previewRows(batch, stored.preview));
    await replaceRows(transaction, 'track_detail', stored.track_detail, detailRows(batch));
    await dateTracks(transaction, batch);
    await replaceRows(transaction, 'spectrogram', stored.spectrogram, spectrogramRows(batch));
    await dropUnreadable(transaction, batch, trackIds, brokenShards);
    await recordShard(transaction, batch);
    await transaction.run('DELETE FROM shard WHERE shard_sha256 NOT IN (SELECT shard_sha256 FROM spectrogram)');
  });
  return {
    outcome: snapshotId === null ? 'unchanged' : 'committed',
    snapshotId,
    numSpectrograms: batch.spectrograms.length,
  };
}

/** Sources make their texts well formed; what was cut to a length since, such as an error's message, may be so no more. */
function wellFormed(batch: SoundBatch): SoundBatch {
  const json = JSON.stringify(batch, (_key, value: unknown) =>
    typeof value === 'string' ? wellFormedText(value) : value,
  );
  return JSON.parse(json) as SoundBatch;
}

type KeyedTable = keyof typeof KEYS;
type StoredRows = Readonly<Record<KeyedTable, readonly PlainRow[]>>;

async function readStored(transaction: LakeTransaction, trackIds: readonly TrackId[]): Promise<StoredRows> {
  const ofTracks = `WHERE track_id IN (${trackIds.map(sqlText).join(', ')})`;
  const read = (table: KeyedTable): Promise<PlainRow[]> =>
    transaction.rows(`SELECT ${Object.keys(COLUMNS[table]).join(', ')} FROM ${table} ${ofTracks}`);
  return {
    preview: await read('preview'),
    spectrogram: await read('spectrogram'),
    track_detail: await read('track_detail'),
  };
}

function keyOf(table: KeyedTable, row: PlainRow): string {
  return KEYS[table].map((column) => String(row[column])).join(' ');
}

/** Puts rows in the place of those with the same key, where they differ. */
async function replaceRows(
  transaction: LakeTransaction,
  table: KeyedTable,
  stored: readonly PlainRow[],
  rows: readonly PlainRow[],
): Promise<void> {
  const storedByKey = new Map(stored.map((row) => [keyOf(table, row), row]));
  const columns = Object.keys(COLUMNS[table]);
  const asText = (row: PlainRow): string => JSON.stringify(columns.map((column) => row[column]));
  const news = rows.filter((row) => {
    const former = storedByKey.get(keyOf(table, row));
    return former === undefined || asText(former) !== asText(row);
  });
  const replaced = news.filter((row) => storedByKey.has(keyOf(table, row)));
  if (replaced.length > 0) {
    const isReplaced = replaced
      .map((row) => `(${KEYS[table].map((column) => `${column} = ${sqlText(String(row[column]))}`).join(' AND ')})`)
      .join(' OR ');
    await transaction.run(`DELETE FROM ${table} WHERE ${isReplaced}`);
  }
  await insertRows(transaction, table, news);
}

async function insertRows(transaction: LakeTransaction, table: SoundTable, rows: readonly PlainRow[]): Promise<void> {
  if (rows.length === 0) return;
  const shape = JSON.stringify([COLUMNS[table]]);
  await transaction.run(
    `INSERT INTO ${table} BY NAME
    SELECT row.*, $2::TIMESTAMP AS ${WRITTEN_AT[table]}
    FROM (SELECT unnest(from_json($1, ${sqlText(shape)})) AS row)`,
    [JSON.stringify(rows), new Date().toISOString()],
  );
}

function previewRows(batch: SoundBatch, stored: readonly PlainRow[]): PlainRow[] {
  const storedByKey = new Map(stored.map((row) => [keyOf('preview', row), row]));
  return batch.previews.flatMap((record) => {
    const former = storedByKey.get(`${record.trackId} ${record.source}`) ?? null;
    const asked = { first_asked_on: former?.first_asked_on ?? batch.askedOn, last_asked_on: batch.askedOn };
    const hadOne = former !== null && former.found_on !== null;
    if (record.outcome === 'unchanged') {
      // What it is unchanged from was taken out of the lake meanwhile: nothing is known any more.
      if (!hadOne) return [];
      const found: PreviewStanding = { state: 'found', why: null, found_on: batch.askedOn, gone_on: null };
      return [{ ...former, ...asked, ...found, address_sha256: record.addressSha256 ?? former.address_sha256 ?? null }];
    }
    if (record.audio !== null || !hadOne) return [newPreviewRow(record, asked)];
    const standing: PreviewStanding =
      record.outcome === 'failed'
        ? { state: 'failed', why: record.why }
        : { state: 'gone', why: record.why, gone_on: former.gone_on ?? batch.askedOn };
    return [{ ...former, ...asked, ...standing }];
  });
}

/** What the newest answer says of a preview, beside what is known of its audio. */
interface PreviewStanding {
  readonly state: PreviewState;
  readonly why: string | null;
  readonly found_on?: PlainValue;
  readonly gone_on?: PlainValue;
}

function newPreviewRow(record: PreviewRecord, asked: { first_asked_on: PlainValue; last_asked_on: string }): PlainRow {
  const none = record.outcome === 'failed' ? 'failed' : 'absent';
  const state: PreviewState = record.audio === null ? none : 'found';
  return {
    track_id: record.trackId,
    source: record.source,
    state,
    why: record.why,
    ...asked,
    found_on: record.audio === null ? null : asked.last_asked_on,
    gone_on: null,
    is_synthetic: record.isSynthetic,
    url_host: record.urlHost,
    address_sha256: record.addressSha256 ?? null,
    match_score: record.match?.score ?? null,
    matched_title: record.match?.title ?? null,
    matched_artist: record.match?.artistName ?? null,
    ...audioColumns(record),
  };
}

function audioColumns({ audio }: PreviewRecord): PlainRow {
  const decoded = audio?.decoded ?? null;
  return {
    audio_sha256: audio?.sha256 ?? null,
    num_bytes: audio?.numBytes ?? null,
    is_kept: audio?.isKept ?? false,
    audio_format: decoded?.format ?? null,
    sample_rate_hz: decoded?.sampleRateHz ?? null,
    num_channels: decoded?.numChannels ?? null,
    seconds: decoded?.seconds ?? null,
    num_losses: decoded?.numLosses ?? null,
    num_samples_lost: decoded?.numSamplesLost ?? null,
    losses: decoded === null || decoded.losses.length === 0 ? null : decoded.losses.join('; '),
    error_type: audio?.error?.errorType ?? null,
    error_message: audio?.error?.message ?? null,
  };
}

function detailRows(batch: SoundBatch): PlainRow[] {
  return batch.previews.flatMap(({ trackId, source, details }) =>
    details === null
      ? []
      : [
          {
            track_id: trackId,
            source,
            title: details.title,
            artists: details.artists.map(({ id, name }): PlainValue => ({ id, name })),
            release_date: details.releaseDate?.date ?? null,
            release_date_precision: details.releaseDate?.precision ?? null,
            duration_ms: details.durationMs,
            is_explicit: details.isExplicit,
          },
        ],
  );
}

/** Release dates for tracks that have none yet. What an import or another source said first stands. */
async function dateTracks(transaction: LakeTransaction, batch: SoundBatch): Promise<void> {
  const dated = new Map(
    batch.previews.flatMap(({ trackId, details }) =>
      details?.releaseDate == null ? [] : [[trackId, details.releaseDate] as const],
    ),
  );
  if (dated.size === 0) return;
  const undated = await transaction.rows(
    `SELECT track_id FROM track
    WHERE release_date IS NULL AND track_id IN (${[...dated.keys()].map(sqlText).join(', ')})`,
  );
  for (const { track_id } of undated) {
    const release = dated.get(track_id as TrackId);
    if (release === undefined) continue;
    await transaction.run('UPDATE track SET release_date = $2::DATE, release_date_precision = $3 WHERE track_id = $1', [
      String(track_id),
      release.date,
      release.precision,
    ]);
  }
}

function spectrogramRows({ spectrograms, feature, shard }: SoundBatch): PlainRow[] {
  return spectrograms.map((row) => ({
    track_id: row.trackId,
    feature_version: feature.version,
    source: row.source satisfies PreviewOrigin,
    is_synthetic: row.isSynthetic,
    audio_sha256: row.audioSha256,
    num_frames: row.numFrames,
    num_mel_bins: feature.numMelBins,
    shard_sha256: shard?.sha256 ?? '',
    row_in_shard: row.rowInShard,
    values_sha256: row.valuesSha256,
  }));
}

async function dropUnreadable(
  transaction: LakeTransaction,
  batch: SoundBatch,
  trackIds: readonly TrackId[],
  brokenShards: readonly string[],
): Promise<void> {
  const made = new Set(batch.spectrograms.map(({ trackId }) => trackId));
  // The sound of these is there to be heard again: in the order of their shard, so that its very file comes back.
  const unchanged = batch.previews.filter(({ outcome }) => outcome === 'unchanged').map(({ trackId }) => trackId);
  const missed = trackIds.filter((trackId) => !made.has(trackId) && !unchanged.includes(trackId));
  if (missed.length === 0 || brokenShards.length === 0) return;
  await transaction.run(
    `DELETE FROM spectrogram
    WHERE feature_version = ${sqlText(batch.feature.version)}
      AND track_id IN (${missed.map(sqlText).join(', ')})
      AND shard_sha256 IN (${brokenShards.map(sqlText).join(', ')})`,
  );
}

async function recordShard(transaction: LakeTransaction, { shard, feature, spectrograms }: SoundBatch): Promise<void> {
  if (shard === null) return;
  const [known] = await transaction.rows('SELECT 1 FROM shard WHERE shard_sha256 = $1', [shard.sha256]);
  if (known === undefined) {
    const row = { shard_sha256: shard.sha256, feature_version: feature.version, num_bytes: shard.numBytes };
    await insertRows(transaction, 'shard', [{ ...row, num_rows: shard.numRows ?? spectrograms.length }]);
  }
  const [used] = await transaction.rows('SELECT 1 FROM feature_version WHERE feature_version = $1', [feature.version]);
  if (used === undefined) {
    const row = { feature_version: feature.version, settings: feature.settingsJson };
    await insertRows(transaction, 'feature_version', [{ ...row, num_mel_bins: feature.numMelBins }]);
  }
}
