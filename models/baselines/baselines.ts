/** Forecasts of log10 streams from the first weeks alone. What a baseline says of a week holds if it is on the chart. */
import { WEEK_STATE } from '../../contracts/dataset.ts';

/** A trajectory's weeks: see contracts/dataset.ts. */
export interface Series {
  readonly states: Uint8Array;
  readonly log10Streams: Float32Array;
}

/**
 * From the first weeks of a series to all of its weeks; those that were given stay as they are.
 *
 * @param numObserved weeks from the debut, 1 at least; later ones are not looked at
 */
export type Forecaster = (series: Series, numObserved: number) => Float32Array;

export interface Baseline {
  readonly name: string;
  fit(training: readonly Series[]): Forecaster;
}

/** In the order of `science`: B0 to B2 and B4. */
export const BASELINES: readonly Baseline[] = [
  { name: 'mean curve', fit: (training) => fillWith(() => meanCurve(training)) },
  {
    name: 'mean curve from the debut',
    fit(training) {
      const curve = meanCurve(training);
      return fillWith((lastKnown) => curve.map((value) => value + lastKnown.value - (curve[lastKnown.week] as number)));
    },
  },
  { name: 'persistence', fit: (training) => fillWith((lastKnown) => meanCurve(training).fill(lastKnown.value)) },
  {
    name: 'power law',
    fit(training) {
      const exponent = powerLawExponent(training);
      const log10Age = (week: number): number => Math.log10(week + 1);
      return fillWith(({ week: from, value }, numWeeks) =>
        Float32Array.from({ length: numWeeks }, (_, week) => value - exponent * (log10Age(week) - log10Age(from))),
      );
    },
  },
];

interface KnownWeek {
  readonly week: number;
  readonly value: number;
}

/** The forecast where nothing was observed; a track that was on the chart in none of the weeks given is taken for a mean one. */
function fillWith(curveFrom: (lastKnown: KnownWeek, numWeeks: number) => Float32Array): Forecaster {
  return ({ states, log10Streams }, numObserved) => {
    const week = states.subarray(0, numObserved).lastIndexOf(WEEK_STATE.on);
    const known = { week: Math.max(0, week), value: week === -1 ? 0 : (log10Streams[week] as number) };
    const curve = Float32Array.from(curveFrom(known, states.length));
    for (let own = 0; own < numObserved; own++)
      if (states[own] === WEEK_STATE.on) curve[own] = log10Streams[own] as number;
    return curve;
  };
}

/** Of each week the mean over the series that are on the chart then; a week in which none is has the week's before. */
export function meanCurve(series: readonly Series[]): Float32Array {
  const numWeeks = series[0]?.states.length ?? 0;
  const curve = new Float32Array(numWeeks);
  for (let week = 0; week < numWeeks; week++) {
    const on = series.filter(({ states }) => states[week] === WEEK_STATE.on);
    curve[week] =
      on.length === 0
        ? (curve[week - 1] ?? 0)
        : on.reduce((sum, { log10Streams }) => sum + (log10Streams[week] as number), 0) / on.length;
  }
  return curve;
}

/** a of y_h = y_0 - a · log10(h + 1), by least squares over all weeks on the chart after the debut. */
export function powerLawExponent(series: readonly Series[]): number {
  let [products, squares] = [0, 0];
  for (const { states, log10Streams } of series) {
    if (states[0] !== WEEK_STATE.on) continue;
    for (let week = 1; week < states.length; week++) {
      if (states[week] !== WEEK_STATE.on) continue;
      const age = Math.log10(week + 1);
      products += age * ((log10Streams[0] as number) - (log10Streams[week] as number));
      squares += age * age;
    }
  }
  return squares === 0 ? 0 : products / squares;
}
