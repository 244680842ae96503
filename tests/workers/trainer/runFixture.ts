/** A small data set of made-up tracks, with spectrograms in shards, and jobs on it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { SPLIT_PARTS, type Trajectory, WEEK_STATE } from '../../../contracts/dataset.ts';
import { addDays, parseDate } from '../../../contracts/dates.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import type { Dataset, DatasetTrack } from '../../../data/dataset/dataset.ts';
import { encodeDataset } from '../../../data/dataset/datasetFile.ts';
import { openShardReader } from '../../../data/shards/shardReader.ts';
import { openShardStore } from '../../../data/shards/shardStore.ts';
import { RECIPES } from '../../../models/recipes/presets.ts';
import type { Recipe } from '../../../models/recipes/recipe.ts';
import { nativeCacheRoot } from '../../../runtime/nativeParts.ts';
import { Draws } from '../../../runtime/philox.ts';
import { fitNormalisers } from '../../../workers/trainer/fitNormalisers.ts';
import { takeLease } from '../../../workers/trainer/lease.ts';
import type { TrainerJob } from '../../../workers/trainer/trainerMessages.ts';
import { rowOf, writeShard } from '../../data/shards/shardFixture.ts';

const NUM_TRACKS = 30;
const NUM_WEEKS = 6;
const FIRST_DAY = parseDate('2026-01-05');
const TEST_PURPOSE = 1002;

const { nano } = RECIPES;
/** Everything that nano has, draws too, in milliseconds a step. */
export const SMALL_RECIPE: Recipe = {
  ...nano,
  sumWeeks: 4,
  encoder: { ...nano.encoder, numFrames: 48, hiddenSize: 16, numLayers: 2, mlpSize: 32 },
  decoder: { ...nano.decoder, numWeeks: NUM_WEEKS, hiddenSize: 16, numLayers: 1, mlpSize: 32 },
  augment: { ...nano.augment, numFrames: 48 },
  mp2: { ...nano.mp2, numSteps: 120, batchSize: 4, dropoutRate: 0.1, dropPathRate: 0.1 },
  mp3: { ...nano.mp3, numSteps: 120, batchSize: 4, dropoutRate: 0.1, dropPathRate: 0.1, numParts: 2 },
};

export interface RunFixture {
  readonly folder: string;
  readonly dataset: Dataset;
  /** A job in a folder of its own. */
  job(runName: string, changes?: Partial<TrainerJob>): Promise<{ readonly job: TrainerJob; readonly jobPath: string }>;
  remove(): Promise<void>;
}

export async function makeRunFixture(threadPath: string): Promise<RunFixture> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-run-'));
  const spectrogramsDir = path.join(folder, 'spectrograms');
  const store = openShardStore(spectrogramsDir);
  const shard = await writeShard(
    store,
    Array.from({ length: NUM_TRACKS }, (_, track) => rowOf(`track${track}x`, 60 + track)),
  );
  const tracks = shard.rows.map(
    ({ trackId, rowInShard, valuesSha256 }, place): DatasetTrack => ({
      trackId,
      part: SPLIT_PARTS[place < 20 ? 0 : place < 25 ? 1 : 2] as DatasetTrack['part'],
      title: `Song ${place}`,
      artists: [],
      featured: [],
      isSynthetic: true,
      shardSha256: shard.sha256,
      rowInShard,
      valuesSha256,
      trajectories: (place % 3 === 0 ? ['jp', 'us'] : ['us']).map((region, index) =>
        trajectoryOf(region, 2 * place + index),
      ),
    }),
  );
  const dataset: Dataset = {
    settings: {
      featureVersion: shard.featureVersion,
      trajectories: 'daily',
      numWeeks: NUM_WEEKS,
      split: SMALL_RECIPE.split,
      regions: SMALL_RECIPE.regions,
      seed: 1,
    },
    snapshotId: 3,
    tracks: tracks.sort((a, b) => (a.trackId < b.trackId ? -1 : 1)),
    numLeftOut: { embargo: 0, group: 0, later: 0, region: 0 },
    coverage: {},
    knownBefore: { training: null, validation: null, test: null },
  };
  const datasetPath = path.join(folder, 'dataset.arrow');
  await writeFile(datasetPath, encodeDataset(dataset));
  const reader = openShardReader(store);
  const normalisers = await fitNormalisers(dataset, SMALL_RECIPE.sumWeeks, reader);
  await reader.close();
  return {
    folder,
    dataset,
    async job(runName, changes = {}) {
      const runDir = path.join(folder, runName);
      await mkdir(runDir, { recursive: true });
      const job: TrainerJob = {
        task: 'train',
        stage: 'mp2',
        recipe: SMALL_RECIPE,
        seed: 5,
        datasetPath,
        normalisers,
        spectrogramsDir,
        runDir,
        facts: { run: 'of a test' },
        lease: await takeLease(runDir),
        checkpointEverySteps: 7,
        checkpointEverySeconds: 3_600,
        numThreads: 2,
        variant: 'cpu',
        nativeCacheRoot: nativeCacheRoot(process.env),
        threadPath,
        ...changes,
      };
      const jobPath = path.join(runDir, `${job.stage}.job.json`);
      await writeFile(jobPath, JSON.stringify(job));
      return { job, jobPath };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** On the chart for some weeks, off it, and the last not known. */
function trajectoryOf(region: string, index: number): Trajectory {
  const draws = new Draws(index, 0, TEST_PURPOSE);
  const numOn = draws.integer(1, 4);
  const states = Uint8Array.from({ length: NUM_WEEKS }, (_, week) => {
    if (week === NUM_WEEKS - 1) return WEEK_STATE.unseen;
    return week < numOn ? WEEK_STATE.on : WEEK_STATE.off;
  });
  return {
    region: parseRegion(region),
    debut: addDays(FIRST_DAY, index),
    states,
    log10Streams: Float32Array.from(states, (state) => (state === WEEK_STATE.on ? draws.between(4, 7) : 0)),
  };
}
