/** A mean over the cells that count. */
import { div, greater, maximum, mul, type Scalar, sum, type Tensor, where, zerosLike } from '@tensorflow/tfjs-core';

/** A batch without any cell that counts has a loss of 0 and not of 0/0. */
const SMALLEST_DIVISOR = 1e-12;

/**
 * Zeros where the weight is 0. Whatever stands there, NaN too, has no influence, on the gradient neither: 0 · NaN would.
 * The weights are data, so that the gradient need not go through the condition.
 *
 * @param weights of the shape of x, or of one that spreads to it
 */
export function onlyCounted<T extends Tensor>(x: T, weights: Tensor): T {
  return where(greater(weights, 0), x, zerosLike(x));
}

/**
 * The sum of weights · losses over the sum of weights.
 *
 * @param losses finite everywhere
 * @param divisor a scalar to divide by in place of the sum of weights: that of the whole batch, where this is a part
 */
export function weightedMean(losses: Tensor, weights: Tensor, divisor: Tensor = sum(weights)): Scalar {
  return div(sum(mul(losses, weights)), maximum(divisor, SMALLEST_DIVISOR));
}
