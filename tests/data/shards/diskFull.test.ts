/** Shards on a disk that has no room for them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openShardStore } from '../../../data/shards/shardStore.ts';
import { verifyShard } from '../../../data/shards/verifyShard.ts';
import { mountSmallDisk, unmountSmallDisk } from '../smallDisk.ts';
import { rowOf, SETTINGS, writeShard } from './shardFixture.ts';

test('a full disk takes no part of a shard, and all of it when there is room', async (context) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-shards-'));
  const disk = path.join(folder, 'disk');
  const why = mountSmallDisk(disk, 4);
  if (why !== null) {
    await rm(folder, { recursive: true });
    context.skip(`no tmpfs can be mounted here: ${why}`);
  }
  try {
    const store = openShardStore(path.join(disk, 'spectrograms'));
    const before = await writeShard(store, [rowOf('aa', 1_000)]);
    const filler = path.join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(3 * 2 ** 20));
    const rows = [rowOf('bb', 2_998), rowOf('cc', 2_998)];
    await expect(store.write(rows, SETTINGS)).rejects.toMatchObject({
      type: 'DiskFull',
      next: expect.stringContaining('Free some space'),
    });
    expect((await store.list()).map(({ sha256 }) => sha256)).toEqual([before.sha256]);
    await rm(filler);
    expect(await verifyShard(store, await writeShard(store, rows))).toEqual({ state: 'whole' });
    expect(await verifyShard(store, before)).toEqual({ state: 'whole' });
  } finally {
    unmountSmallDisk(disk);
    await rm(folder, { recursive: true, force: true });
  }
});
