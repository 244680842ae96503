/**
 * Spectrograms read one by one in shuffled order, as training does, beside pyarrow on the same files (memory-mapped, then
 * copied out); and what writing costs. The files are in the system's cache for both.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fromFloat16, toFloat16 } from '../data/shards/float16.ts';
import { openShardReader, type SpectrogramRef } from '../data/shards/shardReader.ts';
import { openShardStore } from '../data/shards/shardStore.ts';
import { Draws } from '../runtime/philox.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { rowOf, SETTINGS } from '../tests/data/shards/shardFixture.ts';
import { PythonPeer, pythonWith } from './lib/python.ts';
import { type Contestant, inTurn, medianMs, ours, ratios, type Seconds } from './lib/rounds.ts';
import { formatSpread, median } from './lib/spread.ts';

const NUM_SHARDS = 12;
const ROWS_PER_SHARD = 16;
const NUM_FRAMES = 2_998;
const NUM_ROUNDS = 15;
const BATCH_SIZE = 8;
const OURS = 'chartlife, batches of 8';
const NUM_ROWS = NUM_SHARDS * ROWS_PER_SHARD;
const MEGABYTES = (NUM_ROWS * NUM_FRAMES * SETTINGS.numMelBins * 2) / 1e6;

function shuffled(refs: readonly SpectrogramRef[]): SpectrogramRef[] {
  const draws = new Draws(1, 0, 0);
  return refs
    .map((ref) => ({ ref, key: draws.unit() }))
    .sort((a, b) => a.key - b.key)
    .map(({ ref }) => ref);
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-bench-'));
try {
  const store = openShardStore(folder);
  const refs: SpectrogramRef[] = [];
  const files: string[] = [];
  const writeMs: number[] = [];
  for (let shard = 0; shard < NUM_SHARDS; shard++) {
    const rows = Array.from({ length: ROWS_PER_SHARD }, (_, row) => rowOf(`s${shard}x${row}x`, NUM_FRAMES));
    const startMs = performance.now();
    const written = await store.write(rows, SETTINGS);
    writeMs.push(performance.now() - startMs);
    files.push(store.pathOf(written.sha256));
    for (const { rowInShard } of written.rows) refs.push({ shardSha256: written.sha256, rowInShard });
  }
  console.log(`write a shard of ${ROWS_PER_SHARD}, hashed and synced: ${formatSpread(writeMs, 0)} ms`);

  const startMs = performance.now();
  const reader = openShardReader(store);
  const read = async (): Promise<number> => {
    let sum = 0;
    for await (const batch of reader.batches(shuffled(refs), { batchSize: BATCH_SIZE })) {
      for (const { halves } of batch) sum += halves[halves.length - 1]!;
    }
    return sum;
  };
  await read();
  const firstMs = performance.now() - startMs;
  const contestants: Record<string, Contestant> = { [OURS]: ours(read) };
  const python = await pythonWith(['pyarrow==22.0.0', 'numpy==2.3.4']);
  const peer = python === null ? null : new PythonPeer(python, path.join(PROJECT_ROOT, 'bench', 'shards_pyarrow.py'));
  if (peer !== null) {
    await peer.ask(`open ${files.join(' ')}`);
    contestants['pyarrow 22.0.0'] = async (numTimes) => {
      const [wall = Number.NaN, cpu = Number.NaN] = (await peer.ask(`time ${numTimes}`)).split(' ').map(Number);
      return { wall, cpu };
    };
  }
  const rounds = await inTurn(contestants, NUM_ROUNDS, 1);
  const own = rounds.get(OURS) ?? [];
  console.log(`${NUM_ROWS} spectrograms, ${MEGABYTES.toFixed(0)} MB; load ${os.loadavg()[0]?.toFixed(1)}`);
  console.log(
    `the first time, each shard compared with its name: ${(NUM_ROWS / (firstMs / 1_000)).toFixed(0)} a second`,
  );
  for (const [name, seconds] of rounds) {
    const perSecond = seconds.map(({ wall }: Seconds) => NUM_ROWS / wall);
    const rate = `${formatSpread(perSecond, 0)} a second, ${(MEGABYTES / median(seconds.map(({ wall }) => wall))).toFixed(0)} MB/s`;
    const ratio = formatSpread(ratios(own, seconds, 'wall'), 2);
    console.log(`${name.padEnd(26)}${medianMs(seconds, 'wall').padStart(8)} ms   ${rate}   ours / this: ${ratio}`);
  }
  const values = rowOf('one', NUM_FRAMES).values;
  const halves = toFloat16(values);
  const conversions = await inTurn(
    { 'float32 to float16': ours(() => toFloat16(values)), 'float16 to float32': ours(() => fromFloat16(halves)) },
    NUM_ROUNDS,
    20,
  );
  for (const [name, seconds] of conversions) console.log(`${name}: ${medianMs(seconds, 'wall')} ms a spectrogram`);
  console.log(`medians of ${NUM_ROUNDS} rounds in turn, quartiles in brackets`);
  await reader.close();
  peer?.close();
} finally {
  await rm(folder, { recursive: true });
}
