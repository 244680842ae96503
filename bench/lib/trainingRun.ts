/** A data set of made-up sounds of half a minute, frozen as a run's, and the same numbers as plain files for PyTorch. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Trajectory, WEEK_STATE } from '../../contracts/dataset.ts';
import { addDays, parseDate } from '../../contracts/dates.ts';
import { parseRegion } from '../../contracts/regions.ts';
import type { Dataset } from '../../data/dataset/dataset.ts';
import { decodeDataset, encodeDataset } from '../../data/dataset/datasetFile.ts';
import { toFloat16 } from '../../data/shards/float16.ts';
import { openShardReader } from '../../data/shards/shardReader.ts';
import { openShardStore } from '../../data/shards/shardStore.ts';
import { withChanges } from '../../models/recipes/changes.ts';
import { RECIPES } from '../../models/recipes/presets.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import { rowOf, SETTINGS, writeShard } from '../../tests/data/shards/shardFixture.ts';
import { assembleBatch, type Batch } from '../../workers/trainer/assembleBatch.ts';
import { takeLease } from '../../workers/trainer/lease.ts';
import { type Normalisers, regionsOf, trainingTable } from '../../workers/trainer/trainingTable.ts';
import type { StageJob } from '../../workers/trainer/trainStage.ts';

export const NUM_TRACKS = 64;
const ROWS_PER_SHARD = 16;
const NUM_FRAMES = 2_998;
const FIRST_DAY = parseDate('2026-01-05');
const NEVER = Number.MAX_SAFE_INTEGER;
/** Weeks on the chart: the rest is off it. */
const NUM_WEEKS_ON = 20;

const NORMALISERS: Normalisers = {
  sound: { mean: -4.27, scale: 9.14 },
  log10Streams: { mean: 5, scale: 1 },
  log10Sum: { mean: 6, scale: 1 },
  log10Debut: { mean: 5, scale: 1 },
};

export type LoopRecipe = 'nano' | 'ast-tiny';

/** The recipe with steps without end. */
export function endlessRecipe(name: LoopRecipe): Recipe {
  return withChanges(RECIPES[name], ['mp2.numSteps=100000000']);
}

/** Shards, `dataset.arrow`; for PyTorch `clips.f16` (tracks, frames, mel bins) and `targets.f32` (tracks, 2). */
export async function makeTrainingData(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-bench-'));
  const store = openShardStore(path.join(folder, 'spectrograms'));
  const tracks: Dataset['tracks'][number][] = [];
  const clips: Uint16Array[] = [];
  for (let first = 0; first < NUM_TRACKS; first += ROWS_PER_SHARD) {
    const rows = Array.from({ length: ROWS_PER_SHARD }, (_, row) => rowOf(`track${first + row}x`, NUM_FRAMES));
    const shard = await writeShard(store, rows);
    clips.push(...rows.map(({ values }) => toFloat16(values)));
    for (const [place, { trackId, rowInShard, valuesSha256 }] of shard.rows.entries()) {
      tracks.push({
        trackId,
        part: 'training',
        title: null,
        artists: [],
        featured: [],
        isSynthetic: true,
        shardSha256: shard.sha256,
        rowInShard,
        valuesSha256,
        trajectories: [trajectoryOf(first + place)],
      });
    }
  }
  const dataset: Dataset = {
    settings: {
      featureVersion: SETTINGS.featureVersion,
      trajectories: 'daily',
      numWeeks: RECIPES.nano.decoder.numWeeks,
      split: RECIPES.nano.split,
      regions: RECIPES.nano.regions,
      seed: 1,
    },
    snapshotId: 1,
    tracks,
    numLeftOut: { embargo: 0, group: 0, later: 0, region: 0 },
    coverage: {},
    knownBefore: { training: null, validation: null, test: null },
  };
  await writeFile(path.join(folder, 'dataset.arrow'), encodeDataset(dataset));
  await writeFile(path.join(folder, 'clips.f16'), Buffer.concat(clips.map(({ buffer }) => new Uint8Array(buffer))));
  await writeFile(
    path.join(folder, 'targets.f32'),
    new Uint8Array(tableOf(dataset).columns.targets!.values.slice().buffer),
  );
  return folder;
}

export function removeTrainingData(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}

/**
 * MP2's training on it, in a folder of its own.
 *
 * @param checkpointEverySteps null for none at all
 */
export async function trainingJob(
  folder: string,
  recipe: LoopRecipe,
  checkpointEverySteps: number | null,
): Promise<StageJob> {
  const runDir = path.join(folder, `${recipe}-${process.pid}`);
  await mkdir(runDir, { recursive: true });
  const datasetPath = path.join(folder, 'dataset.arrow');
  return {
    stage: 'mp2',
    recipe: endlessRecipe(recipe),
    seed: 1,
    table: tableOf(decodeDataset(await readFile(datasetPath), datasetPath)),
    normalisers: NORMALISERS,
    numRegions: 1,
    spectrogramsDir: path.join(folder, 'spectrograms'),
    runDir,
    facts: { run: 'of a bench' },
    lease: await takeLease(runDir),
    checkpointEverySteps: checkpointEverySteps ?? NEVER,
    checkpointEverySeconds: NEVER,
    numBatchThreads: 1,
    nameOfRow: String,
  };
}

/** Of the same training. */
export async function firstBatch(folder: string, recipe: LoopRecipe): Promise<Batch> {
  const { table, normalisers, spectrogramsDir, seed, ...job } = await trainingJob(folder, recipe, null);
  const { augment, mp2, regions } = job.recipe;
  const { batchSize } = mp2;
  const reader = openShardReader(openShardStore(spectrogramsDir));
  const settings = { batchSize, seed, augment, regions, normalize: normalisers.sound, purpose: 'training' } as const;
  try {
    return await assembleBatch(table, reader, settings, 0);
  } finally {
    await reader.close();
  }
}

function tableOf(dataset: Dataset) {
  const { sumWeeks } = RECIPES.nano;
  return trainingTable(dataset, 'training', NORMALISERS, { regions: regionsOf(dataset), sumWeeks, isPointHead: false });
}

function trajectoryOf(track: number): Trajectory {
  const numWeeks = RECIPES.nano.decoder.numWeeks;
  const states = Uint8Array.from({ length: numWeeks }, (_, week) =>
    week < NUM_WEEKS_ON ? WEEK_STATE.on : WEEK_STATE.off,
  );
  return {
    region: parseRegion('us'),
    debut: addDays(FIRST_DAY, track),
    states,
    log10Streams: Float32Array.from(states, (state) => (state === WEEK_STATE.on ? 4 + (track % 16) / 8 : 0)),
  };
}
