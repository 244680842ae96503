/** For what a gradient computes a second time instead of having kept it. */
import { isFinite as isFiniteTensor, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { rawOp, typeAttribute } from '../backend/rawOp.ts';

/**
 * x, in a way that depends on dy. Without it TensorFlow's graph optimiser sees that the second run computes what the
 * first did and keeps the first's activations for it; with it the second run differs, and can't start before dy is there.
 * Both branches are x, so the value of dy, be it NaN, has no influence.
 */
export function notBefore<T extends Tensor>(dy: Tensor, x: T): T {
  const first = reshape(slice(reshape(dy, [-1]), [0], [1]), []);
  return rawOp('Select', [isFiniteTensor(first), x, x], [typeAttribute('T', x.dtype)]) as T;
}
