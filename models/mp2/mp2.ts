/**
 * MP2, Music Popularity Prediction: an encoder with two outputs. With an AST its weights are a hub-named file that
 * transformers loads as an AST with two labels, and a public AST's encoder is its encoder.
 */
import type { Scalar, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { ParameterShapes, Parameters } from '../parameters.ts';
import type { RandomKey } from '../training/random.ts';
import type { TrainingTask } from '../training/task.ts';
import { mp2Loss } from './loss.ts';
import type { SoundEncoder } from './soundEncoder.ts';

/** In the order of the outputs: log10 of a track's streams over its trajectory, and in its first week. Standardised. */
export const MP2_TARGETS = ['log10Sum', 'log10Debut'] as const;

export type Mp2Input = {
  /** Normalised log-mel energies: samples, frames, mel bins. */
  readonly x_BTF: Tensor3D;
};

export type Mp2Batch = Mp2Input & {
  /** {@link MP2_TARGETS}, in units of their standard deviation from their mean. */
  readonly targets_B2: Tensor2D;
  /** 1; 0 where a target is not known, such as the sum of a track that is still charting. */
  readonly weights_B2: Tensor2D;
  /** Where this is a part of a batch: {@link mp2Divisor} of the whole. */
  readonly divisor?: Scalar;
};

export interface Mp2Options {
  readonly encoder: SoundEncoder;
  /** See Randomness in models/ast/disturb.ts. */
  readonly dropoutRate: number;
  readonly dropPathRate: number;
}

/** Predicts targets_B2; the encoder's vector beside them, as MP3 builds on it. */
export type Mp2Prediction = { readonly vector_BE: Tensor2D; readonly targets_B2: Tensor2D };

export function mp2Shapes({ shapes, headShapes }: SoundEncoder): ParameterShapes {
  return { ...shapes, ...headShapes };
}

export function mp2Task(options: Mp2Options): TrainingTask<Mp2Input, Mp2Batch, Mp2Prediction> {
  const { encoder, dropoutRate, dropPathRate } = options;
  const forward = (parameters: Parameters, { x_BTF }: Mp2Input, key?: RandomKey): Mp2Prediction => {
    const randomness = key && { key, dropoutRate, dropPathRate };
    const vector_BE = encoder.encode(parameters, x_BTF, randomness);
    return { vector_BE, targets_B2: encoder.predictTargets(parameters, vector_BE) };
  };
  return {
    shapes: mp2Shapes(encoder),
    lossOf: (parameters, batch, key) => mp2Loss(forward(parameters, batch, key).targets_B2, batch),
    isPart: ({ divisor }) => divisor !== undefined,
    predict: (parameters, input) => forward(parameters, input),
  };
}
