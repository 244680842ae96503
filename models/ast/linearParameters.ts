/** A layer's parameters, put together by what they do. */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { foldNorm } from '../ops/layerNorm.ts';

/** The weight has a row per output. */
export interface LinearParameters {
  readonly weight: Tensor2D;
  readonly bias: Tensor1D | null;
}

export interface NormParameters {
  readonly gain: Tensor1D;
  readonly shift: Tensor1D;
}

/** The map with the normalisation before it. */
export function folded({ gain, shift }: NormParameters, { weight, bias }: LinearParameters): LinearParameters {
  return foldNorm(gain, shift, weight, bias);
}
