/** Multi-head self-attention, by the fused ops or head by head. */
import {
  concat,
  mul,
  reshape,
  slice,
  softmax,
  stack,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { attention } from '../ops/attention.ts';
import { hasFusedOps } from '../ops/fused/fusedOps.ts';
import { normalize } from '../ops/layerNorm.ts';
import { linear, matMul } from '../ops/linear.ts';
import { multiHeadAttention, multiHeadSelfAttention } from '../ops/multiHeadAttention.ts';
import { folded, type LinearParameters, type NormParameters } from './linearParameters.ts';

export interface SelfAttentionParameters {
  readonly normBefore: NormParameters;
  readonly query: LinearParameters;
  readonly key: LinearParameters;
  readonly value: LinearParameters;
  readonly output: LinearParameters;
}

export interface SelfAttentionOptions {
  /** B: the rows are its samples', one after the other, all of as many tokens. */
  readonly numSamples: number;
  readonly numHeads: number;
  readonly epsilon: number;
  /** Q: only a sample's first so many tokens ask, as they are all that is wanted. Default: all. */
  readonly numQueries?: number | undefined;
  /** Gets each head's shares of attention, computed for it alone. */
  readonly onAttention?: ((shares_BHQN: Tensor4D) => void) | undefined;
}

/**
 * @param x_MD M = B · N tokens, not yet normalised
 * @returns [B · N, D], or [B · Q, D]
 */
export function selfAttention(
  x_MD: Tensor2D,
  parameters: SelfAttentionParameters,
  options: SelfAttentionOptions,
): Tensor2D {
  const { epsilon, onAttention } = options;
  const { normBefore, output } = parameters;
  const normalized_MD = normalize(x_MD, epsilon);
  const maps: AttentionMaps = {
    query: folded(normBefore, parameters.query),
    key: folded(normBefore, parameters.key),
    value: folded(normBefore, parameters.value),
  };
  onAttention?.(sharesOf(normalized_MD, maps, options));
  const mix = hasFusedOps() ? mixAtOnce : mixByHead;
  return linear(mix(normalized_MD, maps, options), output.weight, output.bias);
}

interface AttentionMaps {
  readonly query: LinearParameters;
  readonly key: LinearParameters;
  readonly value: LinearParameters;
}

/** One linear map makes queries, keys and values of all heads, where all tokens ask. */
function mixAtOnce(
  normalized_MD: Tensor2D,
  { query, key, value }: AttentionMaps,
  options: SelfAttentionOptions,
): Tensor2D {
  const { numSamples: B, numHeads, numQueries } = options;
  const [M, D] = normalized_MD.shape;
  const form = { numHeads, scale: 1 / Math.sqrt(D / numHeads) };
  const perSample = (rows: Tensor2D): Tensor3D => reshape(rows, [B, rows.shape[0] / B, rows.shape[1]]);
  if (numQueries === undefined) {
    const qkv = sideBySide([query, key, value]);
    const qkv_BNE = perSample(linear(normalized_MD, qkv.weight, qkv.bias));
    return reshape(multiHeadSelfAttention(qkv_BNE, form), [M, D]);
  }
  const asked_RD = firstTokens(normalized_MD, options);
  const mixed_BQD = multiHeadAttention(
    perSample(linear(asked_RD, query.weight, query.bias)),
    perSample(linear(normalized_MD, key.weight, key.bias)),
    perSample(linear(normalized_MD, value.weight, value.bias)),
    form,
  );
  return reshape(mixed_BQD, [B * numQueries, D]);
}

/** Each head's queries, keys and values are made by themselves: putting them apart afterwards costs more. */
function mixByHead(normalized_MD: Tensor2D, maps: AttentionMaps, options: SelfAttentionOptions): Tensor2D {
  const mixed = headsOf(normalized_MD, maps, options).map(({ q_BQd, k_BNd, v_BNd }) => attention(q_BQd, k_BNd, v_BNd));
  return concat(
    mixed.map((mixed_BQd): Tensor2D => reshape(mixed_BQd, [-1, mixed_BQd.shape[2]])),
    1,
  );
}

function sharesOf(normalized_MD: Tensor2D, maps: AttentionMaps, options: SelfAttentionOptions): Tensor4D {
  const heads = headsOf(normalized_MD, maps, options);
  const shares = heads.map(({ q_BQd, k_BNd }) => softmax(matMul(q_BQd, k_BNd, { transposeB: true })));
  return stack(shares, 1) as Tensor4D;
}

/** Queries are divided by the square root of their size. */
function headsOf(normalized_MD: Tensor2D, { query, key, value }: AttentionMaps, options: SelfAttentionOptions) {
  const { numSamples: B, numHeads } = options;
  const asked_RD = firstTokens(normalized_MD, options);
  const headSize = normalized_MD.shape[1] / numHeads;
  const project = (rows: Tensor2D, { weight, bias }: LinearParameters): Tensor3D =>
    reshape(linear(rows, weight, bias), [B, rows.shape[0] / B, headSize]);
  return Array.from({ length: numHeads }, (_, head) => ({
    q_BQd: project(asked_RD, scaled(ofHead(query, head, headSize), 1 / Math.sqrt(headSize))),
    k_BNd: project(normalized_MD, ofHead(key, head, headSize)),
    v_BNd: project(normalized_MD, ofHead(value, head, headSize)),
  }));
}

/** One map whose outputs are theirs, one after the other; each has a bias, folding gave it. */
function sideBySide(maps: readonly LinearParameters[]): LinearParameters {
  return {
    weight: concat(
      maps.map(({ weight }) => weight),
      0,
    ),
    bias: concat(
      maps.map(({ bias }) => bias as Tensor1D),
      0,
    ),
  };
}

/** The rows of one head: they lie together. */
function ofHead({ weight, bias }: LinearParameters, head: number, headSize: number): LinearParameters {
  const at = head * headSize;
  return {
    weight: slice(weight, [at, 0], [headSize, weight.shape[1]]),
    bias: bias === null ? null : slice(bias, [at], [headSize]),
  };
}

/** Linear, and its outputs times `factor`: at a weight's cost, not at the tokens'. */
function scaled({ weight, bias }: LinearParameters, factor: number): LinearParameters {
  return { weight: mul(weight, factor), bias: bias === null ? null : mul(bias, factor) };
}

/** Of each sample; all where no number of queries is given. */
export function firstTokens(
  x_MD: Tensor2D,
  { numSamples: B, numQueries: Q }: Pick<SelfAttentionOptions, 'numSamples' | 'numQueries'>,
): Tensor2D {
  if (Q === undefined) return x_MD;
  const [M, D] = x_MD.shape;
  return reshape(slice(reshape(x_MD, [B, M / B, D]), [0, 0, 0], [B, Q, D]), [B * Q, D]);
}
