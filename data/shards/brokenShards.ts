/** Shards that the lake refers to and the disk does not have whole. */
import type { ShardRecord } from '../../contracts/sound.ts';
import type { Lake } from '../lake/types.ts';
import type { ShardStore } from './shardStore.ts';

/**
 * By presence and size alone, so that it costs a look per file: `chartlife audio verify` reads every byte, and puts
 * what is damaged aside, whereupon it is missing here.
 */
export async function findBrokenShards(lake: Pick<Lake, 'shards'>, store: ShardStore): Promise<ShardRecord[]> {
  const broken: ShardRecord[] = [];
  for (const shard of await lake.shards()) {
    if ((await store.stat(shard.sha256)) !== shard.numBytes) broken.push(shard);
  }
  return broken;
}
