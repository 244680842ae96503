/** Every shard of the lake read back; what is broken is named and put aside, what nobody refers to is listed. */
import { rm } from 'node:fs/promises';
import type { Lake } from '../../data/lake/types.ts';
import { openShardStore, type ShardStore, type StoredFile } from '../../data/shards/shardStore.ts';
import { verifyShard } from '../../data/shards/verifyShard.ts';

export interface VerifyOptions {
  readonly lake: Lake;
  readonly spectrogramsDir: string;
  /** Whether files that no snapshot refers to are deleted. */
  readonly prunes: boolean;
  /** Ends the work after the shard in hand. */
  readonly signal: AbortSignal;
  readonly onProgress: (numDone: number, numAll: number) => void;
}

export interface BrokenShard {
  readonly file: string;
  readonly why: string;
  /** null where there was no file to put aside. */
  readonly putAsideAs: string | null;
  readonly trackIds: readonly string[];
  /** Where the sound of its spectrograms came from. */
  readonly sources: readonly string[];
  readonly featureVersion: string;
}

export interface VerifyReport {
  readonly numShards: number;
  readonly numSpectrograms: number;
  readonly numBytes: number;
  readonly broken: readonly BrokenShard[];
  /** Files that no kept snapshot of the lake refers to, such as a damaged shard that was made again. */
  readonly strays: readonly string[];
  readonly strayBytes: number;
  readonly isPruned: boolean;
}

/** A shard lies on disk before the lake says so: what is younger may be about to be committed. */
const YOUNG_MS = 3_600_000;

export async function verifyShards(options: VerifyOptions): Promise<VerifyReport> {
  const { lake, prunes, signal, onProgress } = options;
  const store = openShardStore(options.spectrogramsDir);
  const shards = await lake.shards();
  const numSpectrograms = shards.reduce((sum, { rows }) => sum + rows.length, 0);
  const broken: BrokenShard[] = [];
  let numDone = 0;
  for (const shard of shards) {
    if (signal.aborted) break;
    const verdict = await verifyShard(store, shard);
    if (verdict.state !== 'whole') {
      broken.push({
        file: store.pathOf(shard.sha256),
        why: verdict.why,
        putAsideAs: verdict.state === 'damaged' ? await store.setAside(shard.sha256) : null,
        trackIds: shard.rows.map(({ trackId }) => trackId),
        sources: [...new Set(shard.rows.map(({ source }) => source))],
        featureVersion: shard.featureVersion,
      });
    }
    numDone += shard.rows.length;
    onProgress(numDone, numSpectrograms);
  }
  const strays = await findStrays(store, await lake.shardNamesEver());
  if (prunes) for (const stray of strays) await rm(stray.path, { force: true });
  return {
    numShards: shards.length,
    numSpectrograms,
    numBytes: shards.reduce((sum, { numBytes }) => sum + numBytes, 0),
    broken,
    strays: strays.map((stray) => stray.path),
    strayBytes: strays.reduce((sum, { numBytes }) => sum + numBytes, 0),
    isPruned: prunes,
  };
}

async function findStrays(store: ShardStore, named: ReadonlySet<string>): Promise<StoredFile[]> {
  const files = await store.list();
  const isOld = ({ modifiedMs }: StoredFile): boolean => Date.now() - modifiedMs > YOUNG_MS;
  return files.filter((file) => (file.sha256 === null || !named.has(file.sha256)) && isOld(file));
}
