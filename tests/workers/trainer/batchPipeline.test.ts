/** Batches from real shards: what is in them, in which order, by however many threads; and what goes wrong. */
import { rm } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_AUGMENT_SETTINGS } from '../../../audio/augment/augment.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import { openShardReader, type ShardReader } from '../../../data/shards/shardReader.ts';
import { epochOrder } from '../../../models/training/order.ts';
import {
  assembleBatch,
  type Batch,
  type BatchSettings,
  numEvaluationSteps,
} from '../../../workers/trainer/assembleBatch.ts';
import { openBatchPipeline } from '../../../workers/trainer/batchPipeline.ts';
import { type ExampleTable, rowStartsOf, sharedColumn, trackOfRow } from '../../../workers/trainer/exampleTable.ts';
import { type BuiltWorker, buildWorker } from '../../audio/buildWorker.ts';
import { makeStore, rowOf, type StoreHome, writeShard } from '../../data/shards/shardFixture.ts';

const US = parseRegion('us');
const JP = parseRegion('jp');
const TW = parseRegion('tw');
const NUM_TRACKS = 7;

let home: StoreHome;
let reader: ShardReader;
let thread: BuiltWorker;
let table: ExampleTable;

/** Track t charted in the US, every second one in Japan too; a row's only value is its own number. */
beforeAll(async () => {
  home = await makeStore();
  thread = await buildWorker('workers/trainer/batchThread.ts');
  reader = openShardReader(home.store);
  const rows = Array.from({ length: NUM_TRACKS }, (_, track) => rowOf(`track${track}`, 20 + track));
  const { sha256, rows: written } = await writeShard(home.store, rows);
  const regions = rows.map((_, track) => (track % 2 === 0 ? [US, JP] : [US]));
  const rowStarts = rowStartsOf(regions.map((own) => own.length));
  table = {
    spectrograms: written.map(({ rowInShard, valuesSha256 }) => ({ shardSha256: sha256, rowInShard, valuesSha256 })),
    rowStarts,
    regions: regions.flat(),
    columns: {
      rowNumber: sharedColumn(
        1,
        regions.flat().map((_, row) => row),
      ),
      pair: sharedColumn(
        2,
        regions.flat().flatMap((_, row) => [row, -row]),
      ),
    },
  };
});
afterAll(async () => {
  await reader.close();
  await thread.remove();
  await home.remove();
});

function settingsOf(change: Partial<BatchSettings> = {}): BatchSettings {
  return {
    batchSize: 3,
    seed: 5,
    augment: { ...DEFAULT_AUGMENT_SETTINGS, numFrames: 16 },
    normalize: { mean: -4, scale: 9 },
    purpose: 'training',
    regions: { weights: { us: 4, jp: 2 }, otherWeight: 0 },
    ...change,
  };
}

async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const collected: Batch[] = [];
  for await (const batch of batches) collected.push(batch);
  return collected;
}

const open = (settings: BatchSettings, numThreads = 2) =>
  openBatchPipeline({ spectrogramsDir: home.dir, table, settings, numThreads, threadPath: thread.workerPath });

describe('a batch', () => {
  test('is a pure function of the step: threads, their number and where one begins change nothing', async () => {
    const settings = settingsOf();
    const expected: Batch[] = [];
    for (let step = 0; step < 9; step++) expected.push(await assembleBatch(table, reader, settings, step));
    for (const numThreads of [1, 2, 3]) {
      const pipeline = open(settings, numThreads);
      try {
        expect(await collect(pipeline.batches(0, 9))).toEqual(expected);
        expect(await collect(pipeline.batches(4, 6))).toEqual(expected.slice(4, 6));
      } finally {
        await pipeline.close();
      }
    }
  });

  test('holds the columns of its rows and has the size that was asked for', async () => {
    const batch = await assembleBatch(table, reader, settingsOf(), 2);
    expect([...(batch.columns.rowNumber as Float32Array)]).toEqual([...batch.rows]);
    expect([...(batch.columns.pair as Float32Array)]).toEqual([...batch.rows].flatMap((row) => [row, -row]));
    expect(batch.spectrogram_BFM).toHaveLength(3 * 16 * 128);
    expect([...batch.weight_B]).toEqual([1, 1, 1]);
  });

  test('in training takes every track once an epoch, in a region where it charted, by the weights', async () => {
    const counts = { us: 0, jp: 0 };
    for (let epoch = 0; epoch < 120; epoch++) {
      const tracks: number[] = [];
      for (let step = epoch * NUM_TRACKS; step < (epoch + 1) * NUM_TRACKS; step++) {
        const { rows } = await assembleBatch(table, reader, settingsOf({ batchSize: 1 }), step);
        const row = rows[0] as number;
        tracks.push(trackOfRow(table, row));
        if (tracks.at(-1) === 0) counts[table.regions[row] as 'us' | 'jp'] += 1;
      }
      expect(tracks.toSorted()).toEqual([...Array(NUM_TRACKS).keys()]);
      expect(tracks).toEqual([...epochOrder(NUM_TRACKS, 5, epoch)]);
    }
    // 4 to 2; six standard deviations of 120 draws are 0.26.
    expect(Math.abs(counts.us / 120 - 2 / 3)).toBeLessThan(0.26);
    expect(counts.jp).toBeGreaterThan(0);
  });

  test('in evaluation takes every row once, without augmentation; what fills the last weighs nothing', async () => {
    const settings = settingsOf({ purpose: 'evaluation' });
    const numSteps = numEvaluationSteps(table, settings.batchSize);
    const pipeline = open(settings);
    const batches = await collect(pipeline.batches(0, numSteps));
    await pipeline.close();
    const rows = batches.flatMap((batch) => [...batch.rows].filter((_, place) => batch.weight_B[place] === 1));
    expect(rows).toEqual([...table.regions.keys()]);
    expect([...(batches.at(-1) as Batch).weight_B]).toEqual([1, 1, 0]);
    const { values } = rowOf('track0', 20);
    const normalized = [...values.subarray(0, 16 * 128)].map((value) => Math.fround((value + 4) / 9));
    expect([...(batches[0] as Batch).spectrogram_BFM.subarray(0, 16 * 128)]).toEqual(normalized);
  });

  test('of another seed is another', async () => {
    const batch = await assembleBatch(table, reader, settingsOf(), 0);
    const other = await assembleBatch(table, reader, settingsOf({ seed: 6 }), 0);
    expect(other.spectrogram_BFM).not.toEqual(batch.spectrogram_BFM);
  });
});

test('a row belongs to the track between whose starts it lies', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 20 }), (counts) => {
      const rowStarts = rowStartsOf(counts);
      const expected = counts.flatMap((count, track) => Array(count).fill(track));
      expect(expected.map((_, row) => trackOfRow({ rowStarts }, row))).toEqual(expected);
    }),
  );
});

describe('what goes wrong is told at the step that it concerns', () => {
  test('a shard that is gone', async () => {
    const own = await makeStore();
    const { sha256, rows } = await writeShard(own.store, [rowOf('a', 20), rowOf('b', 20)]);
    const spectrograms = rows.map(({ rowInShard }) => ({ shardSha256: sha256, rowInShard }));
    const twoTracks: ExampleTable = { spectrograms, rowStarts: [0, 1, 2], regions: [US, US], columns: {} };
    await rm(own.store.pathOf(sha256));
    const pipeline = openBatchPipeline({
      spectrogramsDir: own.dir,
      table: twoTracks,
      settings: settingsOf(),
      numThreads: 1,
      threadPath: thread.workerPath,
    });
    await expect(collect(pipeline.batches(0, 3))).rejects.toMatchObject({ type: 'LakeUnusable' });
    await pipeline.close();
    await own.remove();
  });

  test('a track without a region that has a weight', async () => {
    const settings = settingsOf({ regions: { weights: { [TW]: 1 }, otherWeight: 0 } });
    expect(() => open(settings, 1)).toThrow(/charted only in/);
    await expect(assembleBatch(table, reader, settings, 0)).rejects.toThrow(/charted only in/);
  });

  test.each([
    ['no examples in a batch', { batchSize: 0 }, /a batch of 0 examples/],
    ['half an example', { batchSize: 1.5 }, /a batch of 1.5 examples/],
    ['a scale of 0', { normalize: { mean: 0, scale: 0 } }, /of scale 0/],
    ['a mask wider than all', { augment: { ...settingsOf().augment, maxFrameMaskShare: 2 } }, /maxFrameMaskShare 2/],
    ['no frames', { augment: { ...settingsOf().augment, numFrames: 0 } }, /0 frames/],
    ['a mean that is none', { normalize: { mean: Number.NaN, scale: 1 } }, /of mean NaN/],
  ])('%s, before anything is read', (_, settings, message) => {
    expect(() => open(settingsOf(settings), 1)).toThrow(message);
  });

  test('no thread, and no track', () => {
    expect(() => open(settingsOf(), 0)).toThrow(/0 threads/);
    const none = { spectrograms: [], rowStarts: [0], regions: [], columns: {} };
    const options = { spectrogramsDir: home.dir, settings: settingsOf(), numThreads: 1, threadPath: thread.workerPath };
    expect(() => openBatchPipeline({ ...options, table: none })).toThrow(/no tracks/);
  });

  test('a pipeline that was closed', async () => {
    const pipeline = open(settingsOf(), 1);
    await pipeline.close();
    await expect(collect(pipeline.batches(0, 1))).rejects.toThrow(/the pipeline is closed/);
  });

  test('a thread that is not built', () => {
    const options = { spectrogramsDir: home.dir, table, settings: settingsOf(), numThreads: 1 };
    expect(() => openBatchPipeline({ ...options, threadPath: '/nowhere.js' })).toThrow(/not built/);
  });
});
