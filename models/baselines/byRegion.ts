/** What is fitted on series, for each region by itself: a baseline must know its region, as MP3 does. */
import type { Series } from './baselines.ts';

export interface RegionSeries extends Series {
  readonly region: string;
}

/** A region with fewer series of its own has what is fitted on those of all regions. */
export const LEAST_SERIES = 30;

/** @returns what was fitted for a region, seen in training or not */
export function fitByRegion<Fitted>(
  training: readonly RegionSeries[],
  fitOn: (own: readonly RegionSeries[]) => Fitted,
): (region: string) => Fitted {
  const ofAll = fitOn(training);
  const fitted = new Map<string, Fitted>();
  for (const region of new Set(training.map((one) => one.region))) {
    const own = training.filter((one) => one.region === region);
    if (own.length >= LEAST_SERIES) fitted.set(region, fitOn(own));
  }
  return (region) => fitted.get(region) ?? ofAll;
}
