/**
 * The share of training time that is spent waiting for a batch: real shards of made-up spectrograms, augmented and
 * assembled by one thread while compiled steps of AST nano (1,024 frames) and of the original's MP2 (2,800) train on two.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ones, type Rank, tensor2d, tensor3d } from '@tensorflow/tfjs-core';
import { DEFAULT_AUGMENT_SETTINGS } from '../audio/augment/augment.ts';
import { parseTrackId } from '../contracts/ids.ts';
import { parseRegion } from '../contracts/regions.ts';
import { openShardStore } from '../data/shards/shardStore.ts';
import { AST_PRESETS } from '../models/ast/presets.ts';
import { loadTensorflow } from '../models/backend/loadTensorflow.ts';
import { mp2Task } from '../models/mp2/mp2.ts';
import { astEncoder } from '../models/mp2/soundEncoder.ts';
import { sha256Hex } from '../runtime/files.ts';
import { nativeCacheAt, nativeCacheRoot } from '../runtime/nativeParts.ts';
import { openBatchPipeline } from '../workers/trainer/batchPipeline.ts';
import { type ExampleTable, rowStartsOf, sharedColumn } from '../workers/trainer/exampleTable.ts';
import { trainingStepOf } from './lib/trainingStep.ts';

const NUM_TRACKS = 64;
const NUM_MEL_BINS = 128;
const CASES = [
  { name: 'nano', config: AST_PRESETS.nano, batchSize: 16, numSteps: 60 },
  { name: 'mp2 (2,800 frames)', config: AST_PRESETS.tiny, batchSize: 4, numSteps: 12 },
];

async function writeExamples(folder: string): Promise<ExampleTable> {
  const store = openShardStore(folder);
  const rows = Array.from({ length: NUM_TRACKS }, (_, track) => ({
    trackId: parseTrackId(sha256Hex(`bench ${track}`).slice(0, 22)),
    source: 'replica' as const,
    isSynthetic: true,
    audioSha256: sha256Hex(`audio ${track}`),
    numFrames: 2_998,
    values: Float32Array.from(
      { length: 2_998 * NUM_MEL_BINS },
      (_, cell) => ((cell * 7_919 + track) % 4_096) / 256 - 12,
    ),
  }));
  const written = await store.write(rows, {
    featureVersion: sha256Hex('bench'),
    featureSettingsJson: '{}',
    numMelBins: NUM_MEL_BINS,
  });
  return {
    spectrograms: written.rows.map(({ rowInShard }) => ({ shardSha256: written.sha256, rowInShard })),
    rowStarts: rowStartsOf(Array(NUM_TRACKS).fill(1)),
    regions: Array(NUM_TRACKS).fill(parseRegion('us')),
    columns: { targets: sharedColumn(2, Array(2 * NUM_TRACKS).fill(0.5)) },
  };
}

loadTensorflow({
  cache: nativeCacheAt(nativeCacheRoot(process.env)),
  variant: 'cpu',
  numThreads: 2,
  environment: process.env,
});
const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-bench-'));
try {
  const table = await writeExamples(folder);
  for (const { name, config, batchSize, numSteps } of CASES) {
    const step = trainingStepOf(mp2Task({ encoder: astEncoder(config), dropoutRate: 0, dropPathRate: 0 }));
    const pipeline = openBatchPipeline({
      spectrogramsDir: folder,
      table,
      numThreads: 1,
      settings: {
        batchSize,
        seed: 1,
        augment: { ...DEFAULT_AUGMENT_SETTINGS, numFrames: config.numFrames },
        normalize: { mean: -4.27, scale: 9.14 },
        purpose: 'training',
        regions: { weights: {}, otherWeight: 1 },
      },
    });
    let startMs = 0;
    for await (const { step: index, spectrogram_BFM, columns } of pipeline.batches(0, numSteps + 1)) {
      // The first step makes the graph.
      if (index === 1) startMs = performance.now();
      const batch = {
        x_BTF: tensor3d(spectrogram_BFM, [batchSize, config.numFrames, NUM_MEL_BINS]),
        targets_B2: tensor2d(columns.targets as Float32Array, [batchSize, 2]),
        weights_B2: ones<Rank.R2>([batchSize, 2]),
      };
      step(batch);
      for (const tensor of Object.values(batch)) tensor.dispose();
    }
    const totalMs = performance.now() - startMs;
    const share = (100 * pipeline.waitedMs) / totalMs;
    console.log(
      `${name.padEnd(20)} ${(totalMs / numSteps).toFixed(0).padStart(6)} ms a step of ${batchSize}; waiting ${share.toFixed(2)} % of the time (${numSteps} steps)`,
    );
    await pipeline.close();
  }
  console.log(
    `one thread for batches, two for TensorFlow; load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} processors`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
