/** The loss of the system that this began as (HuberMSELoss of bhbbbbb/MPPP), for its recipe. */
import {
  greater,
  mul,
  type Scalar,
  square,
  sum,
  type Tensor,
  type Tensor1D,
  tensor1d,
  where,
} from '@tensorflow/tfjs-core';
import { errorOf, huber } from './losses.ts';
import { onlyCounted, weightedMean } from './weightedMean.ts';

const HUBER_DELTA = 0.5;
/** Twice, since half a square is the Huber loss of a small error: off the chart counts a tenth. */
const OFF_CHART_WEIGHT = 0.1 * 2;
const SLOPE_FACTOR = 4;

/**
 * 1 - 4 · log10(week / numWeeks) for weeks from 1: the logarithm is negative, so the first of 104 weeks weighs 9.07 and
 * the last 1. Sign, slope and the count from 1 are the original's; its own comment leaves the slope out.
 */
export function originalWeekWeights(numWeeks: number): Tensor1D {
  return tensor1d(Array.from({ length: numWeeks }, (_, week) => 1 - SLOPE_FACTOR * Math.log10((week + 1) / numWeeks)));
}

/**
 * Squared error where the target is on the chart (above 0), 0.2 · Huber(0.5) where it is off it (0), each times its
 * week's weight; divided by the number of cells, as in the original, and not by the sum of the weeks' weights.
 *
 * @param prediction_BT log10 of weekly streams, divided by 6
 * @param seen_BT 1 where the week was seen, 0 where not; the original saw all
 * @param divisor default: the number of cells seen
 */
export function originalLoss(prediction_BT: Tensor, target_BT: Tensor, seen_BT: Tensor, divisor?: Tensor): Scalar {
  const error_BT = errorOf(prediction_BT, target_BT, seen_BT);
  const isOnChart_BT = greater(onlyCounted(target_BT, seen_BT), 0);
  const loss_BT = where(isOnChart_BT, square(error_BT), mul(OFF_CHART_WEIGHT, huber(error_BT, HUBER_DELTA)));
  const weights_T = originalWeekWeights(target_BT.shape.at(-1) ?? 0);
  return weightedMean(mul(loss_BT, weights_T), seen_BT, divisor ?? sum(seen_BT));
}
