/** What training does to an encoder: dropout and stochastic depth, drawn from a key and from nothing else. */
import { reshape, type Tensor2D } from '@tensorflow/tfjs-core';
import { dropout, dropPath, foldIn, type RandomKey } from '../training/random.ts';

export interface Randomness {
  /** Another for each step: the same key gives the same draws. */
  readonly key: RandomKey;
  /** Of the embeddings and of what each branch gives: the share of numbers set to 0. */
  readonly dropoutRate: number;
  /** Of the last layer's branches: the share of samples that skip one. It grows from 0 at the first layer. */
  readonly dropPathRate: number;
}

/** Keys per branch: one for dropout, one for stochastic depth. The first key is the embeddings'. */
const KEYS_PER_BRANCH = 2;
const BRANCHES_PER_LAYER = 2;

export function disturbEmbeddings(tokens_MD: Tensor2D, { key, dropoutRate }: Randomness): Tensor2D {
  return dropoutRate === 0 ? tokens_MD : dropout(tokens_MD, dropoutRate, foldIn(key, 0));
}

/**
 * @param rows_RD what a branch gives, before it is added: the rows of `numSamples` samples
 * @param layer from 0, of `numLayers`
 * @param branch 0 attention, 1 network
 */
export function disturbBranch(
  rows_RD: Tensor2D,
  { key, dropoutRate, dropPathRate }: Randomness,
  { layer, numLayers, branch, numSamples }: BranchPlace,
): Tensor2D {
  const first = 1 + KEYS_PER_BRANCH * (BRANCHES_PER_LAYER * layer + branch);
  const pathRate = numLayers === 1 ? dropPathRate : (dropPathRate * layer) / (numLayers - 1);
  const kept_RD = dropoutRate === 0 ? rows_RD : dropout(rows_RD, dropoutRate, foldIn(key, first));
  if (pathRate === 0) return kept_RD;
  const [R, D] = kept_RD.shape;
  const perSample = reshape(kept_RD, [numSamples, R / numSamples, D]);
  return reshape(dropPath(perSample, pathRate, foldIn(key, first + 1)), [R, D]);
}

export interface BranchPlace {
  readonly layer: number;
  readonly numLayers: number;
  readonly branch: 0 | 1;
  readonly numSamples: number;
}
