/** MP3 as training sees it: MP2's encoder and the decoder as one, so that the encoder is tuned with it. */
import type { Tensor3D } from '@tensorflow/tfjs-core';
import type { SoundEncoder } from '../mp2/soundEncoder.ts';
import type { ParameterShapes, Parameters } from '../parameters.ts';
import { foldIn, type RandomKey } from '../training/random.ts';
import type { TrainingTask } from '../training/task.ts';
import { checkMp3Config, type Mp3Config } from './config.ts';
import type { Mp3Forecast } from './heads.ts';
import { hideWeeks } from './hide.ts';
import type { Mp3Inputs } from './inputs.ts';
import { type HurdleLossWeights, type Mp3LossDivisors, mp3Loss } from './loss.ts';
import { mp3Forward } from './mp3.ts';
import { mp3Shapes } from './names.ts';

/** The weeks are input and target in one: each is forecast from those before it. */
export type Mp3SoundInput = Omit<Mp3Inputs, 'encoder_BE'> & {
  /** Normalised log-mel energies: samples, frames, mel bins. */
  readonly x_BTF: Tensor3D;
};

export type Mp3SoundBatch = Mp3SoundInput & {
  /** Where this is a part of a batch: those of the whole. */
  readonly divisors?: Mp3LossDivisors;
};

export interface Mp3Options {
  readonly encoder: SoundEncoder;
  /** Its `encoderSize` is the encoder's size. */
  readonly decoder: Mp3Config;
  readonly lossWeights: HurdleLossWeights;
  /** Of the tracks of a training step: see hideWeeks(). 0 hides nothing. */
  readonly hiddenShare: number;
  /** Of the encoder; the decoder's is in its configuration. See Randomness in models/ast/disturb.ts. */
  readonly dropoutRate: number;
  readonly dropPathRate: number;
}

/** The encoder's by their names in MP2, so that its file gives them, and the decoder's. */
export function mp3SoundShapes({ encoder, decoder }: Pick<Mp3Options, 'encoder' | 'decoder'>): ParameterShapes {
  return { ...encoder.shapes, ...mp3Shapes(decoder) };
}

/**
 * Predicts each week from all that was seen before it.
 *
 * @throws ChartlifeError InvalidInput where no model has this configuration
 */
export function mp3Task(options: Mp3Options): TrainingTask<Mp3SoundInput, Mp3SoundBatch, Mp3Forecast> {
  const { encoder, lossWeights, hiddenShare, dropoutRate, dropPathRate } = options;
  const decoder = { ...options.decoder, encoderSize: encoder.size };
  checkMp3Config(decoder);
  const forward = (parameters: Parameters, { x_BTF, ...inputs }: Mp3SoundInput, key?: RandomKey): Mp3Forecast => {
    // Encoder, decoder and hiding each count their uses of a key from 0.
    const randomness = key && { key: foldIn(key, 0), dropoutRate, dropPathRate };
    const encoder_BE = encoder.encode(parameters, x_BTF, randomness);
    const told = key && hiddenShare > 0 ? hideWeeks(inputs.seen_BT, hiddenShare, foldIn(key, 2)) : inputs.seen_BT;
    return mp3Forward(parameters, decoder, { ...inputs, seen_BT: told, encoder_BE }, key ? foldIn(key, 1) : null);
  };
  return {
    shapes: mp3SoundShapes({ encoder, decoder }),
    lossOf: (parameters, { divisors, ...inputs }, key) =>
      mp3Loss(forward(parameters, inputs, key), inputs, decoder, lossWeights, divisors),
    isPart: ({ divisors }) => divisors !== undefined,
    predict: (parameters, input) => forward(parameters, input),
  };
}
