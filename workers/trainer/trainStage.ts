/** MP2's or MP3's training from wherever it was to its end, or until it is told to stop; in the trainer's own process. */
import { setImmediate as turn } from 'node:timers/promises';
import { ChartlifeError, isChartlifeError } from '../../contracts/errors.ts';
import { disposeTree, leavesOf, type TensorTree } from '../../models/compile/tree.ts';
import type { ParameterShapes } from '../../models/parameters.ts';
import { mp2Parts, mp3Parts } from '../../models/recipes/batchTensors.ts';
import { mp2TaskOf, mp3TaskOf, trainerSettingsOf } from '../../models/recipes/networks.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import type { TrainingTask } from '../../models/training/task.ts';
import {
  createTrainer,
  initialTrainingState,
  type Trainer,
  type TrainingState,
} from '../../models/training/trainer.ts';
import { initialise } from '../../models/weights/initialise.ts';
import { readSafetensors, type StoredTensors, writeSafetensors } from '../../models/weights/safetensors.ts';
import { toParameters } from '../../models/weights/tensors.ts';
import type { Batch, BatchSettings } from './assembleBatch.ts';
import { openBatchPipeline } from './batchPipeline.ts';
import { type CheckpointStore, openCheckpointStore } from './checkpoints.ts';
import type { ExampleTable } from './exampleTable.ts';
import { type LeaseNumber, requireLease } from './lease.ts';
import { numStepsFrom0, openMetricsFile, type StepMetrics } from './metricsFile.ts';
import { checkpointsDirOf, metricsPathOf, type StageName, weightsPathOf } from './runPaths.ts';
import { finalWeights, stateOf, storedState } from './stateTensors.ts';
import type { Normalisers } from './trainingTable.ts';

export interface StageJob {
  readonly stage: StageName;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly table: ExampleTable;
  readonly normalisers: Normalisers;
  readonly numRegions: number;
  readonly spectrogramsDir: string;
  /** The run's: weights, losses and checkpoints go here. */
  readonly runDir: string;
  /** What every checkpoint and the weights say of where they come from. */
  readonly facts: Readonly<Record<string, string>>;
  /** Of this attempt: nothing is published once another has a later one. */
  readonly lease: LeaseNumber;
  readonly checkpointEverySteps: number;
  readonly checkpointEverySeconds: number;
  readonly numBatchThreads: number;
  /** What a row of the table is, for the error that names a batch. */
  readonly nameOfRow: (row: number) => string;
  /** Another build of batchThread.ts; tests make their own. */
  readonly threadPath?: string;
}

export interface StageHooks {
  /** After each step that was taken. */
  readonly onStep?: (metrics: StepMetrics) => void;
  /** Where it begins, with the checkpoint's step; 0 from the start. */
  readonly onStart?: (step: number) => void;
  readonly onCheckpoint?: (step: number) => void;
  readonly onWarning?: (message: string) => void;
  /** Asked after each step: true ends it with a checkpoint. */
  readonly shouldStop?: () => boolean;
}

export interface StageResult {
  readonly outcome: 'done' | 'stopped';
  readonly numSteps: number;
  /** Of a finished stage. */
  readonly weightsPath: string | null;
  readonly waitedMs: number;
}

/**
 * The same job gives the same weights to the bit, however often it is killed and begun again, on the same instruction
 * set, threads, oneDNN setting and TensorFlow.
 *
 * @throws ChartlifeError NonFiniteLoss, DiskFull, LakeUnusable, LeaseLost; the last checkpoint is whole
 */
export async function trainStage(job: StageJob, hooks: StageHooks = {}): Promise<StageResult> {
  const { stage, recipe, seed, runDir } = job;
  const store = openCheckpointStore(checkpointsDirOf(runDir));
  const stageRecipe = recipe[stage];
  const settings = trainerSettingsOf(recipe, stageRecipe, seed);
  const task = stage === 'mp2' ? mp2TaskOf(recipe) : mp3TaskOf(recipe, job.numRegions);
  // Before anything is touched: an attempt that slept since it took its number must not cut the losses of another.
  await requireLease(runDir, job.lease);
  await store.removeUnfinished();
  const from = await resume(job, store, task.shapes, hooks);
  let { state } = from;
  // Reading a large checkpoint takes seconds, in which another may have taken over.
  await requireLease(runDir, job.lease);
  const losses = await openMetricsFile(metricsPathOf(runDir, stage), from.step);
  hooks.onStart?.(from.step);
  const trainer = createTrainer(task as TrainingTask<TensorTree, TensorTree, TensorTree>, settings);
  const pipeline = openBatchPipeline({
    spectrogramsDir: job.spectrogramsDir,
    table: job.table,
    settings: batchSettingsOf(job),
    numThreads: job.numBatchThreads,
    ...(job.threadPath === undefined ? {} : { threadPath: job.threadPath }),
  });
  const saver = new Saver(job, store, losses.flush, hooks, from.step);
  let taken = from.step;
  let isStopped = false;
  try {
    for await (const batch of pipeline.batches(from.step, stageRecipe.numSteps)) {
      const result = takeStep(trainer, state, batch, job);
      state = result.state;
      taken++;
      losses.add({ step: batch.step, ...result.report });
      hooks.onStep?.({ step: batch.step, ...result.report });
      // Signals and messages come in between two steps.
      await turn();
      isStopped = hooks.shouldStop?.() === true && taken < stageRecipe.numSteps;
      if (isStopped) break;
      if (saver.isDue(taken)) await saver.save(state, taken);
    }
    if (isStopped) await saver.save(state, taken);
    await saver.settle();
    await losses.close();
  } catch (error) {
    disposeTree(state);
    // What was reached is kept, for whoever looks into it. The error that ended it is the one to tell.
    await Promise.allSettled([saver.settle(), losses.close()]);
    throw isChartlifeError(error, 'NonFiniteLoss') ? withWayOn(error, job, saver.lastStep) : error;
  } finally {
    await pipeline.close();
    trainer.dispose();
  }
  if (isStopped) {
    disposeTree(state);
    return { outcome: 'stopped', numSteps: taken, weightsPath: null, waitedMs: pipeline.waitedMs };
  }
  const weightsPath = weightsPathOf(runDir, stage);
  const tensors = finalWeights(state);
  await requireLease(runDir, job.lease);
  await writeSafetensors(weightsPath, { tensors, metadata: { ...job.facts, stage } });
  return { outcome: 'done', numSteps: taken, weightsPath, waitedMs: pipeline.waitedMs };
}

async function resume(
  { stage, recipe, seed, runDir, facts }: StageJob,
  store: CheckpointStore,
  shapes: ParameterShapes,
  { onWarning = () => undefined }: StageHooks,
): Promise<{ readonly state: TrainingState; readonly step: number }> {
  const onSkipped = (file: string, why: string): void =>
    onWarning(`the checkpoint ${file} is passed over: ${why}; training goes on from the one before`);
  const mostSteps = await numStepsFrom0(metricsPathOf(runDir, stage));
  const checkpoint = await store.newest(stage, { onSkipped, facts, mostSteps });
  if (checkpoint !== null) return { state: stateOf(checkpoint.tensors), step: checkpoint.step };
  const drawn = initialise(shapes, seed);
  // MP3 begins with what MP2 has learned of sound: its encoder's parameters have their names there.
  const learned: StoredTensors =
    stage === 'mp3' ? (await readSafetensors(weightsPathOf(runDir, 'mp2'))).tensors : new Map();
  const initial = new Map([...drawn].map(([name, tensor]) => [name, learned.get(name) ?? tensor]));
  return { state: initialTrainingState(toParameters(initial), recipe[stage]), step: 0 };
}

/** The same batch comes again at the same step, whoever goes on: only another run can go past it. */
function withWayOn(error: ChartlifeError, { stage, recipe }: StageJob, lastCheckpoint: number): ChartlifeError {
  const smaller = recipe[stage].peakLearningRate / 4;
  return new ChartlifeError(
    error.type,
    `${stage}: ${error.message}; the last checkpoint, ${lastCheckpoint === 0 ? 'its beginning' : `of ${lastCheckpoint} steps`}, is whole`,
    {
      next:
        `Look at the sound and the weeks of these tracks; or train with --set ${stage}.peakLearningRate=${smaller}, or a lower ` +
        `${stage}.maxGradientNorm. That is another run. This one, started again, goes on from its last checkpoint to the same step.`,
      details: { ...error.details, stage, lastCheckpoint },
      cause: error,
    },
  );
}

function takeStep(trainer: Trainer<TensorTree>, state: TrainingState, batch: Batch, job: StageJob) {
  const { stage, recipe, nameOfRow } = job;
  const { numParts } = recipe[stage];
  const parts: readonly TensorTree[] = (stage === 'mp2' ? mp2Parts : mp3Parts)(batch, recipe, numParts);
  try {
    return trainer.step(state, { step: batch.step, parts, describe: () => [...batch.rows].map(nameOfRow).join(', ') });
  } finally {
    for (const tensor of new Set(leavesOf(parts).map((leaf) => leaf.tensor))) tensor.dispose();
  }
}

function batchSettingsOf({ stage, recipe, seed, normalisers }: StageJob): BatchSettings {
  return {
    batchSize: recipe[stage].batchSize,
    seed,
    augment: recipe.augment,
    normalize: normalisers.sound,
    purpose: 'training',
    regions: recipe.regions,
  };
}

/** Writes checkpoints beside the steps: the state is copied out at once, the rest goes on while the next steps run. */
class Saver {
  readonly #job: StageJob;
  readonly #store: CheckpointStore;
  readonly #flush: () => Promise<void>;
  readonly #hooks: StageHooks;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown = null;
  #lastMs = performance.now();
  /** Of the newest checkpoint that is on the disk. */
  lastStep: number;

  constructor(job: StageJob, store: CheckpointStore, flush: () => Promise<void>, hooks: StageHooks, fromStep: number) {
    this.lastStep = fromStep;
    this.#job = job;
    this.#store = store;
    this.#flush = flush;
    this.#hooks = hooks;
  }

  isDue(taken: number): boolean {
    const { checkpointEverySteps, checkpointEverySeconds } = this.#job;
    return taken % checkpointEverySteps === 0 || performance.now() - this.#lastMs >= 1_000 * checkpointEverySeconds;
  }

  /** Waits for the one before, and throws what it threw. */
  async save(state: TrainingState, step: number): Promise<void> {
    await this.settle();
    this.#lastMs = performance.now();
    const tensors = storedState(state);
    const { stage, facts, runDir, lease } = this.#job;
    this.#writing = this.#flush()
      .then(() => requireLease(runDir, lease))
      .then(() => this.#store.write({ stage, step, tensors, facts }))
      .then(() => {
        this.lastStep = step;
        this.#hooks.onCheckpoint?.(step);
      })
      .catch((error: unknown) => {
        this.#failure = error;
      });
  }

  async settle(): Promise<void> {
    await this.#writing;
    if (this.#failure !== null) throw this.#failure;
  }
}
