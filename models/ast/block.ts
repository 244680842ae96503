/**
 * One layer of a pre-norm transformer encoder (Dosovitskiy et al. 2021, arXiv 2010.11929): attention, then a network of
 * two linear maps, each on the normalised tokens and added to them. AST and timm's MP2 share it.
 */
import { add, type Tensor2D } from '@tensorflow/tfjs-core';
import { linearOfGelu } from '../ops/gelu.ts';
import { normalize } from '../ops/layerNorm.ts';
import { linear } from '../ops/linear.ts';
import { folded, type LinearParameters, type NormParameters } from './linearParameters.ts';
import {
  firstTokens,
  type SelfAttentionOptions,
  type SelfAttentionParameters,
  selfAttention,
} from './selfAttention.ts';

export interface BlockParameters extends SelfAttentionParameters {
  readonly normAfter: NormParameters;
  readonly up: LinearParameters;
  readonly down: LinearParameters;
}

export interface BlockOptions extends SelfAttentionOptions {
  /** What training does to what attention (0) and network (1) give before it is added. Default: nothing. */
  readonly disturb?: ((branch_RD: Tensor2D, branch: 0 | 1) => Tensor2D) | undefined;
}

/**
 * @param x_MD M = B · N tokens
 * @returns the tokens after the layer: [B · N, D], or [B · Q, D]
 */
export function encoderBlock(x_MD: Tensor2D, parameters: BlockParameters, options: BlockOptions): Tensor2D {
  const { epsilon, disturb = (branch_RD) => branch_RD } = options;
  const { normAfter, up, down } = parameters;
  const attended_RD = disturb(selfAttention(x_MD, parameters, options), 0);
  const middle_RD = add(firstTokens(x_MD, options), attended_RD) as Tensor2D;
  const widened = folded(normAfter, up);
  const inner_RH = linear(normalize(middle_RD, epsilon), widened.weight, widened.bias);
  return add(middle_RD, disturb(linearOfGelu(inner_RH, down.weight, down.bias), 1));
}
