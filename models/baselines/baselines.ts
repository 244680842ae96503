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
 * @param numObserved weeks from the debut, none at least; later ones are not looked at
 */
export type Forecaster = (series: Series, numObserved: number) => Float32Array;

export interface Baseline {
  readonly name: string;
  fit(training: readonly Series[]): Forecaster;
}

/** In the order of `science`: B0 to B2 and B4, then what two numbers a week can tell. */
export const BASELINES: readonly Baseline[] = [
  {
    name: 'mean curve',
    fit(training) {
      const curve = meanCurve(training);
      return fillWith(curve, () => curve);
    },
  },
  {
    name: 'mean curve from the debut',
    fit(training) {
      const curve = meanCurve(training);
      return fillWith(curve, ({ week: from, value }) => curve.map((mean) => mean + value - (curve[from] as number)));
    },
  },
  {
    name: 'persistence',
    fit: (training) => fillWith(meanCurve(training), ({ value }, numWeeks) => new Float32Array(numWeeks).fill(value)),
  },
  {
    name: 'power law',
    fit(training) {
      const exponent = powerLawExponent(training);
      const log10Age = (week: number): number => Math.log10(week + 1);
      return fillWith(meanCurve(training), ({ week: from, value }, numWeeks) =>
        Float32Array.from({ length: numWeeks }, (_, week) => value - exponent * (log10Age(week) - log10Age(from))),
      );
    },
  },
  {
    name: 'regression on the debut',
    fit(training) {
      const curve = meanCurve(training);
      const lines = regressionOnDebut(training);
      return fillWith(curve, (_, numWeeks, { states, log10Streams }) =>
        Float32Array.from({ length: numWeeks }, (_, week) => {
          const line = lines[week];
          const isKnown = line !== undefined && line !== null && states[0] === WEEK_STATE.on;
          return isKnown ? line.intercept + line.slope * (log10Streams[0] as number) : (curve[week] as number);
        }),
      );
    },
  },
];

interface KnownWeek {
  readonly week: number;
  readonly value: number;
}

/**
 * The forecast where nothing was observed; a track that was seen on the chart in none of the weeks given is taken for a mean
 * one.
 *
 * @param curveFrom gets of the series the given weeks alone, the others unseen
 */
function fillWith(
  mean: Float32Array,
  curveFrom: (lastKnown: KnownWeek, numWeeks: number, given: Series) => Float32Array,
): Forecaster {
  return ({ states, log10Streams }, numObserved) => {
    const given = {
      states: states.map((state, week) => (week < numObserved ? state : WEEK_STATE.unseen)),
      log10Streams: log10Streams.map((value, week) => (week < numObserved ? value : 0)),
    };
    const week = given.states.lastIndexOf(WEEK_STATE.on);
    const known = { week: Math.max(0, week), value: (week === -1 ? mean[0] : log10Streams[week]) ?? 0 };
    const curve = Float32Array.from(curveFrom(known, states.length, given));
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

export interface Line {
  readonly intercept: number;
  readonly slope: number;
}

/** Fewer pairs than these give no line of their own: the weeks beside are taken to them. */
const LEAST_PAIRS = 30;

/**
 * y_h = a_h + b_h · y_0 of each week h, by least squares over the series that are on the chart at both. A week of few pairs
 * takes in those beside it, as many on either side as it needs.
 *
 * @returns null for week 0, and for a week that no number of weeks beside it helps
 */
export function regressionOnDebut(series: readonly Series[]): (Line | null)[] {
  const numWeeks = series[0]?.states.length ?? 0;
  const pairs = Array.from({ length: numWeeks }, (_, week) => (week === 0 ? [] : pairsAt(series, week)));
  return pairs.map((_, week) => {
    if (week === 0) return null;
    for (let reach = 0; reach < numWeeks; reach++) {
      const near = pairs.slice(Math.max(1, week - reach), week + reach + 1).flat();
      if (near.length >= LEAST_PAIRS) return lineThrough(near);
    }
    return null;
  });
}

interface Pair {
  readonly debut: number;
  readonly value: number;
}

function pairsAt(series: readonly Series[], week: number): Pair[] {
  return series
    .filter(({ states }) => states[0] === WEEK_STATE.on && states[week] === WEEK_STATE.on)
    .map(({ log10Streams }) => ({ debut: log10Streams[0] as number, value: log10Streams[week] as number }));
}

/** Level through the mean where all debuts are the same. */
function lineThrough(pairs: readonly Pair[]): Line {
  const meanOf = (of: (pair: Pair) => number): number => pairs.reduce((sum, pair) => sum + of(pair), 0) / pairs.length;
  const [debut, value] = [meanOf((pair) => pair.debut), meanOf((pair) => pair.value)];
  const products = meanOf((pair) => (pair.debut - debut) * (pair.value - value));
  const squares = meanOf((pair) => (pair.debut - debut) ** 2);
  const slope = squares < 1e-12 ? 0 : products / squares;
  return { intercept: value - slope * debut, slope };
}
