/** Whether forecasts are as sure as they say: of being on the chart, and of the streams then. */
import { WEEK_STATE } from '../../contracts/dataset.ts';
import type { Series } from './baselines.ts';
import { type Horizon, horizonsFrom } from './errors.ts';

/** Of the weeks of a horizon that were not given. */
export interface Calibration {
  /** Such as `1-4`; `all` for all weeks. */
  readonly horizon: string;
  /** Weeks of which it is known whether they are on the chart. */
  readonly numSeen: number;
  /** Brier (1950): mean of (P(on chart) - whether it is)²; null where no week was seen. */
  readonly brier: number | null;
  /** The same of the training part's share on the chart in each week, in the region: it knows no track. */
  readonly brierOfShare: number | null;
  readonly numOnChart: number;
  /** Share of the weeks on the chart whose streams lie within the band; null where there is none. */
  readonly coverage: number | null;
}

export interface BandForecast {
  readonly series: Series;
  /** P(on chart) by week. */
  readonly onChart: Float32Array;
  /** The same of the training part: see {@link shareOnChart}. */
  readonly shareOnChart: Float32Array;
  /** log10 streams by week: the lowest and the highest level. */
  readonly low: Float32Array;
  readonly high: Float32Array;
}

/** Of each week the share on the chart among the series of which it is known; 0 where of none. */
export function shareOnChart(series: readonly Series[]): Float32Array {
  const numWeeks = series[0]?.states.length ?? 0;
  return Float32Array.from({ length: numWeeks }, (_, week) => {
    const seen = series.filter(({ states }) => states[week] !== WEEK_STATE.unseen);
    const on = seen.filter(({ states }) => states[week] === WEEK_STATE.on);
    return seen.length === 0 ? 0 : on.length / seen.length;
  });
}

/** @param numObserved weeks that the forecasts were given */
export function calibrationByHorizon(forecasts: readonly BandForecast[], numObserved: number): Calibration[] {
  return horizonsFrom(numObserved).map((horizon) => calibrationOver(forecasts, horizon));
}

function calibrationOver(forecasts: readonly BandForecast[], { horizon, first, last }: Horizon): Calibration {
  let [numSeen, numOnChart, squares, squaresOfShare, numWithin] = [0, 0, 0, 0, 0];
  for (const { series, onChart, shareOnChart, low, high } of forecasts) {
    for (let week = first; week <= Math.min(last, series.states.length - 1); week++) {
      if (series.states[week] === WEEK_STATE.unseen) continue;
      const isOn = Number(series.states[week] === WEEK_STATE.on);
      numSeen++;
      squares += ((onChart[week] as number) - isOn) ** 2;
      squaresOfShare += ((shareOnChart[week] as number) - isOn) ** 2;
      if (isOn === 0) continue;
      numOnChart++;
      const value = series.log10Streams[week] as number;
      if (value >= (low[week] as number) && value <= (high[week] as number)) numWithin++;
    }
  }
  return {
    ...{ horizon, numSeen, numOnChart },
    brier: numSeen === 0 ? null : squares / numSeen,
    brierOfShare: numSeen === 0 ? null : squaresOfShare / numSeen,
    coverage: numOnChart === 0 ? null : numWithin / numOnChart,
  };
}
