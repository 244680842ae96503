/** Trains any network that hears spectrograms, by a compiled step. */
import {
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
  tensor3d,
  tidy,
} from '@tensorflow/tfjs-core';
import { compile } from '../../../models/compile/compile.ts';
import { disposeTree } from '../../../models/compile/tree.ts';
import type { ParameterShapes, Parameters } from '../../../models/parameters.ts';
import {
  type AdamWOptions,
  type AdamWScalars,
  type AdamWState,
  adamW,
  adamWScalars,
  DEFAULT_ADAMW_OPTIONS,
  initialAdamWState,
} from '../../../models/training/adamW.ts';
import { clipByGlobalNorm } from '../../../models/training/clip.ts';
import type { RandomKey } from '../../../models/training/random.ts';
import { randomKey } from '../../../models/training/random.ts';
import { learningRateAt } from '../../../models/training/schedule.ts';
import { valueAndGradients } from '../../../models/training/valueAndGradients.ts';
import { initialise } from '../../../models/weights/initialise.ts';
import { toParameters } from '../../../models/weights/tensors.ts';
import type { Scales, Target } from './examples.ts';
import type { HeardTrack } from './hearTracks.ts';

/** A network and its loss. Letters: B batch, T frames, F mel bins, Y targets. */
export interface Learner {
  readonly shapes: ParameterShapes;
  readonly numFrames: number;
  readonly numMelBins: number;
  /** Y of them. */
  readonly targets: readonly Target[];
  /** The tracks of a step's batch. */
  draw(tracks: readonly HeardTrack[], scales: Scales, place: BatchPlace): HeardTrack[];
  /** Standardised targets. */
  predict(parameters: Parameters, x_BTF: Tensor3D): Tensor2D;
  loss(parameters: Parameters, x_BTF: Tensor3D, y_BY: Tensor2D, key: RandomKey): Scalar;
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

type StepInput = {
  readonly parameters: Parameters;
  readonly moments: AdamWState;
  readonly scalars: AdamWScalars;
  readonly x: Tensor;
  readonly y: Tensor;
  readonly key: Tensor;
};

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
  const { numFrames, numMelBins, targets } = learner;
  const options: AdamWOptions = { ...DEFAULT_ADAMW_OPTIONS, weightDecay: settings.weightDecay };
  const graph = compile((input: StepInput) => stepOf(learner, settings, options, input));
  let parameters = toParameters(initialise(learner.shapes, settings.seed));
  let moments: AdamWState = initialAdamWState(parameters);
  const losses: number[] = [];
  for (let step = 0; step < settings.numSteps; step++) {
    const { batchSize, x, y } = examplesAt(step);
    const inputs = {
      scalars: adamWScalars(step + 1, learningRateAt(settings, step), options),
      x: tensor3d(x, [batchSize, numFrames, numMelBins]),
      y: tensor2d(y, [batchSize, targets.length]),
      key: randomKey(settings.seed, step),
    };
    const after = graph({ parameters, moments, ...inputs });
    losses.push(after.loss.dataSync()[0] as number);
    disposeTree([parameters, moments, inputs, after.loss]);
    ({ parameters, moments } = after);
    onStep(step, losses.at(-1) as number);
  }
  graph.dispose();
  disposeTree(moments);
  return { parameters, losses };
}

function stepOf(
  learner: Learner,
  { maxGradientNorm }: TrainingSettings,
  options: AdamWOptions,
  { parameters, moments, scalars, x, y, key }: StepInput,
) {
  const { loss, gradients } = valueAndGradients(
    (current) => learner.loss(current, x as Tensor3D, y as Tensor2D, key as RandomKey),
    parameters,
  );
  const clipped = clipByGlobalNorm(gradients, maxGradientNorm);
  const updated = adamW(parameters, clipped.gradients, moments, scalars, options);
  return { loss, parameters: updated.parameters, moments: updated.state };
}

/** @returns standardised predictions: batchSize x targets */
export function predict(learner: Learner, parameters: Parameters, { batchSize, x }: Omit<Examples, 'y'>): Float32Array {
  return tidy(() => {
    const x_BTF = tensor3d(x, [batchSize, learner.numFrames, learner.numMelBins]);
    return Float32Array.from(learner.predict(parameters, x_BTF).dataSync());
  });
}
