/** From a spectrogram to tokens: patches, class and other tokens before them, positions. */
import {
  add,
  concat,
  pad,
  reshape,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  transpose,
} from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { FLOAT, intAttribute, rawOp, stringAttribute } from '../backend/rawOp.ts';
import { linear } from '../ops/linear.ts';
import type { PatchGrid } from './config.ts';

/** Which axis the patches run through last, and a patch's own rows: `mels` as AST has it, `times` as timm's MP2. */
export type PatchOrder = 'mels outside' | 'times outside';

export interface EmbeddingParameters {
  /** [D, 1, patch, patch], of a convolution. */
  readonly weight: Tensor;
  readonly bias: Tensor1D;
  /** Each [1, 1, D], in their order. */
  readonly prefixTokens: readonly Tensor[];
  /** [1, N, D], the prefix tokens' first. */
  readonly positions: Tensor;
}

const NO_PAD: [number, number] = [0, 0];

/**
 * The tokens of all samples, one a row: [B · N, D].
 *
 * @param x_BTF log-mel energies, normalised: samples, frames, mel bins. It gets no gradient.
 * @throws ChartlifeError InvalidInput where it has other sizes than `grid`
 */
export function embedPatches(
  x_BTF: Tensor3D,
  parameters: EmbeddingParameters,
  grid: PatchGrid,
  order: PatchOrder,
): Tensor2D {
  const { weight, prefixTokens } = parameters;
  const numPrefix = prefixTokens.length;
  const D = weight.shape[0] as number;
  const patches_BPK = cutPatches(x_BTF, grid, order);
  const [B, P, K] = patches_BPK.shape;
  const N = numPrefix + P;
  // Rows of zeros stand where the prefix tokens will be: cheaper than to put wide rows together afterwards.
  const rows_MK: Tensor2D = reshape(pad(patches_BPK, [NO_PAD, [numPrefix, 0], NO_PAD]), [B * N, K]);
  const projected_MD = linear(rows_MK, reshape(weight, [D, K]), null);
  const tokens_BND = add(reshape(projected_MD, [B, N, D]), offsets(parameters, N, D));
  return reshape(tokens_BND, [B * N, D]);
}

/** What is added to each token, whatever the sound: [N, D]. */
function offsets({ bias, prefixTokens, positions }: EmbeddingParameters, N: number, D: number): Tensor2D {
  const numPrefix = prefixTokens.length;
  const positions_ND = reshape(positions, [N, D]);
  const prefix = prefixTokens.map((token, index) =>
    add(reshape(token, [1, D]), slice(positions_ND, [index, 0], [1, D])),
  );
  const rest = add(slice(positions_ND, [numPrefix, 0], [N - numPrefix, D]), bias);
  return concat([...prefix, rest], 0) as Tensor2D;
}

/** A patch a row, its values row by row: what the convolution's kernel meets. */
function cutPatches(x_BTF: Tensor3D, grid: PatchGrid, order: PatchOrder): Tensor3D {
  const [B, T, F] = x_BTF.shape;
  const { numFrames, numMelBins, patchSize, frameStride, melStride } = grid;
  if (T !== numFrames || F !== numMelBins) {
    throw new ChartlifeError(
      'InvalidInput',
      `the model takes ${numFrames} frames of ${numMelBins}, given are ${T} of ${F}`,
      {
        next: 'Cut or pad the spectrograms, or interpolate the positions to their length.',
        details: { numFrames: T, numMelBins: F },
      },
    );
  }
  const isMelOutside = order === 'mels outside';
  const image = isMelOutside ? reshape(transpose(x_BTF, [0, 2, 1]), [B, F, T, 1]) : reshape(x_BTF, [B, T, F, 1]);
  const strides = isMelOutside ? [melStride, frameStride] : [frameStride, melStride];
  const patches = rawOp(
    'ExtractImagePatches',
    [image],
    [
      FLOAT,
      intAttribute('ksizes', [1, patchSize, patchSize, 1]),
      intAttribute('strides', [1, ...strides, 1]),
      intAttribute('rates', [1, 1, 1, 1]),
      stringAttribute('padding', 'VALID'),
    ],
  );
  const [, numRows = 0, numColumns = 0, K = 0] = patches.shape;
  return reshape(patches, [B, numRows * numColumns, K]);
}
