/**
 * A/B sampling (Yu et al. 2017): one sound of a pair is from the top class A, the other from the rest, B. How large A is
 * could not be read: it is a share that the recipe gives.
 */
import { ChartlifeError } from '../../contracts/errors.ts';
import { Draws } from '../../runtime/philox.ts';
import { PURPOSE } from '../training/purposes.ts';

/** Indices into the targets. */
export interface PairClasses {
  readonly top: readonly number[];
  readonly rest: readonly number[];
}

export interface Pairs {
  readonly a: readonly number[];
  readonly b: readonly number[];
}

/**
 * @param topShare of the sounds that are class A, between 0 and 1; of equal targets the earlier comes first
 * @throws ChartlifeError InvalidInput where a class would be empty, or a target is not finite
 */
export function splitClasses(targets: readonly number[], topShare: number): PairClasses {
  const bad = targets.findIndex((target) => !Number.isFinite(target));
  if (bad !== -1) throw refused(`target ${bad} is ${targets[bad]}`);
  const numTop = Math.round(targets.length * topShare);
  if (!(numTop > 0 && numTop < targets.length))
    throw refused(`a share of ${topShare} of ${targets.length} leaves a class empty`);
  const byTarget = [...targets.keys()].sort((a, b) => (targets[b] as number) - (targets[a] as number));
  return { top: byTarget.slice(0, numTop), rest: byTarget.slice(numTop) };
}

/**
 * Pairs of one step, each class's sounds equally likely, with replacement: a pure function of (seed, step).
 *
 * @param numPairs the same in all steps of a run
 */
export function samplePairs({ top, rest }: PairClasses, numPairs: number, seed: number, step: number): Pairs {
  const pairs = Array.from({ length: numPairs }, (_, pair) => {
    const draws = new Draws(seed, step * numPairs + pair, PURPOSE.pairs);
    const one = (sounds: readonly number[]): number => sounds[draws.integer(0, sounds.length - 1)] as number;
    return { a: one(top), b: one(rest) };
  });
  return { a: pairs.map(({ a }) => a), b: pairs.map(({ b }) => b) };
}

function refused(why: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `pairs: ${why}`, {
    next: 'Correct the targets or the share of the top class.',
  });
}
