/** One layer of a pre-norm transformer decoder: attention to the weeks so far, then a network of two linear maps. */
import { add, mul, slice, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { linearOfGelu } from '../ops/gelu.ts';
import { linearOfNormalized, normalize } from '../ops/layerNorm.ts';
import { linear } from '../ops/linear.ts';
import { type Parameters, parameter } from '../parameters.ts';
import type { Mp3Config } from './config.ts';
import { mp3LayerNames } from './names.ts';

/**
 * Queries (already divided by sqrt(head size)), keys or values of the tokens.
 *
 * @param head its columns alone, [M, d]; undefined for all heads', which lie side by side, [M, D]
 */
export type Project = (part: 'query' | 'key' | 'value', head?: number) => Tensor2D;

/** The values that each token mixes, a head's columns lying together: [M, D]. */
export type Attend = (project: Project) => Tensor2D;

export interface DecoderBlockOptions {
  readonly attend: Attend;
  /** What training does to what attention (0) and network (1) give before it is added. Default: nothing. */
  readonly disturb?: ((branch_MD: Tensor2D, branch: 0 | 1) => Tensor2D) | undefined;
}

/**
 * @param x_MD tokens, one a row
 * @param layer from 0
 */
export function decoderBlock(
  x_MD: Tensor2D,
  parameters: Parameters,
  config: Mp3Config,
  layer: number,
  { attend, disturb = (branch_MD) => branch_MD }: DecoderBlockOptions,
): Tensor2D {
  const { hiddenSize, numHeads, epsilon } = config;
  const names = mp3LayerNames(layer);
  const normalized_MD = normalize(x_MD, epsilon);
  const headSize = hiddenSize / numHeads;
  const mixed_MD = attend((part, head) =>
    linearOfNormed(parameters, names.normBefore, names[part], normalized_MD, {
      scale: part === 'query' ? 1 / Math.sqrt(headSize) : 1,
      rows: head === undefined ? [0, hiddenSize] : [head * headSize, headSize],
    }),
  );
  const middle_MD = add<Tensor2D>(x_MD, disturb(linearNamed(parameters, names.output, mixed_MD), 0));
  const inner_MH = linearOfNormed(parameters, names.normAfter, names.up, normalize(middle_MD, epsilon));
  const weight_DH = parameter<Tensor2D>(parameters, `${names.down}.weight`);
  const bias_D = parameter<Tensor1D>(parameters, `${names.down}.bias`);
  return add(middle_MD, disturb(linearOfGelu(inner_MH, weight_DH, bias_D), 1));
}

/** The linear map `name` of x. */
export function linearNamed(parameters: Parameters, name: string, x_MD: Tensor2D): Tensor2D {
  return linear(x_MD, parameter(parameters, `${name}.weight`), parameter(parameters, `${name}.bias`));
}

/**
 * The linear map `name` of the layer normalisation `norm` of what was normalised.
 *
 * @param options.scale factor of what it gives, applied to the weight
 * @param options.rows first and number of the outputs wanted; default: all
 */
export function linearOfNormed(
  parameters: Parameters,
  norm: string,
  name: string,
  normalized_MD: Tensor2D,
  { scale = 1, rows }: { readonly scale?: number; readonly rows?: readonly [first: number, count: number] } = {},
): Tensor2D {
  const weight_ED = parameter<Tensor2D>(parameters, `${name}.weight`);
  const bias_E = parameter<Tensor1D>(parameters, `${name}.bias`);
  const [first, count] = rows ?? [0, bias_E.shape[0]];
  const part_FD = slice(weight_ED, [first, 0], [count, weight_ED.shape[1]]);
  const part_F = slice(bias_E, [first], [count]);
  return linearOfNormalized(
    normalized_MD,
    parameter(parameters, `${norm}.weight`),
    parameter(parameters, `${norm}.bias`),
    scale === 1 ? part_FD : mul(part_FD, scale),
    scale === 1 ? part_F : mul(part_F, scale),
  );
}
