/**
 * The decoder of Music Popularity Period Prediction: a causal transformer over the weeks from a track's debut, as pure
 * functions of parameters, inputs and random key. Call them in a `tf.tidy`, a gradient or a compiled step.
 */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { Parameters } from '../parameters.ts';
import { dropout, foldIn, type RandomKey } from '../training/random.ts';
import { decoderBlock } from './block.ts';
import { causalAttention, type KeysAndValues } from './causal.ts';
import type { Mp3Config } from './config.ts';
import { embedWeeks, levelOf, previousFeatures, weekFeatures } from './embed.ts';
import { forecastOf, type Mp3Forecast } from './heads.ts';
import type { Mp3Inputs, Mp3Track } from './inputs.ts';

/**
 * Of each week the forecast from all that was seen before it (teacher forcing); from fewer weeks where training or decoding
 * says that others are unseen.
 *
 * @param key int32 [2], another for each step of training; null draws nothing: evaluation
 * @throws ChartlifeError InvalidInput for extrinsic features that are not as many as configured, or for more weeks
 */
export function mp3Forward(
  parameters: Parameters,
  config: Mp3Config,
  inputs: Mp3Inputs,
  key: RandomKey | null = null,
): Mp3Forecast {
  return mp3FromFeatures(parameters, config, previousFeatures(weekFeatures(inputs, config)), inputs, { key });
}

export interface FromFeaturesOptions {
  readonly key?: RandomKey | null;
  /** Gets what the layers keep of these weeks. */
  readonly onKeysAndValues?: ((kept: KeysAndValues, layer: number) => void) | undefined;
}

/**
 * {@link mp3Forward} from each token's own features, also for the first so many weeks alone.
 *
 * @param previous_BTS of the week before each, see WEEK_FEATURES
 * @param track with as many weeks of the year
 */
export function mp3FromFeatures(
  parameters: Parameters,
  config: Mp3Config,
  previous_BTS: Tensor3D,
  track: Mp3Track,
  { key = null, onKeysAndValues }: FromFeaturesOptions = {},
): Mp3Forecast {
  const [B, T] = previous_BTS.shape;
  if (T > config.numWeeks) {
    throw new ChartlifeError('InvalidInput', `${T} weeks, the model knows ${config.numWeeks}`, {
      next: 'Give no more weeks than the model was configured for.',
      details: { numWeeks: T, expected: config.numWeeks },
    });
  }
  const { numHeads, numLayers, dropoutRate } = config;
  const drop = (x_MD: Tensor2D, use: number): Tensor2D =>
    key === null || dropoutRate === 0 ? x_MD : dropout(x_MD, dropoutRate, foldIn(key, use));
  // The tokens' dropout is the first use of the key; each layer has two more.
  let x_MD = drop(embedWeeks(parameters, config, previous_BTS, track), 0);
  for (let layer = 0; layer < numLayers; layer++) {
    x_MD = decoderBlock(x_MD, parameters, config, layer, {
      attend: causalAttention(B, T, numHeads, onKeysAndValues && ((kept) => onKeysAndValues(kept, layer))),
      disturb: (branch_MD, branch) => drop(branch_MD, 1 + 2 * layer + branch),
    });
  }
  return forecastOf(parameters, config, x_MD, levelOf(previous_BTS), [B, T]);
}
