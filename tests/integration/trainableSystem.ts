/** A running system whose lake has what can be trained on, within seconds: charts by rule, sound made of numbers. */
import { describeFeatures, featureSettings } from '../../audio/features.ts';
import { parseDate } from '../../contracts/dates.ts';
import type { RunId, TrainInput } from '../../contracts/runs.ts';
import type { SweepChoice, SweepInput } from '../../contracts/sweeps.ts';
import { newestDataSnapshot } from '../../data/lake/newestDataSnapshot.ts';
import { openLake } from '../../data/lake/openLake.ts';
import type { Lake } from '../../data/lake/types.ts';
import { openShardStore } from '../../data/shards/shardStore.ts';
import { withChanges } from '../../models/recipes/changes.ts';
import { RECIPES } from '../../models/recipes/presets.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import { sha256Hex } from '../../runtime/files.ts';
import type { Home } from '../../runtime/home.ts';
import { runVersions } from '../../runtime/versions.ts';
import { runIdOf } from '../../workers/trainer/runFolder.ts';
import { sweepIdOf, sweepRunIds } from '../../workers/trainer/sweepPlan.ts';
import { commitChartedTracks, FIRST_DAY, TRACK_WORDS } from '../data/dataset/chartedTracks.ts';
import { EXTENSIONS_DIR } from '../data/lakeFixture.ts';
import { rowOf } from '../data/shards/shardFixture.ts';
import { type LiveSystem, makeHome, startLiveSystem, withLakeOf } from './liveSystem.ts';
import { dailyCharts, syntheticHistories } from './replicaCharts.ts';

export const NUM_STEPS = 150;
/** Where every track charts. */
export const REGIONS = ['jp', 'us'] as const;
/** Milliseconds a step. */
export const SMALL_CHANGES: readonly string[] = [
  ...['mp2', 'mp3'].flatMap((stage) => [`${stage}.numSteps=${NUM_STEPS}`, `${stage}.batchSize=4`]),
  ...['numFrames=64', 'hiddenSize=16', 'numLayers=1', 'mlpSize=32'].map((size) => `encoder.${size}`),
  ...['numWeeks=8', 'hiddenSize=16', 'numLayers=1', 'mlpSize=32'].map((size) => `decoder.${size}`),
  ...[
    'augment.numFrames=64',
    'sumWeeks=3',
    'split.embargoDays=0',
    'split.validationShare=0.25',
    'split.testShare=0.25',
  ],
];
export const SMALL_RECIPE: Recipe = withChanges(RECIPES.nano, SMALL_CHANGES);

export async function startTrainableSystem(): Promise<LiveSystem> {
  const home = await makeHome();
  await fillLake(home);
  return startSystemOn(home);
}

/** A system on a home whose lake is there. */
export function startSystemOn(home: Home): Promise<LiveSystem> {
  const histories = syntheticHistories(['us'], '2026-03-16', 2, 5);
  return startLiveSystem({ home, histories, charts: dailyCharts(['us']) });
}

/** Charts and spectrograms, as a refresh would have left them. */
export async function fillLake(home: Home): Promise<void> {
  const lake = await openToWrite(home);
  for (const region of REGIONS) await commitChartedTracks(lake, region);
  const feature = describeFeatures(featureSettings({ window: 'hanning' }));
  const rows = TRACK_WORDS.map((word) => rowOf(word, 80));
  const written = await openShardStore(home.spectrogramsDir).write(rows, {
    featureVersion: feature.version,
    featureSettingsJson: feature.settingsJson,
    numMelBins: feature.numMelBins,
  });
  await lake.commitSound(
    {
      askedOn: FIRST_DAY,
      feature,
      shard: { sha256: written.sha256, numBytes: written.numBytes },
      spectrograms: written.rows.map((row, place) => ({
        ...row,
        source: 'replica',
        isSynthetic: true,
        audioSha256: sha256Hex(TRACK_WORDS[place] as string),
        numFrames: 80,
      })),
      previews: [],
    },
    [],
  );
  await lake.close();
}

/**
 * A run on the newest snapshot.
 *
 * @param more changes beside those of the small recipe, or of another base
 */
export async function trainInputOf(
  { home }: Pick<LiveSystem, 'home'>,
  seed: number,
  more: readonly string[] = [],
  base: readonly string[] = SMALL_CHANGES,
): Promise<TrainInput> {
  const snapshots = await withLakeOf(home, (lake) => lake.snapshots());
  const snapshotId = newestDataSnapshot(snapshots);
  const versions = runVersions();
  const changes = [...base, ...more];
  const runId = runIdOf({ recipe: withChanges(RECIPES.nano, changes), snapshotId, seed, versions });
  return {
    ...{ runId, seed, snapshotId, versions },
    recipe: { kind: 'preset', name: 'nano', changes },
    today: parseDate('2026-03-16'),
  };
}

/** As a person would; the small recipe is never good enough to publish itself. */
export async function publish({ home }: LiveSystem, runId: RunId): Promise<void> {
  const lake = await openToWrite(home);
  const publishedAt = '2026-03-16T00:00:00.000Z';
  await lake.commitPublication({ runId, publishedAt, publishedBy: 'person', why: 'for a test' });
  await lake.close();
}

function openToWrite({ catalogPath, lakeDataDir }: LiveSystem['home']): Promise<Lake> {
  return openLake({ catalogPath, dataDir: lakeDataDir, extensionsDir: EXTENSIONS_DIR }, { mode: 'write' });
}

/** A sweep of the small recipe, on the newest snapshot. */
export async function sweepInputOf(
  live: Pick<LiveSystem, 'home'>,
  { more = [], ...choice }: Omit<SweepChoice, 'recipes' | 'changes'> & { readonly more?: readonly string[] },
): Promise<SweepInput> {
  const { snapshotId, versions, today } = await trainInputOf(live, choice.firstSeed);
  const spec = { recipes: ['nano'], changes: [...SMALL_CHANGES, ...more], ...choice, snapshotId, versions, today };
  return { ...spec, sweepId: sweepIdOf(sweepRunIds(spec)) };
}
