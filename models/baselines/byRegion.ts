/** A baseline that knows its region, as MP3 does: fitted on the region's own series where it has enough of them. */
import type { Baseline, Forecaster, Series } from './baselines.ts';

export interface RegionSeries extends Series {
  readonly region: string;
}

/** A region with fewer series of its own is forecast from those of all regions. */
export const LEAST_SERIES = 30;

/** @returns a forecaster of a series of any region, seen in training or not */
export function fitByRegion(
  baseline: Baseline,
  training: readonly RegionSeries[],
): (series: RegionSeries, numObserved: number) => Float32Array {
  const ofAll = baseline.fit(training);
  const fitted = new Map<string, Forecaster>();
  for (const region of new Set(training.map((one) => one.region))) {
    const own = training.filter((one) => one.region === region);
    if (own.length >= LEAST_SERIES) fitted.set(region, baseline.fit(own));
  }
  return (series, numObserved) => (fitted.get(series.region) ?? ofAll)(series, numObserved);
}
