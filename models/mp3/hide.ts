/** What training hides of a track's weeks, so that a forecast many weeks ahead is learned as such. */
import { cast, exp, floor, less, mul, range, reshape, square, sub, type Tensor2D, where } from '@tensorflow/tfjs-core';
import { foldIn, type RandomKey, uniform } from '../training/random.ts';

/**
 * Teacher forcing alone teaches a forecast of the next week. A share of the tracks is therefore told with its first weeks alone, the
 * others being to be forecast from them: (T + 1)^(u²) - 1 weeks of a uniform u, so of 104 two of five of them are told none and
 * one of ten a single one. That is what is asked most often: what becomes of a new entry, before and after its first week.
 *
 * @param hiddenShare of the tracks: the others are told all weeks, as a path is drawn week by week
 * @returns seen_BT as told: the hidden weeks are unseen
 */
export function hideWeeks(seen_BT: Tensor2D, hiddenShare: number, key: RandomKey): Tensor2D {
  const [B, T] = seen_BT.shape;
  const numTold_B = sub(floor(exp(mul(square(uniform(foldIn(key, 0), [B])), Math.log(T + 1)))), 1);
  const isToldAll_B = less(uniform(foldIn(key, 1), [B]), 1 - hiddenShare);
  const end_B = where(isToldAll_B, T, numTold_B);
  const isTold_BT = less(reshape(range(0, T, 1, 'float32'), [1, T]), reshape(end_B, [B, 1]));
  return mul(seen_BT, cast(isTold_BT, 'float32'));
}
