/**
 * Shards of spectrograms on disk, named by their SHA-256: `3f/3f9a….arrow`. A shard is never changed; the lake says which
 * of them count.
 */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { SpectrogramRecord } from '../../contracts/sound.ts';
import { sha256Hex, systemErrorCode, writeFileAtomic } from '../../runtime/files.ts';
import { encodeShard, type ShardRow, type ShardSettings } from './shardFormat.ts';

export type { ShardRow, ShardSettings } from './shardFormat.ts';

export interface WrittenShard {
  readonly sha256: string;
  readonly numBytes: number;
  /** In the order in which they were given. */
  readonly rows: readonly Pick<SpectrogramRecord, 'trackId' | 'rowInShard' | 'numFrames' | 'valuesSha256'>[];
}

/** A file of the store's folder. */
export interface StoredFile {
  readonly path: string;
  readonly numBytes: number;
  /** The shard it is by its name; null for what is no shard: left over from a write that was killed, or put aside. */
  readonly sha256: string | null;
  /** Milliseconds since the epoch. */
  readonly modifiedMs: number;
}

export interface ShardStore {
  /**
   * Whole or not at all. The same rows give the same file.
   *
   * @throws ChartlifeError InvalidInput, DiskFull
   */
  write(rows: readonly ShardRow[], settings: ShardSettings): Promise<WrittenShard>;
  pathOf(sha256: string): string;
  /** Its size in bytes; null if it is not there. */
  stat(sha256: string): Promise<number | null>;
  /** Everything in the folder, in the order of the paths. */
  list(): Promise<StoredFile[]>;
  /** Renames a damaged shard, so that nothing reads it any more; gives the new path. */
  setAside(sha256: string): Promise<string>;
}

const SHARD_NAME = /^([0-9a-f]{64})\.arrow$/;

export function openShardStore(spectrogramsDir: string): ShardStore {
  const root = path.resolve(spectrogramsDir);
  const pathOf = (sha256: string): string => path.join(root, sha256.slice(0, 2), `${sha256}.arrow`);
  const sizeOf = async (sha256: string): Promise<number | null> => {
    const stats = await absentAsNull(stat(pathOf(sha256)));
    return stats === null ? null : stats.size;
  };
  return {
    pathOf,
    stat: sizeOf,
    async write(rows, settings) {
      const { bytes, valuesSha256 } = encodeShard(rows, settings);
      const sha256 = sha256Hex(bytes);
      // What lies there under that name and size is most likely whole, but only reading it would tell; writing it again
      // costs no more, and mends it if it is not.
      await writeFileAtomic(pathOf(sha256), bytes);
      return {
        sha256,
        numBytes: bytes.length,
        rows: rows.map(({ trackId, numFrames }, rowInShard) => ({
          ...{ trackId, rowInShard, numFrames },
          valuesSha256: valuesSha256[rowInShard] ?? '',
        })),
      };
    },
    async list() {
      const names = (await absentAsNull(readdir(root, { recursive: true }))) ?? [];
      const files: StoredFile[] = [];
      for (const name of names) {
        const filePath = path.join(root, name);
        const stats = await absentAsNull(stat(filePath));
        if (stats === null || !stats.isFile()) continue;
        const sha256 = SHARD_NAME.exec(path.basename(name))?.[1] ?? null;
        const isInPlace = sha256 !== null && filePath === pathOf(sha256);
        files.push({
          path: filePath,
          numBytes: stats.size,
          sha256: isInPlace ? sha256 : null,
          modifiedMs: stats.mtimeMs,
        });
      }
      return files.sort((a, b) => (a.path < b.path ? -1 : 1));
    },
    async setAside(sha256) {
      const aside = `${pathOf(sha256)}.damaged`;
      await rm(aside, { force: true });
      await rename(pathOf(sha256), aside);
      return aside;
    },
  };
}

async function absentAsNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
