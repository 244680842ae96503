/** The loss on pairs: Euclidean and ranking, as Yu et al. 2017 combine them. */
import { add, cast, mul, notEqual, onesLike, type Scalar, slice, type Tensor1D } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { meanSquaredError } from '../training/losses.ts';
import { pairwiseRankingLoss } from '../training/rankingLoss.ts';
import type { SiameseLossConfig } from './config.ts';

/**
 * mean (f - y)² + λ · mean max(0, margin - sign(yA - yB) · (fA - fB)), the second over pairs of unequal targets.
 *
 * @param score_B the first half are the first of the pairs, the second half in the same order the second
 * @throws ChartlifeError InvalidInput for an odd number of scores
 */
export function siameseLoss(
  score_B: Tensor1D,
  target_B: Tensor1D,
  { rankingWeight, margin }: SiameseLossConfig,
): Scalar {
  const [B] = score_B.shape;
  if (B % 2 !== 0) {
    throw new ChartlifeError('InvalidInput', `${B} scores are not pairs`, {
      next: 'Give the first of all pairs, then the second of all.',
      details: { numScores: B },
    });
  }
  const error = meanSquaredError(score_B, target_B, onesLike(target_B));
  const halves = (x_B: Tensor1D): [Tensor1D, Tensor1D] => [slice(x_B, 0, B / 2), slice(x_B, B / 2, B / 2)];
  const [scoreA_P, scoreB_P] = halves(score_B);
  const [targetA_P, targetB_P] = halves(target_B);
  const isOrdered_P = cast(notEqual(targetA_P, targetB_P), 'float32');
  const ranking = pairwiseRankingLoss(scoreA_P, scoreB_P, targetA_P, targetB_P, isOrdered_P, margin);
  return add(error, mul(ranking, rankingWeight));
}
