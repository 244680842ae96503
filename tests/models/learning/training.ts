/** Trains any network that hears spectrograms, as the product does: its task, its trainer. */
import { type Tensor2D, type Tensor3D, tensor2d, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { disposeTree } from '../../../models/compile/tree.ts';
import type { Parameters } from '../../../models/parameters.ts';
import { DEFAULT_ADAMW_OPTIONS } from '../../../models/training/adamW.ts';
import type { TrainingTask } from '../../../models/training/task.ts';
import { createTrainer, initialTrainingState, type TrainerSettings } from '../../../models/training/trainer.ts';
import { initialise } from '../../../models/weights/initialise.ts';
import { toParameters } from '../../../models/weights/tensors.ts';
import type { Scales, Target } from './examples.ts';
import type { HeardTrack } from './hearTracks.ts';

/** Letters: B batch, T frames, F mel bins, Y targets, standardised. */
export type Heard = { readonly x_BTF: Tensor3D };
export type HeardBatch = Heard & { readonly y_BY: Tensor2D };

/** A network that hears. */
export interface Learner {
  /** Predicts the targets. */
  readonly task: TrainingTask<Heard, HeardBatch, Tensor2D>;
  readonly numFrames: number;
  readonly numMelBins: number;
  /** Y of them. */
  readonly targets: readonly Target[];
  /** The tracks of a step's batch. */
  draw(tracks: readonly HeardTrack[], scales: Scales, place: BatchPlace): HeardTrack[];
}

/** A batch of a run. */
export interface BatchPlace {
  readonly seed: number;
  readonly batchSize: number;
  /** From 0. */
  readonly step: number;
}

export interface Examples {
  readonly batchSize: number;
  /** Normalised log-mel energies: batchSize x numFrames x numMelBins. */
  readonly x: Float32Array;
  /** Standardised: batchSize x targets. */
  readonly y: Float32Array;
}

export interface TrainingSettings {
  readonly seed: number;
  readonly numSteps: number;
  readonly warmupSteps: number;
  readonly peakLearningRate: number;
  readonly weightDecay: number;
  /** Of all gradients together. */
  readonly maxGradientNorm: number;
}

export interface Trained {
  readonly parameters: Parameters;
  /** One per step. */
  readonly losses: readonly number[];
}

/**
 * @param examplesAt the batch of a step, from 0
 * @returns parameters, the caller's to dispose of
 */
export function train(
  learner: Learner,
  settings: TrainingSettings,
  examplesAt: (step: number) => Examples,
  onStep: (step: number, loss: number) => void = () => undefined,
): Trained {
  const { numFrames, numMelBins, targets, task } = learner;
  const trainerSettings: TrainerSettings = {
    seed: settings.seed,
    schedule: settings,
    adamW: { ...DEFAULT_ADAMW_OPTIONS, weightDecay: settings.weightDecay },
    maxGradientNorm: settings.maxGradientNorm,
    averageDecay: null,
  };
  const trainer = createTrainer(task, trainerSettings);
  let state = initialTrainingState(toParameters(initialise(task.shapes, settings.seed)), trainerSettings);
  const losses: number[] = [];
  for (let step = 0; step < settings.numSteps; step++) {
    const { batchSize, x, y } = examplesAt(step);
    const batch = {
      x_BTF: tensor3d(x, [batchSize, numFrames, numMelBins]),
      y_BY: tensor2d(y, [batchSize, targets.length]),
    };
    const taken = trainer.step(state, { step, parts: [batch], describe: () => `of ${batchSize}` });
    disposeTree(batch);
    ({ state } = taken);
    losses.push(taken.report.loss);
    onStep(step, taken.report.loss);
  }
  trainer.dispose();
  disposeTree(state.moments);
  return { parameters: state.parameters, losses };
}

/** @returns standardised predictions: batchSize x targets */
export function predict(learner: Learner, parameters: Parameters, { batchSize, x }: Omit<Examples, 'y'>): Float32Array {
  return tidy(() => {
    const x_BTF = tensor3d(x, [batchSize, learner.numFrames, learner.numMelBins]);
    return Float32Array.from(learner.task.predict(parameters, { x_BTF }).dataSync());
  });
}
