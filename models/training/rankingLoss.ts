/** Pairwise ranking loss for the siamese network (Yu et al. 2017, hit song prediction for pop music by siamese CNN). */
import { mul, relu, type Scalar, sign, sub, type Tensor } from '@tensorflow/tfjs-core';
import { onlyCounted, weightedMean } from './weightedMean.ts';

/**
 * The mean of max(0, margin - sign(targetA - targetB) · (scoreA - scoreB)). A pair of equal targets adds the margin and
 * no gradient: give it weight 0, or don't draw it.
 *
 * @param scoreA_P of the first of each pair
 * @param weights_P one per pair; 0 for a pair that does not count
 */
export function pairwiseRankingLoss(
  scoreA_P: Tensor,
  scoreB_P: Tensor,
  targetA_P: Tensor,
  targetB_P: Tensor,
  weights_P: Tensor,
  margin: number,
): Scalar {
  const order_P = sign(onlyCounted(sub(targetA_P, targetB_P), weights_P));
  const lead_P = onlyCounted(sub(scoreA_P, scoreB_P), weights_P);
  return weightedMean(relu(sub(margin, mul(order_P, lead_P))), weights_P);
}
