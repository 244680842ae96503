/**
 * A child process that writes shard after shard into a folder until it is killed. Prints a line for each. Children that are
 * given the same word write the same shards.
 */
import { openShardStore } from '../../../data/shards/shardStore.ts';
import { rowOf, SETTINGS } from '../shards/shardFixture.ts';

const [folder = '', word = `n${process.pid}`] = process.argv.slice(2);
const store = openShardStore(folder);
for (let number = 0; ; number++) {
  const { sha256 } = await store.write([rowOf(`${word}x${number}x`, 3_000)], SETTINGS);
  process.stdout.write(`${sha256}\n`);
}
