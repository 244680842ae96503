/**
 * The siamese convolutional network (Yu et al. 2017, arXiv 1710.10814; sizes from github.com/OckhamsRazor/HSP_CNN): both
 * sounds of a pair go through the same network, so it is a function of one sound, and the pair is in the loss.
 */
import {
  add,
  concat,
  conv2d,
  leakyRelu,
  maximum,
  mean,
  pad,
  reshape,
  slice,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  transpose,
} from '@tensorflow/tfjs-core';
import { linear } from '../ops/linear.ts';
import { type Parameters, parameter } from '../parameters.ts';
import { dropout, foldIn, type RandomKey } from '../training/random.ts';
import { checkSounds, POOL, type SiameseConfig } from './config.ts';
import { SIAMESE_NAMES, stemName } from './names.ts';

/**
 * One score per sound, in the target's units.
 *
 * @param x_BTF normalised log-mel energies: samples, frames, mel bins. It gets no gradient.
 * @param key int32 [2], another for each step of training; null draws nothing: evaluation
 * @throws ChartlifeError InvalidInput where the sound is too short, or has other mel bins
 */
export function siameseForward(
  parameters: Parameters,
  config: SiameseConfig,
  x_BTF: Tensor3D,
  key: RandomKey | null = null,
): Tensor1D {
  checkSounds(config, x_BTF.shape);
  const rectified = <T extends Tensor2D | Tensor3D>(x: T): T => leakyRelu(x, config.leak);
  const drop = (x_MC: Tensor2D, use: number): Tensor2D =>
    key === null || config.dropoutRate === 0 ? x_MC : dropout(x_MC, config.dropoutRate, foldIn(key, use));
  // The rectifier never falls, so the larger of two is the same before and after it; after it there are half as many.
  const stem_BSC = rectified(pooled(stemOf(parameters, config, poolFrames(x_BTF, config.framesPerStep))));
  const middle_BSC = rectified(pooled(convolve(parameters, SIAMESE_NAMES.middle, stem_BSC)));
  const [B, S, C] = middle_BSC.shape;
  let rows_MC = drop(reshape(middle_BSC, [B * S, C]), 0);
  for (const [index, name] of SIAMESE_NAMES.hidden.entries()) {
    rows_MC = drop(rectified(linearNamed(parameters, name, rows_MC)), 1 + index);
  }
  // The last map is linear, so the mean over time may come first: one row a sound instead of one a step.
  const average_BC = mean(reshape(rows_MC, [B, S, -1]), 1) as Tensor2D;
  return reshape(linearNamed(parameters, SIAMESE_NAMES.score, average_BC), [B]);
}

/** The mean of each so many frames. */
function poolFrames(x_BTF: Tensor3D, framesPerStep: number): Tensor3D {
  const [B, T, F] = x_BTF.shape;
  const numSteps = Math.floor(T / framesPerStep);
  const whole_BTF = slice(x_BTF, [0, 0, 0], [B, numSteps * framesPerStep, F]);
  return mean(reshape(whole_BTF, [B, numSteps, framesPerStep, F]), 2);
}

function stemOf(parameters: Parameters, { stem, leak }: SiameseConfig, x_BSF: Tensor3D): Tensor3D {
  const parts = stem.map(({ padding }, index) => {
    const padded_BSF = pad(x_BSF, [
      [0, 0],
      [padding, padding],
      [0, 0],
    ]);
    return convolve(parameters, stemName(index), padded_BSF);
  });
  if (parts.length === 1) return parts[0] as Tensor3D;
  const joined_BSC = leakyRelu(concat(parts, 2), leak);
  const [B, S, C] = joined_BSC.shape;
  return reshape(linearNamed(parameters, SIAMESE_NAMES.mixed, reshape(joined_BSC, [B * S, C])), [B, S, -1]);
}

/** Over steps alone, all of its inputs at once, so as a convolution of an image one pixel high: fastest on the CPU. */
function convolve(parameters: Parameters, name: string, x_BSC: Tensor3D): Tensor3D {
  const [B, S, C] = x_BSC.shape;
  const weight = parameter<Tensor4D>(parameters, `${name}.weight`);
  const [E, , , K] = weight.shape;
  const kernel_1KCE = reshape(transpose(reshape(weight, [E, C, K]), [2, 1, 0]), [1, K, C, E]) as Tensor4D;
  const y_B1NE = conv2d(reshape(x_BSC, [B, 1, S, C]) as Tensor4D, kernel_1KCE, 1, 'valid');
  return add(reshape(y_B1NE, [B, S - K + 1, E]), parameter<Tensor1D>(parameters, `${name}.bias`));
}

/** The larger of each two steps. Where they are the same, as in silence, the gradient goes to the first alone. */
function pooled(x_BSC: Tensor3D): Tensor3D {
  const [B, S, C] = x_BSC.shape;
  const numPairs = Math.floor(S / POOL);
  const pairs_BPEC = reshape(slice(x_BSC, [0, 0, 0], [B, numPairs * POOL, C]), [B, numPairs, POOL, C]);
  const ofPair = (place: number): Tensor3D =>
    reshape(slice(pairs_BPEC, [0, 0, place, 0], [B, numPairs, 1, C]), [B, numPairs, C]);
  return maximum(ofPair(0), ofPair(1));
}

function linearNamed(parameters: Parameters, name: string, x_MC: Tensor2D): Tensor2D {
  return linear(x_MC, parameter(parameters, `${name}.weight`), parameter(parameters, `${name}.bias`));
}
