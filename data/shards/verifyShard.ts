/** One shard compared with what the lake says of it: every byte of the file, and every column of every spectrogram. */
import { isChartlifeError } from '../../contracts/errors.ts';
import type { ShardRecord } from '../../contracts/sound.ts';
import { sha256Hex } from '../../runtime/files.ts';
import { openShardFile, type ShardFile } from './shardFile.ts';
import { bytesOf } from './shardFormat.ts';
import { storedRowOf } from './shardReader.ts';
import type { ShardStore } from './shardStore.ts';

export type ShardVerdict =
  | { readonly state: 'whole' }
  | { readonly state: 'missing'; readonly why: string }
  | { readonly state: 'damaged'; readonly why: string };

export async function verifyShard(store: ShardStore, shard: ShardRecord): Promise<ShardVerdict> {
  const numBytes = await store.stat(shard.sha256);
  if (numBytes === null) return { state: 'missing', why: 'the file is not there' };
  if (numBytes !== shard.numBytes) {
    return { state: 'damaged', why: `it has ${numBytes} bytes, and was written with ${shard.numBytes}` };
  }
  try {
    const why = await whyOther(store, shard);
    return why === null ? { state: 'whole' } : { state: 'damaged', why };
  } catch (error) {
    if (!isChartlifeError(error)) throw error;
    return { state: 'damaged', why: error.message.replace(`the shard ${store.pathOf(shard.sha256)} `, '') };
  }
}

/**
 * Opening compares the file with its name; what it gives is then compared with what the lake says. null where all is the
 * same.
 */
async function whyOther(store: ShardStore, shard: ShardRecord): Promise<string | null> {
  const file = await openShardFile(store.pathOf(shard.sha256), shard.sha256, new Map());
  try {
    const why =
      difference('it has rows', file.numRows, shard.numRows) ??
      difference('its feature version is', file.featureVersion, shard.featureVersion) ??
      difference('its feature settings are', file.featureSettingsJson, shard.featureSettingsJson);
    if (why !== null) return why;
    for (const row of shard.rows) {
      const other = await whyOtherRow(file, row, shard.numMelBins);
      if (other !== null) return `row ${row.rowInShard}: ${other}`;
    }
    return null;
  } finally {
    await file.close();
  }
}

async function whyOtherRow(
  file: ShardFile,
  row: ShardRecord['rows'][number],
  numMelBins: number,
): Promise<string | null> {
  const batch = await file.readRow(row.rowInShard);
  const stored = storedRowOf(batch);
  if (stored === null) return 'it holds no spectrogram';
  return (
    difference('it is of track', stored.trackId, row.trackId) ??
    difference('it is from', stored.source, row.source) ??
    difference('that it is synthetic is', stored.isSynthetic, row.isSynthetic) ??
    difference('it was made of the audio', stored.audioSha256, row.audioSha256) ??
    difference('its frames are', stored.numFrames, row.numFrames) ??
    difference('the values of a frame are', stored.numMelBins, numMelBins) ??
    difference('its values hash to', sha256Hex(bytesOf(stored.halves)), row.valuesSha256)
  );
}

function difference<T extends string | number | boolean>(what: string, inFile: T, inLake: T): string | null {
  return inFile === inLake ? null : `${what} ${inFile}, and the lake says ${inLake}`;
}
