/**
 * Randomness within a step, as a pure function of a key. A key is an int32 tensor [2], made of seed and step outside and
 * given to the step as an argument; TensorFlow's stateless ops (Philox 4x32-10, Salmon et al., SC11) draw from it, so a
 * step that is done again draws the same bits, compiled or not, in any process with the same TensorFlow.
 */
import {
  add,
  cast,
  customGrad,
  type GradSaveFunc,
  greaterEqual,
  mul,
  type Tensor,
  type Tensor1D,
  tensor1d,
} from '@tensorflow/tfjs-core';
import { Draws } from '../../runtime/philox.ts';
import { rawOp, typeAttribute } from '../backend/rawOp.ts';
import { fusedDropout, hasFusedOps } from '../ops/fused/fusedOps.ts';
import { PURPOSE } from './purposes.ts';

export type RandomKey = Tensor1D;

/** Keeps the stream that makes keys apart from the stream that a key's own draws come from. */
const FOLD = 0x5f01d;
const SEEDED_BY_INT32 = typeAttribute('Tseed', 'int32');
const SHAPE_IN_INT32 = typeAttribute('T', 'int32');

/**
 * The key of one step; the caller's to dispose of.
 *
 * @param seed of the run, a whole number from 0 below 2^53
 * @param step likewise
 */
export function randomKey(seed: number, step: number): RandomKey {
  const draws = new Draws(seed, step, PURPOSE.graphKey);
  const word = (): number => draws.integer(0, 2 ** 32 - 1) | 0;
  return tensor1d([word(), word()], 'int32');
}

/**
 * A key of its own for each purpose and layer, independent of the others and of what is drawn from `key` itself.
 *
 * @param n a whole number from 0 below 2^31
 */
export function foldIn(key: RandomKey, n: number): RandomKey {
  if (!Number.isInteger(n) || n < 0 || n >= 2 ** 31)
    throw new RangeError(`${n} is not a whole number from 0 below 2^31`);
  const seed = add(key, tensor1d([n, FOLD], 'int32'));
  const attributes = [typeAttribute('dtype', 'int32'), SHAPE_IN_INT32, SEEDED_BY_INT32];
  return rawOp('StatelessRandomUniformFullInt', [tensor1d([2], 'int32'), seed], attributes) as RandomKey;
}

/** float32 in [0, 1), in steps of 2^-23. The same key gives the same values: use each for one draw alone. */
export function uniform(key: RandomKey, shape: readonly number[]): Tensor {
  const attributes = [typeAttribute('dtype', 'float32'), SHAPE_IN_INT32, SEEDED_BY_INT32];
  return rawOp('StatelessRandomUniform', [tensor1d([...shape], 'int32'), key], attributes);
}

/**
 * Each element is 0 with probability `rate`, and otherwise divided by 1 - rate (Srivastava et al. 2014, JMLR 15).
 *
 * @param rate from 0 below 1; 0 is the identity
 * @param key null is the identity: evaluation
 */
export function dropout<T extends Tensor>(x: T, rate: number, key: RandomKey | null): T {
  requireRate(rate);
  if (rate === 0 || key === null) return x;
  return hasFusedOps() ? fused(x, key, rate) : withMask(x, rate, key, x.shape);
}

/** The same bits without a mask that is kept for the way back. */
function fused<T extends Tensor>(x: T, key: RandomKey, rate: number): T {
  const dropped = customGrad((...args) => {
    const [input, save] = args as unknown as [Tensor, GradSaveFunc];
    save([key]);
    return {
      value: fusedDropout(input, key, rate),
      gradFunc: (dy: Tensor, [sameKey]: Tensor[]) => fusedDropout(dy, sameKey as RandomKey, rate),
    };
  }) as <U extends Tensor>(input: U) => U;
  return dropped(x);
}

/**
 * Stochastic depth (Huang et al. 2016, arXiv 1603.09382): the branch of a whole sample is 0 with probability `rate`, and
 * otherwise divided by 1 - rate.
 *
 * @param x_BND a residual branch, of any rank; its first axis is the samples
 */
export function dropPath<T extends Tensor>(x_BND: T, rate: number, key: RandomKey | null): T {
  requireRate(rate);
  if (rate === 0 || key === null) return x_BND;
  return withMask(x_BND, rate, key, [x_BND.shape[0] ?? 1, ...x_BND.shape.slice(1).map(() => 1)]);
}

/** The mask comes from the key alone, so it is a constant to the gradient. */
function withMask<T extends Tensor>(x: T, rate: number, key: RandomKey, maskShape: readonly number[]): T {
  const kept = cast(greaterEqual(uniform(key, maskShape), rate), 'float32');
  return mul(x, mul(kept, 1 / (1 - rate)));
}

function requireRate(rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`a rate of ${rate} is not from 0 below 1`);
}
