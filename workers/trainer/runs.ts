/** Training runs in the folders of a home, by the trainer's process: what the activities of a run ask for. */
import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { RunPort, StageHooks } from '../../activities/train.ts';
import { describeFeatures, featureSettings } from '../../audio/features.ts';
import type { FrozenRun, RunStage, TrainStageInput } from '../../contracts/runs.ts';
import { freezeDataset, summarizeDataset } from '../../data/dataset/dataset.ts';
import { decodeDataset, encodeDataset } from '../../data/dataset/datasetFile.ts';
import type { Lake } from '../../data/lake/types.ts';
import { openShardReader } from '../../data/shards/shardReader.ts';
import { openShardStore } from '../../data/shards/shardStore.ts';
import type { BackendDescription } from '../../models/backend/loadTensorflow.ts';
import { checkRecipe } from '../../models/recipes/checkRecipe.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import { sha256Hex, writeFileAtomic } from '../../runtime/files.ts';
import type { Home } from '../../runtime/home.ts';
import type { Logger } from '../../runtime/log.ts';
import type { NativeCache, TensorflowVariant } from '../../runtime/nativeParts.ts';
import { decide } from './decide.ts';
import { fitNormalisers } from './fitNormalisers.ts';
import { takeLease } from './lease.ts';
import { type RunFolder, type RunRecord, runFolderIn } from './runFolder.ts';
import { weightsPathOf } from './runPaths.ts';
import { runTrainer } from './trainerChild.ts';
import type { TrainerJob, TrainerMessage } from './trainerMessages.ts';

/** A checkpoint of nano takes milliseconds, one of base seconds: after so many steps or so long, whichever is first. */
const CHECKPOINT_EVERY = { steps: 100, seconds: 60 } as const;

export interface RunsOptions {
  readonly home: Home;
  readonly nativeCache: NativeCache;
  readonly variant: TensorflowVariant;
  readonly logger: Logger;
  /** The lake to write to, for pins. */
  readonly lake: Pick<Lake, 'pinSnapshot'>;
  /** At a snapshot, to read; the caller closes it. */
  readonly openLakeAt: (snapshotId: number) => Promise<Pick<Lake, 'trainingExamples' | 'close'>>;
}

export function createRuns(options: RunsOptions): RunPort {
  const folderOf = (runId: TrainStageInput['runId']): RunFolder => runFolderIn(options.home.runsDir, runId);
  return {
    async freeze({ runId, recipeJson, seed, snapshotId, versions }) {
      const folder = folderOf(runId);
      const known = await folder.read();
      if (known?.dataset !== undefined) return frozenRunOf(known.dataset);
      const recipe: Recipe = JSON.parse(recipeJson);
      checkRecipe(recipe);
      await options.lake.pinSnapshot(snapshotId, `run-${runId}`, `the training run ${runId} is made of it`);
      const feature = describeFeatures(featureSettings({ ...recipe.features, numMelBins: recipe.encoder.numMelBins }));
      const lake = await options.openLakeAt(snapshotId);
      const dataset = await freezeDataset(lake, snapshotId, {
        featureVersion: feature.version,
        trajectories: recipe.trajectories,
        numWeeks: recipe.decoder.numWeeks,
        split: recipe.split,
        seed,
      }).finally(() => lake.close());
      const bytes = encodeDataset(dataset);
      await writeFileAtomic(folder.datasetPath, bytes);
      const summary = summarizeDataset(dataset);
      await folder.write({
        ...{ runId, recipe, snapshotId, seed, versions },
        createdAt: new Date().toISOString(),
        dataset: { ...summary, sha256: sha256Hex(bytes), featureVersion: feature.version },
      });
      return frozenRunOf(summary);
    },
    async fit(runId) {
      const folder = folderOf(runId);
      const { normalisers, recipe } = await folder.require();
      if (normalisers !== undefined) return;
      const dataset = decodeDataset(await readFile(folder.datasetPath), folder.datasetPath);
      const reader = openShardReader(openShardStore(options.home.spectrogramsDir));
      const fitted = await fitNormalisers(dataset, recipe.sumWeeks, reader).finally(() => reader.close());
      await folder.add({ normalisers: fitted });
    },
    async train({ runId, stage }, hooks) {
      const folder = folderOf(runId);
      const record = await folder.require();
      const { numSteps } = record.recipe[stage];
      if (record.weightsSha256?.[stage] !== undefined) return { outcome: 'done', numSteps };
      const message = await run(options, folder, record, { task: 'train', stage }, hooks, async (backend) => {
        await folder.add({ backends: { ...record.backends, [stage]: backend } });
      });
      if (message.type !== 'result') throw new TypeError(`the trainer answered ${message.type}`);
      if (message.result.outcome === 'done') {
        const sha256 = sha256Hex(await readFile(weightsPathOf(folder.path, stage)));
        await folder.add({ weightsSha256: { ...record.weightsSha256, [stage]: sha256 } });
      }
      return { outcome: message.result.outcome, numSteps: message.result.numSteps };
    },
    async evaluate({ runId, stage }, hooks) {
      const folder = folderOf(runId);
      const record = await folder.require();
      if (record.evaluations?.[stage] !== undefined) return;
      const message = await run(options, folder, record, { task: 'evaluate', stage }, hooks);
      if (message.type !== 'evaluated') throw new TypeError(`the trainer answered ${message.type}`);
      await folder.add({ evaluations: { ...record.evaluations, [stage]: message.evaluations } });
    },
    async decide(runId) {
      const folder = folderOf(runId);
      const record = await folder.require();
      const decision = record.decision ?? decide(record.evaluations?.mp3 ?? []);
      await folder.add({ decision });
      return decision;
    },
  };
}

/** One stage in a process of the trainer's. */
async function run(
  { home, nativeCache, variant, logger }: RunsOptions,
  folder: RunFolder,
  { runId, recipe, seed, dataset, normalisers, versions }: RunRecord,
  { task, stage }: { readonly task: TrainerJob['task']; readonly stage: RunStage },
  { onBeat, signal }: StageHooks,
  onBackend: (backend: BackendDescription) => Promise<void> = async () => undefined,
): Promise<TrainerMessage> {
  if (normalisers === undefined) throw new TypeError(`run ${runId} has no normalisers yet`);
  await mkdir(folder.path, { recursive: true });
  const job: TrainerJob = {
    ...{ task, stage, recipe, seed, normalisers, variant },
    datasetPath: folder.datasetPath,
    spectrogramsDir: home.spectrogramsDir,
    runDir: folder.path,
    facts: { run: runId, recipe: recipe.name, seed: String(seed), dataset: dataset?.sha256 ?? '', ...versions },
    lease: await takeLease(folder.path),
    checkpointEverySteps: CHECKPOINT_EVERY.steps,
    checkpointEverySeconds: CHECKPOINT_EVERY.seconds,
    numThreads: availableParallelism(),
    nativeCacheRoot: nativeCache.root,
  };
  const jobPath = path.join(folder.path, `${stage}.${task}.job.json`);
  await writeFileAtomic(jobPath, JSON.stringify(job));
  const { numSteps } = recipe[stage];
  let noting: Promise<void> = Promise.resolve();
  const last = await runTrainer({
    jobPath,
    logger,
    signal,
    onMessage(message) {
      if (message.type === 'warning') logger.log('warn', message.message, { run: runId });
      if (message.type === 'start') {
        noting = onBackend(message.backend);
        // Told when the stage ends; until then nobody listens.
        noting.catch(() => undefined);
        onBeat({ step: message.step, numSteps, loss: null });
      }
      if (message.type === 'step') onBeat({ step: message.step + 1, numSteps, loss: message.loss });
    },
  });
  await noting;
  return last;
}

function frozenRunOf({
  numTracks,
  numTrajectories,
  numSynthetic,
}: Pick<NonNullable<RunRecord['dataset']>, 'numTracks' | 'numTrajectories' | 'numSynthetic'>): FrozenRun {
  const total = Object.values(numTrajectories).reduce((sum, number) => sum + number, 0);
  return { numTracks, numTrajectories: total, numSynthetic };
}
