/** A child process that writes shard after shard into a folder until it is killed. Prints a line for each. */
import { openShardStore } from '../../../data/shards/shardStore.ts';
import { rowOf, SETTINGS } from '../shards/shardFixture.ts';

const store = openShardStore(process.argv[2] ?? '');
for (let number = 0; ; number++) {
  const { sha256 } = await store.write([rowOf(`n${process.pid}x${number}`, 3_000)], SETTINGS);
  process.stdout.write(`${sha256}\n`);
}
