/** One shard compared with what the lake says of it: every byte of the file, and every spectrogram in it. */

import { isChartlifeError } from '../../contracts/errors.ts';
import type { ShardRecord } from '../../contracts/sound.ts';
import { openShardReader } from './shardReader.ts';
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
  return verifyRows(store, shard);
}

/** The reader compares the file with its name; what it gives is then compared with what the lake says. */
async function verifyRows(store: ShardStore, shard: ShardRecord): Promise<ShardVerdict> {
  const reader = openShardReader(store);
  try {
    for (const { trackId, rowInShard, numFrames, valuesSha256 } of shard.rows) {
      const stored = await reader.readOne({ shardSha256: shard.sha256, rowInShard, valuesSha256 });
      if (stored.trackId !== trackId || stored.numFrames !== numFrames) {
        const is = `track ${stored.trackId} with ${stored.numFrames} frames`;
        return { state: 'damaged', why: `row ${rowInShard} is ${is}, and the lake says ${trackId} with ${numFrames}` };
      }
    }
    return { state: 'whole' };
  } catch (error) {
    if (!isChartlifeError(error)) throw error;
    return { state: 'damaged', why: error.message.replace(`the shard ${store.pathOf(shard.sha256)} `, '') };
  } finally {
    await reader.close();
  }
}
