/** Shards of made-up spectrograms in temporary folders. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ShardRecord } from '../../../contracts/sound.ts';
import { openShardStore, type ShardRow, type ShardSettings, type ShardStore } from '../../../data/shards/shardStore.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { trackIdOf } from '../lakeFixture.ts';

export const SETTINGS: ShardSettings = {
  featureVersion: sha256Hex('features'),
  featureSettingsJson: '{"window":"hanning"}',
  numMelBins: 128,
};

/** Values that every float16 can hold, so that what comes back is the very same. */
export function rowOf(word: string, numFrames = 5, numMelBins = 128): ShardRow {
  const seed = Number.parseInt(sha256Hex(word).slice(0, 6), 16);
  const valueAt = (index: number): number => (((seed + 7_919 * index) % 4_096) - 2_048) / 128;
  return {
    trackId: trackIdOf(word),
    source: 'replica',
    isSynthetic: true,
    audioSha256: sha256Hex(`audio of ${word}`),
    numFrames,
    values: Float32Array.from({ length: numFrames * numMelBins }, (_, index) => valueAt(index)),
  };
}

export interface StoreHome {
  readonly dir: string;
  readonly store: ShardStore;
  remove(): Promise<void>;
}

export async function makeStore(): Promise<StoreHome> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-shards-'));
  const dir = path.join(folder, 'spectrograms');
  return { dir, store: openShardStore(dir), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Writes a shard; gives it as the lake would know it. */
export async function writeShard(store: ShardStore, rows: readonly ShardRow[]): Promise<ShardRecord> {
  const { sha256, numBytes, rows: written } = await store.write(rows, SETTINGS);
  return {
    ...{ sha256, numBytes, numRows: rows.length, ...SETTINGS },
    rows: written.map((row, index) => {
      const { source, isSynthetic, audioSha256 } = rows[index]!;
      return { ...row, source, isSynthetic, audioSha256 };
    }),
  };
}
