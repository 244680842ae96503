/** Files that are no shard, and shards that change while they are held open: refused, whatever is in them. */
import { mkdir, open, readFile, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ShardRecord } from '../../../contracts/sound.ts';
import { fromFloat16 } from '../../../data/shards/float16.ts';
import { openShardReader, type ShardReader } from '../../../data/shards/shardReader.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { makeStore, rowOf, type StoreHome, writeShard } from './shardFixture.ts';

let home: StoreHome;
let reader: ShardReader;
beforeEach(async () => {
  home = await makeStore();
  reader = openShardReader(home.store);
});
afterEach(async () => {
  await reader.close();
  await home.remove();
});

const table = tableFromArrays({ rank: Int32Array.of(1, 2) });

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a few bytes', Buffer.from('abc')],
  ['zeros', Buffer.alloc(1_000)],
  ['text', Buffer.from('no shard at all, but long enough to look at twice')],
  ['magic and nothing else', Buffer.from('ARROW1\0\0ARROW1')],
  ['magic around nonsense', Buffer.from(`ARROW1\0\0${'x'.repeat(100)}\x20\0\0\0ARROW1`)],
  ['a footer longer than the file', Buffer.from(`ARROW1\0\0${'x'.repeat(100)}\xff\xff\0\0ARROW1`, 'latin1')],
  ['another Arrow file', tableToIPC(table, 'file')],
  ['an Arrow stream', tableToIPC(table, 'stream')],
])('%s, under its own hash, is no shard', async (_what, bytes) => {
  const sha256 = sha256Hex(bytes);
  const filePath = home.store.pathOf(sha256);
  await mkdir(path.dirname(filePath), { recursive: true });
  await writeFile(filePath, bytes);
  await expect(reader.readOne({ shardSha256: sha256, rowInShard: 0 })).rejects.toMatchObject({
    type: 'LakeUnusable',
    message: expect.stringContaining(`${filePath} is no shard`),
    next: expect.stringContaining('chartlife audio verify'),
  });
});

test.each([-1, 2, 0.5, Number.NaN])('row %d of two is no row', async (rowInShard) => {
  const { sha256 } = await writeShard(home.store, [rowOf('aa'), rowOf('bb')]);
  await expect(reader.readOne({ shardSha256: sha256, rowInShard })).rejects.toMatchObject({
    type: 'LakeUnusable',
    message: expect.stringContaining(`has 2 rows, and row ${rowInShard} was asked for`),
  });
});

/** A shard whose first row was read, so that its file is open. */
async function openedShard(): Promise<{ readonly shard: ShardRecord; readonly filePath: string }> {
  const shard = await writeShard(home.store, [rowOf('aa', 50), rowOf('bb', 50)]);
  await reader.readOne({ shardSha256: shard.sha256, rowInShard: 0 });
  return { shard, filePath: home.store.pathOf(shard.sha256) };
}

test.each([0, 0.01, 0.3, 0.5, 0.75, 0.99])('cut to %d of its length while it is open', async (part) => {
  const { shard, filePath } = await openedShard();
  await truncate(filePath, Math.floor(shard.numBytes * part));
  await expect(reader.readOne({ shardSha256: shard.sha256, rowInShard: 1 })).rejects.toMatchObject({
    type: 'LakeUnusable',
    message: expect.stringContaining('changed before row 1 was read'),
  });
});

test('overwritten in place while it is open, though nobody gave the hash of its values', async () => {
  const { shard, filePath } = await openedShard();
  const file = await open(filePath, 'r+');
  await file.write(Buffer.alloc(2_000, 7), 0, 2_000, Math.floor(shard.numBytes * 0.8));
  await file.close();
  const ref = { shardSha256: shard.sha256, rowInShard: 1 };
  await expect(reader.readOne(ref)).rejects.toMatchObject({ type: 'LakeUnusable' });
  await expect(reader.readOne(ref)).rejects.toThrow('its bytes hash to another name');
});

test('replaced by another file of its size and time, it is compared again', async () => {
  const { shard, filePath } = await openedShard();
  await reader.close();
  const { atime, mtime } = await open(filePath).then(async (file) => {
    const stats = await file.stat();
    await file.close();
    return stats;
  });
  const other = await readFile(filePath);
  other[Math.floor(other.length * 0.8)]! ^= 1;
  await writeFile(`${filePath}.other`, other);
  await utimes(`${filePath}.other`, atime, mtime);
  await rename(`${filePath}.other`, filePath);
  await expect(reader.readOne({ shardSha256: shard.sha256, rowInShard: 1 })).rejects.toMatchObject({
    type: 'LakeUnusable',
  });
});

test('mended, it is read again by the reader that refused it', async () => {
  const { shard, filePath } = await openedShard();
  await truncate(filePath, 100);
  const ref = { shardSha256: shard.sha256, rowInShard: 1 };
  await expect(reader.readOne(ref)).rejects.toMatchObject({ type: 'LakeUnusable' });
  await writeShard(home.store, [rowOf('aa', 50), rowOf('bb', 50)]);
  expect(fromFloat16((await reader.readOne(ref)).halves)).toEqual(rowOf('bb', 50).values);
});
