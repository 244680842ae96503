/**
 * Does MP3 forecast from sound? Popularity is planted: invented from tempo and energy of the sample's tracks, which the
 * replica's synthetic sound is made of. A run of the product itself, freeze to decision, then forecasts later debuts beside
 * the baselines; and once more with the sounds shuffled between tracks, all else equal.
 *
 * `planted [--tracks N] [--seed N] [--set path=value]... [--keep FOLDER]`
 */
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { StageHooks } from '../activities/train.ts';
import { describeFeatures, featureSettings } from '../audio/features.ts';
import { parseDate } from '../contracts/dates.ts';
import { parseTrackId } from '../contracts/ids.ts';
import { newestDataSnapshot } from '../data/lake/newestDataSnapshot.ts';
import { openLake } from '../data/lake/openLake.ts';
import { fromFloat16 } from '../data/shards/float16.ts';
import { openShardStore } from '../data/shards/shardStore.ts';
import { withChanges } from '../models/recipes/changes.ts';
import { checkRecipe } from '../models/recipes/checkRecipe.ts';
import { RECIPES } from '../models/recipes/presets.ts';
import { sha256Hex } from '../runtime/files.ts';
import { type Home, homeAt } from '../runtime/home.ts';
import { SILENT_LOGGER } from '../runtime/log.ts';
import { nativeCacheAt, nativeCacheRoot } from '../runtime/nativeParts.ts';
import { Draws } from '../runtime/philox.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { runVersions } from '../runtime/versions.ts';
import type { HeardTrack } from '../tests/models/learning/hearTracks.ts';
import type { Evaluation } from '../workers/trainer/evaluation.ts';
import { type RunRecord, runFolderIn, runIdOf } from '../workers/trainer/runFolder.ts';
import { createRuns } from '../workers/trainer/runs.ts';
import { keptSounds } from './lib/learnSounds.ts';
import { plant, plantedCharts } from './lib/plant.ts';

const NUM_MEL_BINS = 32;
const NUM_THREADS = 2;
const TRACKS_PER_SHARD = 16;
/** No chart is of a later day. */
const ASKED_ON = parseDate('2029-01-01');
const SHUFFLE_PURPOSE = 2_003;
const PLANT = { debutsPerWeek: 2, weeksAfter: 30 } as const;
/** nano hears 32 mel bins here, a quarter of the tokens, and has the steps to hear a tempo. Chosen by the validation part. */
const CHANGES = [
  'trajectories=weekly',
  `encoder.numMelBins=${NUM_MEL_BINS}`,
  'mp2.numSteps=1000',
  'mp3.numSteps=600',
] as const;

const { values: given } = parseArgs({
  args: process.argv.slice(2),
  options: {
    tracks: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    set: { type: 'string', multiple: true, default: [] },
    keep: { type: 'string' },
  },
});
const seed = Number(given.seed);
const changes = [...CHANGES, ...given.set];
const recipe = withChanges(RECIPES.nano, changes);
checkRecipe(recipe);
const nativeCache = nativeCacheAt(nativeCacheRoot(process.env));
const feature = describeFeatures(featureSettings({ ...recipe.features, numMelBins: NUM_MEL_BINS }));

const locationOf = (home: Home) => ({
  catalogPath: home.catalogPath,
  dataDir: home.lakeDataDir,
  extensionsDir: nativeCache.duckdbExtensionsDir,
});

/** Charts alone. */
async function writeCharts(home: Home, tracks: readonly HeardTrack[]): Promise<void> {
  const settings = { ...PLANT, seed };
  const charts = plantedCharts(plant(tracks, settings), settings);
  const lake = await openLake(locationOf(home), { mode: 'write' });
  for (const page of charts) {
    await lake.commitChart(page, {
      url: `http://localhost/planted/synthetic/${page.chartDate}`,
      pageKind: page.kind,
      fetchedAt: `${page.chartDate}T12:00:00.000Z`,
      httpStatus: 200,
      etag: null,
      sha256: sha256Hex(JSON.stringify(page)),
      parserVersion: 'planted',
    });
  }
  await lake.close();
  const numRows = charts.reduce((sum, { rows }) => sum + rows.length, 0);
  console.log(`${charts.length} weekly charts of invented streams, ${numRows} rows`);
}

/** @param sourceOf whose sound a track gets, by place */
async function writeSounds(home: Home, tracks: readonly HeardTrack[], sourceOf: readonly number[]): Promise<void> {
  const lake = await openLake(locationOf(home), { mode: 'write' });
  const store = openShardStore(home.spectrogramsDir);
  for (let first = 0; first < tracks.length; first += TRACKS_PER_SHARD) {
    const rows = tracks.slice(first, first + TRACKS_PER_SHARD).map(({ trackId }, place) => {
      const { trackId: heard, sound } = tracks[sourceOf[first + place] as number] as HeardTrack;
      return {
        trackId: parseTrackId(trackId),
        source: 'replica' as const,
        isSynthetic: true,
        audioSha256: sha256Hex(`synthetic sound of ${heard}`),
        numFrames: sound.numFrames,
        values: Float32Array.from(fromFloat16(sound.halves)),
      };
    });
    const shard = await store.write(rows, {
      featureVersion: feature.version,
      featureSettingsJson: feature.settingsJson,
      numMelBins: feature.numMelBins,
    });
    const places = new Map(shard.rows.map((row) => [row.trackId, row]));
    await lake.commitSound(
      {
        askedOn: ASKED_ON,
        feature,
        shard: { sha256: shard.sha256, numBytes: shard.numBytes },
        spectrograms: rows.map(({ values: _, ...row }) => {
          const { rowInShard, valuesSha256 } = places.get(row.trackId) as (typeof shard.rows)[number];
          return { ...row, rowInShard, valuesSha256 };
        }),
        previews: [],
      },
      [],
    );
  }
  await lake.close();
}

/** The steps of the workflow `train`, one after the other, by the port that its activities call. */
async function train(home: Home): Promise<RunRecord> {
  const lake = await openLake(locationOf(home), { mode: 'write' });
  const snapshotId = newestDataSnapshot(await lake.snapshots());
  const versions = runVersions();
  const runId = runIdOf({ recipe, snapshotId, seed, versions });
  const runs = createRuns({
    home,
    nativeCache,
    variant: 'cpu',
    logger: SILENT_LOGGER,
    lake,
    openLakeAt: (snapshot) => openLake(locationOf(home), { mode: 'read', ...(snapshot === null ? {} : { snapshot }) }),
  });
  const hooks: StageHooks = { onBeat: () => undefined, signal: new AbortController().signal };
  const source = { kind: 'preset', name: 'nano', changes } as const;
  await runs.freeze({ runId, recipe: source, seed, snapshotId, versions, today: ASKED_ON });
  await runs.fit(runId);
  for (const stage of ['mp2', 'mp3'] as const) {
    const startMs = performance.now();
    await runs.train({ runId, stage }, hooks);
    await runs.evaluate({ runId, stage }, hooks);
    console.log(
      `  ${stage}: ${recipe[stage].numSteps} steps in ${((performance.now() - startMs) / 1_000).toFixed(0)} s`,
    );
  }
  await runs.decide(runId);
  await lake.close();
  return runFolderIn(home.runsDir, runId).require();
}

function report(what: string, { dataset, evaluations, decision }: RunRecord): void {
  const { training, validation, test } = dataset?.numTracks ?? { training: 0, validation: 0, test: 0 };
  console.log(`\n${what}: ${training} tracks to learn from, ${validation} to choose by, ${test} later debuts`);
  for (const evaluation of [...(evaluations?.mp2 ?? []), ...(evaluations?.mp3 ?? [])]) reportPart(evaluation);
  console.log(`  ${decision?.isPublished ? 'published' : 'not published'}: ${decision?.why}`);
}

function reportPart(evaluation: Evaluation): void {
  if (evaluation.stage === 'mp2') {
    const scores = evaluation.targets.map(({ target, r2 }) => `R² of ${target} ${r2?.toFixed(3) ?? '-'}`);
    console.log(`  MP2, ${evaluation.part} part: ${scores.join(', ')}`);
    return;
  }
  const { models, gain, part, numObserved, calibration } = evaluation;
  const known = models[0]?.errors.map(({ numWeeks }) => numWeeks > 0) ?? [];
  const line = (name: string, cells: readonly string[]): string =>
    `  ${name.padEnd(26)}${cells
      .filter((_, column) => known[column])
      .map((cell) => cell.padStart(8))
      .join('')}`;
  const told = numObserved === 0 ? 'the sound alone' : 'the first week';
  console.log(`  mean error of log10 streams, ${part} part, told ${told}, by weeks since the debut`);
  console.log(line('', models[0]?.errors.map(({ horizon }) => horizon) ?? []));
  for (const { model, errors } of models)
    console.log(
      line(
        model,
        errors.map(({ mae }) => mae?.toFixed(3) ?? '-'),
      ),
    );
  console.log(line('weeks', models[0]?.errors.map(({ numWeeks }) => String(numWeeks)) ?? []));
  const [all] = calibration ?? [];
  if (all?.coverage !== null && all?.coverage !== undefined)
    console.log(
      `  ${Math.round(100 * all.coverage)} % of the weeks on the chart are within the band; P(on chart) is off by ${all.brier?.toFixed(3)} (Brier), the training part's share by ${all.brierOfShare?.toFixed(3)}`,
    );
  if (gain === null) return;
  const { baseline, value, low, high, numTracks } = gain;
  console.log(
    `  gain over "${baseline}": ${value.toFixed(3)}, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)} (paired bootstrap over ${numTracks} tracks)`,
  );
}

function shuffledPlaces(count: number): number[] {
  const places = Array.from({ length: count }, (_, place) => place);
  const draws = new Draws(seed, 0, SHUFFLE_PURPOSE);
  for (let last = count - 1; last > 0; last--) {
    const other = draws.integer(0, last);
    [places[last], places[other]] = [places[other] as number, places[last] as number];
  }
  return places;
}

// The trainer is a process of its own, which runs from dist/.
execFileSync(process.execPath, [path.join(PROJECT_ROOT, 'setup', 'build.mjs')], { stdio: 'ignore' });
const tracks = await keptSounds(Number(given.tracks), { numMelBins: NUM_MEL_BINS, throughMp3: true }, NUM_THREADS);
console.log(`load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} processors; seed ${seed}`);
console.log(`synthetic sound and synthetic popularity of ${tracks.length} tracks; ${changes.join(', ')}`);
const root = given.keep ?? (await mkdtemp(path.join(os.tmpdir(), 'chartlife-planted-')));
try {
  const charts = homeAt(path.join(root, 'charts'));
  await writeCharts(charts, tracks);
  const inOrder = tracks.map((_, place) => place);
  for (const [what, sourceOf] of [
    ['true sound', inOrder],
    ['shuffled sound', shuffledPlaces(tracks.length)],
  ] as const) {
    const home = homeAt(path.join(root, what.split(' ')[0] as string));
    await cp(charts.root, home.root, { recursive: true });
    await writeSounds(home, tracks, sourceOf);
    report(what, await train(home));
  }
} finally {
  if (given.keep === undefined) await rm(root, { recursive: true, force: true });
}
console.log(`\nload ${os.loadavg()[0]?.toFixed(1)} at the end`);
