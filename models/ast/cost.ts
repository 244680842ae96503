/** What one pass of an encoder costs, counted from its sizes. */
import { type EncoderConfig, numPatchesOf } from './config.ts';

export interface EncoderSizes {
  readonly numPatches: number;
  readonly numPrefixTokens: number;
  readonly patchSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly mlpSize: number;
}

/** Multiplications, each with its addition, of the matrix products for one spectrogram. */
export interface EncoderCost {
  readonly numTokens: number;
  readonly patchMacs: number;
  /** Of each layer. */
  readonly layerMacs: number;
  readonly totalMacs: number;
}

export function encoderSizes(config: EncoderConfig, numPrefixTokens: number): EncoderSizes {
  return { ...config, numPatches: numPatchesOf(config), numPrefixTokens };
}

export function encoderCost(sizes: EncoderSizes): EncoderCost {
  const { numPatches, numPrefixTokens, patchSize, hiddenSize: D, numLayers, mlpSize: H } = sizes;
  const N = numPrefixTokens + numPatches;
  const patchMacs = numPatches * patchSize * patchSize * D;
  // Queries, keys, values and output; scores and their use; the network.
  const layerMacs = 4 * N * D * D + 2 * N * N * D + 2 * N * D * H;
  return { numTokens: N, patchMacs, layerMacs, totalMacs: patchMacs + numLayers * layerMacs };
}
