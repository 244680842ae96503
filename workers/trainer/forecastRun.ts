/** Forecasts of tracks of the lake by a run's weights: tracks are chosen here, the trainer's process computes. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { StageHooks } from '../../activities/train.ts';
import { type Trajectory, WEEK_STATE } from '../../contracts/dataset.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { TrackId } from '../../contracts/ids.ts';
import type { Region } from '../../contracts/regions.ts';
import type { Dataset, DatasetTrack } from '../../data/dataset/dataset.ts';
import { decodeDataset, encodeDataset } from '../../data/dataset/datasetFile.ts';
import type { ExampleQuery } from '../../data/lake/exampleReads.ts';
import type { Lake } from '../../data/lake/types.ts';
import { asDiskFull, writeFileAtomic } from '../../runtime/files.ts';
import { type ForecastsOfRun, numObservedWeeks } from './forecast.ts';
import type { RunFolder, RunRecord } from './runFolder.ts';
import { runTask, type TrainerHome } from './runTask.ts';
import { learnedRegionsOf } from './trainingTable.ts';

export interface ForecastOptions extends TrainerHome {
  /** The newest state where null, to read; the caller closes it. */
  readonly openLakeAt: (snapshotId: null) => Promise<Pick<Lake, 'trainingExamples' | 'close'>>;
}

export interface ForecastSelection {
  readonly select: Pick<ExampleQuery, 'trackIds' | 'debutWithinDays'>;
  /** Weeks from the debut that the model is told at most: later ones are kept from it. */
  readonly maxTold?: number;
  /** @param numObserved weeks from the debut that the lake knows */
  readonly isWanted: (chart: { readonly trackId: TrackId; readonly region: Region }, numObserved: number) => boolean;
}

export interface FoundForecasts extends ForecastsOfRun {
  /** With all that the lake knows of them. */
  readonly tracks: readonly DatasetTrack[];
  /** Trajectories in regions that the run has not learned. */
  readonly numUnknownRegion: number;
}

/** @throws ChartlifeError RunNotFound; InvalidInput where MP3 is not trained yet; LakeUnusable for sound that can't be read */
export async function forecastRun(
  options: ForecastOptions,
  folder: RunFolder,
  hooks: StageHooks,
  { select, isWanted, maxTold }: ForecastSelection,
): Promise<FoundForecasts> {
  const record = await folder.require();
  const { recipe, seed } = record;
  requireTrained(record);
  const learned = learnedRegionsOf(decodeDataset(await readFile(folder.datasetPath), folder.datasetPath));
  const featureVersion = record.dataset?.featureVersion ?? '';
  const { trajectories: source, decoder, split } = recipe;
  const lake = await options.openLakeAt(null);
  const examples = await lake
    .trainingExamples({ featureVersion, trajectories: source, numWeeks: decoder.numWeeks, ...select })
    .finally(() => lake.close());
  let numUnknownRegion = 0;
  const isAsked = (trackId: TrackId, { region, states }: Trajectory): boolean => {
    if (!isWanted({ trackId, region }, numObservedWeeks(states))) return false;
    const isKnown = learned.has(region);
    if (!isKnown) numUnknownRegion++;
    return isKnown;
  };
  const tracks = examples.flatMap((track): DatasetTrack[] => {
    const trajectories = track.trajectories.filter((trajectory) => isAsked(track.trackId, trajectory));
    return trajectories.length === 0 ? [] : [{ ...track, part: 'test', trajectories }];
  });
  if (tracks.length === 0) return { tracks, quantileLevels: [], forecasts: [], numUnknownRegion };
  const dataset: Dataset = {
    settings: {
      featureVersion,
      trajectories: source,
      numWeeks: decoder.numWeeks,
      split,
      regions: recipe.regions,
      seed,
    },
    snapshotId: record.snapshotId,
    tracks: maxTold === undefined ? tracks : tracks.map((track) => toldAtMost(track, maxTold)),
    numLeftOut: { embargo: 0, group: 0, later: 0, region: 0 },
    coverage: {},
    knownBefore: { training: null, validation: null, test: null },
  };
  const found = await compute(options, folder, record, hooks, dataset);
  return { ...found, tracks, numUnknownRegion };
}

function toldAtMost(track: DatasetTrack, maxTold: number): DatasetTrack {
  const trajectories = track.trajectories.map((trajectory) => ({
    ...trajectory,
    states: trajectory.states.map((state, week) => (week < maxTold ? state : WEEK_STATE.unseen)),
  }));
  return { ...track, trajectories };
}

async function compute(
  options: TrainerHome,
  runFolder: RunFolder,
  record: RunRecord,
  hooks: StageHooks,
  dataset: Dataset,
): Promise<ForecastsOfRun> {
  const folder = await mkdtemp(path.join(runFolder.path, 'forecast-')).catch((error: unknown) => {
    throw asDiskFull(error, runFolder.path);
  });
  try {
    const [examplesPath, forecastsPath] = [path.join(folder, 'examples.arrow'), path.join(folder, 'forecasts.json')];
    await writeFileAtomic(examplesPath, encodeDataset(dataset));
    const task = { task: 'forecast', stage: 'mp3', folder, examplesPath, forecastsPath } as const;
    await runTask(options, runFolder, record, task, hooks);
    return JSON.parse(await readFile(forecastsPath, 'utf8')) as ForecastsOfRun;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function requireTrained({ runId, weightsSha256 }: RunRecord): void {
  if (weightsSha256?.mp3 !== undefined) return;
  throw new ChartlifeError('InvalidInput', `MP3 of run ${runId} is not trained yet`, {
    next: `See how far it is: chartlife runs show ${runId}`,
    details: { runId },
  });
}
