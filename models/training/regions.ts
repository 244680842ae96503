/** Mixed region sampling: a track has a trajectory in each region where it charted, and training draws of them. */
import { ChartlifeError } from '../../contracts/errors.ts';
import type { Region } from '../../contracts/regions.ts';
import { Draws } from '../../runtime/philox.ts';
import { PURPOSE } from './purposes.ts';

export interface RegionSampling {
  /** Regions per track, at most. */
  readonly numRegions: number;
  /** From 0; a region that is not named has `otherWeight`. The original's: us 4, jp 2, tw 1, others 0. */
  readonly weights: Readonly<Record<string, number>>;
  readonly otherWeight: number;
}

/** Evaluation: every region where the track charted, in the order of their codes. */
export function allRegions(charted: readonly Region[]): Region[] {
  return [...new Set(charted)].sort();
}

/**
 * Draws without replacement, each in proportion to the weights of those left; fewer than `numRegions` where the track
 * charted in fewer that have a weight. The order is that of drawing.
 *
 * @param charted where the track charted, in any order
 * @param index of the example in the run's order: step · batch size + place in the batch
 * @throws ChartlifeError InvalidInput for a weight that is negative or not finite
 */
export function sampleRegions(
  charted: readonly Region[],
  sampling: RegionSampling,
  seed: number,
  index: number,
): Region[] {
  const draws = new Draws(seed, index, PURPOSE.regions);
  let left = allRegions(charted)
    .map((region) => ({ region, weight: weightOf(region, sampling) }))
    .filter(({ weight }) => weight > 0);
  const drawn: Region[] = [];
  while (drawn.length < sampling.numRegions && left.length > 0) {
    const chosen = choose(left, draws.unit());
    drawn.push(chosen.region);
    left = left.filter((candidate) => candidate !== chosen);
  }
  return drawn;
}

interface Candidate {
  readonly region: Region;
  readonly weight: number;
}

/** @param unit in [0, 1) */
function choose(candidates: readonly Candidate[], unit: number): Candidate {
  let rest = unit * candidates.reduce((sum, { weight }) => sum + weight, 0);
  const found = candidates.find(({ weight }) => {
    rest -= weight;
    return rest < 0;
  });
  // Rounding can leave a rest of 0 after the last.
  return found ?? (candidates.at(-1) as Candidate);
}

function weightOf(region: Region, { weights, otherWeight }: RegionSampling): number {
  const weight = weights[region] ?? otherWeight;
  if (Number.isFinite(weight) && weight >= 0) return weight;
  throw new ChartlifeError('InvalidInput', `the weight ${weight} of region ${region} is not a number from 0`, {
    next: 'Give each region a weight from 0.',
    details: { region, weight: String(weight) },
  });
}
