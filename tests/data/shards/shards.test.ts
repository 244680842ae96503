/** Shards written, read, damaged and found out. */
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RecordBatchReader } from 'apache-arrow';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pythonWith } from '../../../bench/lib/python.ts';
import { isChartlifeError } from '../../../contracts/errors.ts';
import type { ShardRecord } from '../../../contracts/sound.ts';
import { fromFloat16 } from '../../../data/shards/float16.ts';
import { openShardReader, type SpectrogramRef } from '../../../data/shards/shardReader.ts';
import { verifyShard } from '../../../data/shards/verifyShard.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { buildChild, startChild } from '../childProcess.ts';
import { makeStore, rowOf, SETTINGS, type StoreHome, writeShard } from './shardFixture.ts';

let home: StoreHome;
beforeEach(async () => {
  home = await makeStore();
});
afterEach(() => home.remove());

function refsOf({ sha256, rows }: ShardRecord): SpectrogramRef[] {
  return rows.map(({ rowInShard, valuesSha256 }) => ({ shardSha256: sha256, rowInShard, valuesSha256 }));
}

describe('a shard', () => {
  test('gives back what was put in, row by row and in any order', async () => {
    const length = fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 60 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 3_000 }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(length, { minLength: 1, maxLength: 6 }), async (lengths) => {
        const rows = lengths.map((numFrames, index) => rowOf(`t${index}x`, numFrames));
        const refs = refsOf(await writeShard(home.store, rows));
        const reader = openShardReader(home.store);
        for (const index of [...rows.keys()].reverse()) {
          const stored = await reader.readOne(refs[index]!);
          const { trackId, numFrames, values } = rows[index]!;
          expect(stored).toMatchObject({ trackId, numFrames, numMelBins: 128, isSynthetic: true });
          expect(Buffer.from(fromFloat16(stored.halves).buffer).equals(Buffer.from(values.buffer))).toBe(true);
        }
        await reader.close();
      }),
      { numRuns: 20 },
    );
  });

  test('holds whole previews', async () => {
    const rows = [rowOf('aa', 2_998), rowOf('bb', 2_968)];
    const refs = refsOf(await writeShard(home.store, rows));
    const reader = openShardReader(home.store);
    expect(fromFloat16((await reader.readOne(refs[1]!)).halves)).toEqual(rows[1]!.values);
    await reader.close();
  });

  test('is the same file for the same rows, named by its hash', async () => {
    const rows = [rowOf('aa'), rowOf('bb', 9)];
    const first = await writeShard(home.store, rows);
    const bytes = await readFile(home.store.pathOf(first.sha256));
    expect(sha256Hex(bytes)).toBe(first.sha256);
    expect(bytes.length).toBe(first.numBytes);
    expect(await writeShard(home.store, rows)).toEqual(first);
    expect((await writeShard(home.store, [...rows].reverse())).sha256).not.toBe(first.sha256);
    expect(await home.store.list()).toHaveLength(2);
  });

  test.each([
    ['no rows', []],
    ['a track twice', [rowOf('aa'), rowOf('aa')]],
    ['values that are no whole frames', [{ ...rowOf('aa'), numFrames: 4 }]],
    ['half a frame', [{ ...rowOf('aa', 1), numFrames: 0.5, values: new Float32Array(64) }]],
    ['no frames', [{ ...rowOf('aa', 1), numFrames: 0, values: new Float32Array(0) }]],
    ['a value that is not a number', [{ ...rowOf('aa', 1), values: new Float32Array(128).fill(Number.NaN) }]],
  ])('is refused with %s, and nothing is written', async (_what, rows) => {
    await expect(home.store.write(rows, SETTINGS)).rejects.toMatchObject({ type: 'InvalidInput' });
    expect(await home.store.list()).toEqual([]);
  });

  test('is refused without mel bins', async () => {
    const rows = [{ ...rowOf('aa', 1), values: new Float32Array(0) }];
    await expect(home.store.write(rows, { ...SETTINGS, numMelBins: 0 })).rejects.toMatchObject({
      type: 'InvalidInput',
    });
  });

  test('is a stream to whoever skips its magic', async () => {
    const { sha256 } = await writeShard(home.store, [rowOf('aa', 3), rowOf('bb', 7)]);
    const bytes = await readFile(home.store.pathOf(sha256));
    const stream = RecordBatchReader.from(bytes.subarray('ARROW1\0\0'.length)).open();
    expect(stream.isStream()).toBe(true);
    expect([...stream].map((batch): unknown => batch.getChild('num_frames')?.get(0))).toEqual([3, 7]);
  });

  test('is what pyarrow reads', { timeout: 300_000 }, async (context) => {
    const python = await pythonWith(['pyarrow==22.0.0', 'numpy==2.3.4']);
    if (python === null) return context.skip('no Python with pyarrow==22.0.0 can be had here');
    const row = rowOf('aa', 3);
    const { sha256 } = await writeShard(home.store, [row, rowOf('bb', 7)]);
    const script = `
import sys, pyarrow as pa
table = pa.ipc.open_file(sys.argv[1]).read_all()
print(table.schema.metadata[b"chartlife.feature_version"].decode())
print(*table.column_names)
print(table.equals(pa.ipc.open_stream(pa.OSFile(sys.argv[1]).read_buffer()[8:]).read_all()))
print(*table["num_frames"].to_pylist(), *table["track_id"].to_pylist())
print(*[float(x) for x in table["values"][0].values.flatten().to_numpy(zero_copy_only=False)])`;
    const { stdout, stderr } = spawnSync(python, ['-c', script, home.store.pathOf(sha256)], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const [version, columns, isStream, facts, values] = stdout.split('\n');
    expect(version).toBe(SETTINGS.featureVersion);
    expect(columns).toBe('track_id source is_synthetic audio_sha256 num_frames values');
    expect(isStream).toBe('True');
    expect(facts).toBe(`3 7 ${row.trackId} ${rowOf('bb').trackId}`);
    expect((values ?? '').split(' ').map(Number)).toEqual([...row.values]);
  });
});

describe('batches', () => {
  test('come in the order of the refs, over many shards, whatever their size', async () => {
    const shards: ShardRecord[] = [];
    for (let shard = 0; shard < 40; shard++) {
      shards.push(await writeShard(home.store, [rowOf(`s${shard}a`, 2), rowOf(`s${shard}b`, 3)]));
    }
    const refs = shards.flatMap(refsOf);
    const order = refs.map((_, index) => (index * 37) % refs.length);
    const trackIds = shards.flatMap(({ rows }) => rows.map(({ trackId }) => trackId));
    for (const batchSize of [1, 7, 200]) {
      const reader = openShardReader(home.store);
      const sizes: number[] = [];
      const seen: string[] = [];
      const asked = order.map((index) => refs[index]!);
      for await (const batch of reader.batches(asked, { batchSize })) {
        sizes.push(batch.length);
        seen.push(...batch.map(({ trackId }) => trackId));
      }
      await reader.close();
      expect(seen).toEqual(order.map((index) => trackIds[index]));
      expect(sizes.slice(0, -1).every((size) => size === batchSize)).toBe(true);
    }
  });

  test('a missing shard is an error when its turn comes', async () => {
    const [ref] = refsOf(await writeShard(home.store, [rowOf('aa')]));
    const reader = openShardReader(home.store);
    const batches = reader.batches([ref!, { shardSha256: '0'.repeat(64), rowInShard: 0 }], { batchSize: 1 });
    expect((await batches.next()).done).toBe(false);
    await expect(batches.next()).rejects.toMatchObject({
      type: 'LakeUnusable',
      message: expect.stringContaining('missing'),
    });
    await reader.close();
  });

  test.each([
    [{ batchSize: 0 }],
    [{ batchSize: 1.5 }],
    [{ batchSize: 2, numAhead: -1 }],
    [{ batchSize: 2, numAhead: Number.NaN }],
  ])('of %j are refused', async (options) => {
    const reader = openShardReader(home.store);
    await expect(reader.batches([], options).next()).rejects.toMatchObject({ type: 'InvalidInput' });
    await reader.close();
  });

  test('are read ahead as far as was said, and no further', async () => {
    const words = Array.from({ length: 30 }, (_, index) => `a${index}x`);
    const refs = refsOf(
      await writeShard(
        home.store,
        words.map((word) => rowOf(word, 1)),
      ),
    );
    let numAsked = 0;
    const reader = openShardReader({
      pathOf: (sha256) => {
        numAsked++;
        return home.store.pathOf(sha256);
      },
    });
    let numGiven = 0;
    for await (const batch of reader.batches(refs, { batchSize: 4, numAhead: 3 })) {
      numGiven += batch.length;
      expect(numAsked).toBe(Math.min(refs.length, numGiven + 4 + 3));
    }
    expect(numGiven).toBe(30);
    await reader.close();
  });

  test('of many shards hold few files open', async (context) => {
    const numOpen = async (): Promise<number> => (await readdir('/proc/self/fd')).length;
    const before = await numOpen().catch(() => null);
    if (before === null) return context.skip('no /proc here to count open files in');
    const refs: SpectrogramRef[] = [];
    for (let shard = 0; shard < 60; shard++)
      refs.push(...refsOf(await writeShard(home.store, [rowOf(`s${shard}a`, 1)])));
    const reader = openShardReader(home.store);
    let most = 0;
    for await (const _batch of reader.batches(refs, { batchSize: 1 }))
      most = Math.max(most, (await numOpen()) - before);
    await reader.close();
    expect(most).toBeGreaterThan(16);
    expect(most).toBeLessThan(40);
    expect(await numOpen()).toBe(before);
  });

  test('leave no file open', async () => {
    const refs = refsOf(await writeShard(home.store, [rowOf('aa'), rowOf('bb')]));
    const before = (await readdir('/proc/self/fd').catch(() => [])).length;
    const reader = openShardReader(home.store);
    for await (const _batch of reader.batches(refs, { batchSize: 1 })) break;
    await reader.close();
    expect((await readdir('/proc/self/fd').catch(() => [])).length).toBe(before);
  });
});

describe('damage', () => {
  const numFrames = 4;
  let shard: ShardRecord;
  let whole: Buffer;
  beforeEach(async () => {
    shard = await writeShard(home.store, [rowOf('aa', numFrames), rowOf('bb', numFrames)]);
    whole = await readFile(home.store.pathOf(shard.sha256));
  });

  /** What the lake says, but for the second row. */
  const withRow = (said: ShardRecord, change: Partial<ShardRecord['rows'][number]>): ShardRecord => ({
    ...said,
    rows: [said.rows[0]!, { ...said.rows[1]!, ...change }],
  });

  /** Right values or a typed error: never wrong values, never another error. */
  async function readAll(): Promise<'right' | 'refused'> {
    const reader = openShardReader(home.store);
    try {
      for (const [index, word] of ['aa', 'bb'].entries()) {
        const stored = await reader.readOne(refsOf(shard)[index]!);
        expect(fromFloat16(stored.halves)).toEqual(rowOf(word, numFrames).values);
      }
      return 'right';
    } catch (error) {
      if (!isChartlifeError(error, 'LakeUnusable')) throw error;
      expect(error.message).toContain(shard.sha256);
      return 'refused';
    } finally {
      await reader.close();
    }
  }

  test('whole: whole', async () => {
    expect(await verifyShard(home.store, shard)).toEqual({ state: 'whole' });
    expect(await readAll()).toBe('right');
  });

  test('cut at any length: found, and never read', async () => {
    const lengths = [
      0,
      1,
      7,
      8,
      64,
      ...Array.from({ length: 30 }, (_, i) => Math.floor((whole.length * i) / 30)),
      whole.length - 1,
    ];
    for (const length of lengths) {
      await writeFile(home.store.pathOf(shard.sha256), whole);
      await truncate(home.store.pathOf(shard.sha256), length);
      expect((await verifyShard(home.store, shard)).state, `${length} bytes`).toBe('damaged');
      expect(await readAll(), `${length} bytes`).toBe('refused');
    }
  });

  test('one bit flipped anywhere: found; where it is read, it is refused', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: whole.length - 1 }),
        fc.integer({ min: 0, max: 7 }),
        async (at, bit) => {
          const damaged = Buffer.from(whole);
          damaged[at]! ^= 1 << bit;
          await writeFile(home.store.pathOf(shard.sha256), damaged);
          expect((await verifyShard(home.store, shard)).state).toBe('damaged');
          await readAll();
        },
      ),
      { numRuns: 150 },
    );
  });

  test('missing: said so', async () => {
    await home.store.setAside(shard.sha256);
    expect((await verifyShard(home.store, shard)).state).toBe('missing');
    expect(await readAll()).toBe('refused');
    expect((await home.store.list()).map(({ sha256 }) => sha256)).toEqual([null]);
  });

  test('whole, but not what the lake says', async () => {
    const [first, second] = shard.rows;
    const swapped = { ...shard, rows: [{ ...first!, trackId: second!.trackId }, second!] };
    expect(await verifyShard(home.store, swapped)).toMatchObject({
      state: 'damaged',
      why: expect.stringContaining('row 0'),
    });
  });

  test.each<[string, (shard: ShardRecord) => ShardRecord]>([
    ['feature version', (said) => ({ ...said, featureVersion: 'f'.repeat(64) })],
    ['feature settings', (said) => ({ ...said, featureSettingsJson: '{}' })],
    ['rows', (said) => ({ ...said, numRows: 3 })],
    ['row 1: it is from', (said) => withRow(said, { source: 'spotify' })],
    ['row 1: that it is synthetic', (said) => withRow(said, { isSynthetic: false })],
    ['row 1: it was made of the audio', (said) => withRow(said, { audioSha256: 'a'.repeat(64) })],
    ['row 1: its frames', (said) => withRow(said, { numFrames: 1 })],
    ['row 1: its values', (said) => withRow(said, { valuesSha256: 'a'.repeat(64) })],
    ['row 0: the values of a frame', (said) => ({ ...said, numMelBins: 64 })],
  ])('the lake says otherwise of its %s', async (why, change) => {
    expect(await verifyShard(home.store, change(shard))).toMatchObject({
      state: 'damaged',
      why: expect.stringContaining(why),
    });
  });

  test('with a row that the lake no longer refers to', async () => {
    expect(await verifyShard(home.store, { ...shard, rows: shard.rows.slice(1) })).toEqual({ state: 'whole' });
  });

  test('a folder or a link in a circle in its place: said so, put aside, and written again', async () => {
    const place = home.store.pathOf(shard.sha256);
    const write = () => writeShard(home.store, [rowOf('aa', numFrames), rowOf('bb', numFrames)]);
    const obstacles = [
      () => mkdir(path.join(place, 'inside'), { recursive: true }),
      () => symlink(path.basename(place), place),
    ];
    for (const put of obstacles) {
      await rm(place, { recursive: true, force: true });
      await put();
      expect((await verifyShard(home.store, shard)).state).toBe('damaged');
      await home.store.list();
      expect(await readAll()).toBe('refused');
      await home.store.setAside(shard.sha256);
      await write();
      expect(await verifyShard(home.store, shard)).toEqual({ state: 'whole' });
      await rm(`${place}.damaged`, { recursive: true, force: true });
    }
    await rm(place);
    await mkdir(path.join(place, 'inside'), { recursive: true });
    await expect(write()).rejects.toMatchObject({ type: 'LakeUnusable', message: expect.stringContaining(place) });
    await rm(path.dirname(place), { recursive: true });
    await writeFile(path.dirname(place), 'a file where a folder belongs');
    await expect(write()).rejects.toMatchObject({ type: 'LakeUnusable' });
    await expect(home.store.stat(shard.sha256)).rejects.toMatchObject({ type: 'LakeUnusable' });
  });

  test('another file under its name', async () => {
    await writeFile(home.store.pathOf(shard.sha256), 'not a shard at all, but long enough to look at twice');
    expect(await readAll()).toBe('refused');
  });

  test('written again, it is whole again', async () => {
    await truncate(home.store.pathOf(shard.sha256), 100);
    await writeShard(home.store, [rowOf('aa', numFrames), rowOf('bb', numFrames)]);
    expect(await verifyShard(home.store, shard)).toEqual({ state: 'whole' });
  });
});

test('killed while it writes, a process leaves whole shards or none', { timeout: 60_000 }, async () => {
  const child = await buildChild(path.join(import.meta.dirname, '..', 'children', 'writeShards.ts'));
  for (const afterMs of [5, 20, 45, 80]) {
    const writer = startChild(child, [home.dir]);
    await writer.printed(1);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    writer.process.kill('SIGKILL');
    await writer.ended;
  }
  const files = await home.store.list();
  expect(files.length).toBeGreaterThan(0);
  for (const { path: filePath, sha256 } of files) {
    if (sha256 !== null) expect(sha256Hex(await readFile(filePath))).toBe(sha256);
    else expect(filePath).toMatch(/\.tmp$/);
  }
});

test('two processes that write the same shards at once leave each once, whole', { timeout: 60_000 }, async () => {
  const child = await buildChild(path.join(import.meta.dirname, '..', 'children', 'writeShards.ts'));
  const writers = [startChild(child, [home.dir, 'same']), startChild(child, [home.dir, 'same'])];
  await Promise.all(writers.map((writer) => writer.printed(6)));
  for (const writer of writers) writer.process.kill('SIGKILL');
  await Promise.all(writers.map(({ ended }) => ended));
  const numWritten = Math.min(...writers.map(({ lines }) => lines.length));
  const [first = [], second = []] = writers.map(({ lines }) => lines.slice(0, numWritten));
  expect(second).toEqual(first);
  for (const sha256 of first) expect(sha256Hex(await readFile(home.store.pathOf(sha256)))).toBe(sha256);
});
