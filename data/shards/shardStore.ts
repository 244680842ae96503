/**
 * Shards of spectrograms on disk, named by their SHA-256: `3f/3f9a….arrow`. A shard is never changed; the lake says which
 * of them count.
 */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
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
   * @throws ChartlifeError InvalidInput, DiskFull; LakeUnusable where something else lies at its place
   */
  write(rows: readonly ShardRow[], settings: ShardSettings): Promise<WrittenShard>;
  pathOf(sha256: string): string;
  /** Its size in bytes; null if it is not there, 0 where something lies there that is no file. */
  stat(sha256: string): Promise<number | null>;
  /** Everything in the folder, in the order of the paths. */
  list(): Promise<StoredFile[]>;
  /**
   * Renames a damaged shard, or what lies in its place, so that nothing reads it any more; gives the new path.
   *
   * @throws ChartlifeError LakeUnusable where it can't be moved
   */
  setAside(sha256: string): Promise<string>;
}

const SHARD_NAME = /^([0-9a-f]{64})\.arrow$/;

export function openShardStore(spectrogramsDir: string): ShardStore {
  const root = path.resolve(spectrogramsDir);
  const pathOf = (sha256: string): string => path.join(root, sha256.slice(0, 2), `${sha256}.arrow`);
  const sizeOf = async (sha256: string): Promise<number | null> => {
    try {
      const stats = await absentAsNull(stat(pathOf(sha256)));
      if (stats === null) return null;
      return stats.isFile() ? stats.size : 0;
    } catch (error) {
      if (systemErrorCode(error) === 'ELOOP') return 0;
      throw inTheWay(pathOf(sha256), error);
    }
  };
  return {
    pathOf,
    stat: sizeOf,
    async write(rows, settings) {
      const { bytes, valuesSha256 } = encodeShard(rows, settings);
      const sha256 = sha256Hex(bytes);
      // What lies there under that name and size is most likely whole, but only reading it would tell; writing it again
      // costs no more, and mends it if it is not.
      try {
        await writeFileAtomic(pathOf(sha256), bytes);
      } catch (error) {
        throw inTheWay(pathOf(sha256), error);
      }
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
        // A link that leads nowhere, or in a circle, is no file either.
        const stats = await stat(filePath).catch(() => null);
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
      try {
        await rm(aside, { force: true });
        await rename(pathOf(sha256), aside);
      } catch (error) {
        throw inTheWay(pathOf(sha256), error);
      }
      return aside;
    },
  };
}

/** What can lie where a shard belongs: a folder, a link in a circle, a file in the place of the folder above it. */
const IN_THE_WAY = new Set(['EISDIR', 'ENOTDIR', 'ELOOP', 'EEXIST', 'ENOTEMPTY', 'EPERM', 'EACCES', 'ERR_FS_EISDIR']);

/** The error where something else is in a shard's place; any other one is given back as it is. */
function inTheWay(filePath: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || !IN_THE_WAY.has(code)) return error;
  return new ChartlifeError('LakeUnusable', `there is no way to the shard ${filePath} (${code})`, {
    next: 'Move away what lies there and is no shard, and see that the folder may be written to.',
    details: { path: filePath, code },
    cause: error,
  });
}

async function absentAsNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
