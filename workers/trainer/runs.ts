/** Training runs in the folders of a home, by the trainer's process: what the activities of a run ask for. */
import { readFile } from 'node:fs/promises';
import type { RunPort } from '../../activities/train.ts';
import { describeFeatures, featureSettings } from '../../audio/features.ts';
import type { FrozenRun, TrainStageInput } from '../../contracts/runs.ts';
import { freezeDataset, summarizeDataset } from '../../data/dataset/dataset.ts';
import { decodeDataset, encodeDataset } from '../../data/dataset/datasetFile.ts';
import type { Lake } from '../../data/lake/types.ts';
import { openShardReader } from '../../data/shards/shardReader.ts';
import { openShardStore } from '../../data/shards/shardStore.ts';
import { sha256Hex, writeFileAtomic } from '../../runtime/files.ts';
import { runVersions } from '../../runtime/versions.ts';
import { decideRun } from './decide.ts';
import { fitNormalisers } from './fitNormalisers.ts';
import { forecastRun } from './forecastRun.ts';
import { runSpecOf } from './recipeSource.ts';
import { requireRunFiles } from './requireRunFiles.ts';
import { requireVersions } from './requireVersions.ts';
import { runCommitOf } from './runCommit.ts';
import { type RunFolder, type RunRecord, runFolderIn } from './runFolder.ts';
import { weightsPathOf } from './runPaths.ts';
import { runTask, type TrainerHome } from './runTask.ts';
import { backendsOf, pinnedThreadsOf, withBackend } from './stageBackends.ts';

/** Tracks that came onto a chart within so many days are new to the forecasts. */
const NEW_WITHIN_DAYS = 28;

export interface RunsOptions extends TrainerHome {
  /** The lake to write to. */
  readonly lake: Pick<Lake, 'pinSnapshot' | 'commitRun' | 'commitPublication' | 'commitForecasts' | 'issuedForecasts'>;
  /** At a snapshot, or the newest, to read; the caller closes it. */
  readonly openLakeAt: (
    snapshotId: number | null,
  ) => Promise<Pick<Lake, 'trainingExamples' | 'trainingCoverage' | 'close'>>;
}

export function createRuns(options: RunsOptions): RunPort {
  // Of the code that this process has loaded, whatever the sources become while it lives.
  runVersions();
  const folderOf = (runId: TrainStageInput['runId']): RunFolder => runFolderIn(options.home.runsDir, runId);
  return {
    async freeze(input) {
      const { runId, snapshotId, seed } = input;
      const folder = folderOf(runId);
      const known = await folder.read();
      if (known?.dataset !== undefined) return frozenRunOf(known.dataset);
      const spec = await runSpecOf(input, folderOf);
      const { recipe } = spec;
      await options.lake.pinSnapshot(snapshotId, `run-${runId}`, `the training run ${runId} is made of it`);
      const feature = describeFeatures(featureSettings({ ...recipe.features, numMelBins: recipe.encoder.numMelBins }));
      const lake = await options.openLakeAt(snapshotId);
      const dataset = await freezeDataset(lake, snapshotId, {
        featureVersion: feature.version,
        trajectories: recipe.trajectories,
        numWeeks: recipe.decoder.numWeeks,
        split: recipe.split,
        regions: recipe.regions,
        seed,
      }).finally(() => lake.close());
      const bytes = encodeDataset(dataset);
      await writeFileAtomic(folder.datasetPath, bytes);
      const summary = summarizeDataset(dataset);
      // What reproduces another does so on as many threads, wherever it is: more than there are cores are slow, and the same.
      const original = spec.reproduces === undefined ? {} : await folderOf(spec.reproduces).require();
      await folder.write({
        ...{ runId, ...spec },
        numThreads: pinnedThreadsOf(original),
        createdAt: new Date().toISOString(),
        dataset: { ...summary, sha256: sha256Hex(bytes), featureVersion: feature.version },
      });
      return frozenRunOf(summary);
    },
    async fit(runId) {
      const folder = folderOf(runId);
      const record = await folder.require();
      const { normalisers, recipe, versions } = record;
      if (normalisers !== undefined) return;
      requireVersions(versions);
      await requireRunFiles(folder, record, { task: 'fit' });
      const dataset = decodeDataset(await readFile(folder.datasetPath), folder.datasetPath);
      const reader = openShardReader(openShardStore(options.home.spectrogramsDir));
      const fitted = await fitNormalisers(dataset, recipe.sumWeeks, reader).finally(() => reader.close());
      await folder.add(() => ({ normalisers: fitted }));
    },
    async train({ runId, stage }, hooks) {
      const folder = folderOf(runId);
      const record = await folder.require();
      const { numSteps } = record.recipe[stage];
      if (record.weightsSha256?.[stage] !== undefined) return { outcome: 'done', numSteps };
      requireVersions(record.versions);
      const message = await runTask(options, folder, record, { task: 'train', stage }, hooks, async (backend, step) => {
        await folder.add((before) => {
          const own = withBackend(backendsOf(before, stage), backend, step, numSteps);
          return { backends: { ...before.backends, [stage]: own } };
        });
      });
      if (message.type !== 'result') throw new TypeError(`the trainer answered ${message.type}`);
      if (message.result.outcome === 'done') {
        const sha256 = sha256Hex(await readFile(weightsPathOf(folder.path, stage)));
        await folder.add(({ weightsSha256 }) => ({ weightsSha256: { ...weightsSha256, [stage]: sha256 } }));
      }
      return { outcome: message.result.outcome, numSteps: message.result.numSteps };
    },
    async evaluate({ runId, stage }, hooks) {
      const folder = folderOf(runId);
      const record = await folder.require();
      if (record.evaluations?.[stage] !== undefined) return;
      requireVersions(record.versions);
      const message = await runTask(options, folder, record, { task: 'evaluate', stage }, hooks);
      if (message.type !== 'evaluated') throw new TypeError(`the trainer answered ${message.type}`);
      const found = message.evaluations;
      await folder.add(({ evaluations }) => ({ evaluations: { ...evaluations, [stage]: found } }));
    },
    async decide(runId) {
      const folder = folderOf(runId);
      const record = await folder.require();
      if (record.decision !== undefined) return record.decision;
      const decision = decideRun(record);
      const { isPublished, why } = decision;
      // Before it is noted as decided: whoever is killed in between publishes once more, which changes nothing. Afterwards
      // what a person has published since stays the newest.
      if (isPublished) {
        const publishedAt = new Date().toISOString();
        await options.lake.commitPublication({ runId, publishedAt, publishedBy: 'run', why });
      }
      await folder.add(() => ({ decision }));
      return decision;
    },
    async record({ runId, state, why }) {
      const folder = folderOf(runId);
      const known = await folder.read();
      const commit = known === null ? null : await runCommitOf(known, folder.path, state, why ?? null);
      if (commit !== null) await options.lake.commitRun(commit);
    },
    async forecastNew({ runId, issuedOn }, hooks) {
      const folder = folderOf(runId);
      const issued = await options.lake.issuedForecasts(runId);
      const mostTold = new Map(issued.map((one) => [`${one.trackId} ${one.region}`, one.numObserved]));
      const { forecasts, quantileLevels, numUnknownRegion } = await forecastRun(options, folder, hooks, {
        select: { debutWithinDays: NEW_WITHIN_DAYS },
        // Once when it comes, from its sound alone; once more when its first week is known.
        isWanted: ({ trackId, region }, numObserved) =>
          (mostTold.get(`${trackId} ${region}`) ?? -1) < Math.min(numObserved, 1),
      });
      const snapshotId = await options.lake.commitForecasts({ runId, issuedOn, quantileLevels, forecasts });
      return { numForecasts: forecasts.length, numUnknownRegion, snapshotId };
    },
  };
}

function frozenRunOf({
  numTracks,
  numTrajectories,
  numSynthetic,
}: Pick<NonNullable<RunRecord['dataset']>, 'numTracks' | 'numTrajectories' | 'numSynthetic'>): FrozenRun {
  const total = Object.values(numTrajectories).reduce((sum, number) => sum + number, 0);
  return { numTracks, numTrajectories: total, numSynthetic };
}
