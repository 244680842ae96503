/**
 * Losses with a weight for each cell, as means over the weights' sum. Weight 0 masks a cell: a week that nobody has seen
 * yet, or that is censored. Of all of them `weights` is of the target's shape, and `divisor` as in weightedMean.ts.
 */
import {
  abs,
  add,
  exp,
  expandDims,
  log1p,
  maximum,
  minimum,
  mul,
  neg,
  relu,
  type Scalar,
  square,
  sub,
  type Tensor,
  tensor1d,
  mean as tfMean,
} from '@tensorflow/tfjs-core';
import { onlyCounted, weightedMean } from './weightedMean.ts';

/** (prediction - target)². */
export function meanSquaredError(prediction: Tensor, target: Tensor, weights: Tensor, divisor?: Tensor): Scalar {
  return weightedMean(square(errorOf(prediction, target, weights)), weights, divisor);
}

/** See {@link huber}. */
export function huberLoss(
  prediction: Tensor,
  target: Tensor,
  weights: Tensor,
  delta: number,
  divisor?: Tensor,
): Scalar {
  return weightedMean(huber(errorOf(prediction, target, weights), delta), weights, divisor);
}

/**
 * -target · log σ(logit) - (1 - target) · log(1 - σ(logit)), in the form that no logit makes overflow.
 *
 * @param target from 0 to 1
 */
export function binaryCrossEntropy(logits: Tensor, target: Tensor, weights: Tensor, divisor?: Tensor): Scalar {
  const x = onlyCounted(logits, weights);
  const loss = add(sub(relu(x), mul(x, onlyCounted(target, weights))), log1p(exp(neg(abs(x)))));
  return weightedMean(loss, weights, divisor);
}

/**
 * Quantile loss (Koenker and Bassett 1978): max(τ · e, (τ - 1) · e) with e = target - prediction, the mean over the levels τ.
 *
 * @param prediction_BTQ one prediction per level
 * @param levels between 0 and 1, Q of them
 */
export function pinballLoss(
  prediction_BTQ: Tensor,
  target_BT: Tensor,
  weights_BT: Tensor,
  levels: readonly number[],
  divisor?: Tensor,
): Scalar {
  const shortfall_BTQ = neg(errorOf(prediction_BTQ, expandDims(target_BT, -1), expandDims(weights_BT, -1)));
  const above_Q = tensor1d([...levels]);
  const loss_BTQ = maximum(mul(shortfall_BTQ, above_Q), mul(shortfall_BTQ, sub(above_Q, 1)));
  return weightedMean(tfMean(loss_BTQ, -1), weights_BT, divisor);
}

/** 0.5 · e² up to an error of delta, delta · (|e| - 0.5 · delta) beyond (Huber 1964). */
export function huber(error: Tensor, delta: number): Tensor {
  const size = abs(error);
  const within = minimum(size, delta);
  return add(mul(0.5, square(within)), mul(delta, sub(size, within)));
}

/** prediction - target, 0 where it does not count. */
export function errorOf(prediction: Tensor, target: Tensor, weights: Tensor): Tensor {
  return onlyCounted(sub(prediction, target), weights);
}
