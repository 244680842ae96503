/** How far forecasts are off, in log10 streams, over the weeks on the chart that were not given. */
import { WEEK_STATE } from '../../contracts/dataset.ts';
import type { Series } from './baselines.ts';

export interface Horizon {
  /** Such as `1-4`; `all` for all weeks. */
  readonly horizon: string;
  readonly first: number;
  readonly last: number;
}

/** Weeks from the debut, first and last, as the field reports them. */
const HORIZONS = [
  [1, 4],
  [5, 13],
  [14, 26],
  [27, 52],
  [53, 103],
] as const;

/** All weeks after those that were given, then by parts; the debut's week is one where it was not given. */
export function horizonsFrom(numObserved: number): Horizon[] {
  const parts = HORIZONS.map(([first, last]) => ({
    horizon: `${first}-${last}`,
    ...{ first: Math.max(first, numObserved), last },
  }));
  return [
    { horizon: 'all', first: numObserved, last: Number.POSITIVE_INFINITY },
    ...(numObserved === 0 ? [{ horizon: '0', first: 0, last: 0 }] : []),
    ...parts,
  ];
}

export interface HorizonError {
  /** Such as `1-4`; `all` for all weeks. */
  readonly horizon: string;
  readonly numWeeks: number;
  /** Mean absolute error; null where no week counts. */
  readonly mae: number | null;
  /** Root of the mean square. */
  readonly rmse: number | null;
}

export interface Forecasted {
  readonly series: Series;
  /** log10 streams of each week, given that it is on the chart. */
  readonly forecast: Float32Array;
}

/** @param numObserved weeks that the forecasts were given */
export function errorsByHorizon(forecasts: readonly Forecasted[], numObserved: number): HorizonError[] {
  return horizonsFrom(numObserved).map((horizon) => errorOver(forecasts, horizon));
}

function errorOver(forecasts: readonly Forecasted[], { horizon, first, last }: Horizon): HorizonError {
  let [numWeeks, absolute, squares] = [0, 0, 0];
  for (const { series, forecast } of forecasts) {
    for (let week = first; week <= Math.min(last, series.states.length - 1); week++) {
      if (series.states[week] !== WEEK_STATE.on) continue;
      const error = (forecast[week] as number) - (series.log10Streams[week] as number);
      numWeeks++;
      absolute += Math.abs(error);
      squares += error * error;
    }
  }
  if (numWeeks === 0) return { horizon, numWeeks, mae: null, rmse: null };
  return { horizon, numWeeks, mae: absolute / numWeeks, rmse: Math.sqrt(squares / numWeeks) };
}
