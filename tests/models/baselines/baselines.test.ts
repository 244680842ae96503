/** Baselines and their errors, on series whose answer is known. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WEEK_STATE } from '../../../contracts/dataset.ts';
import {
  BASELINES,
  meanCurve,
  powerLawExponent,
  regressionOnDebut,
  type Series,
} from '../../../models/baselines/baselines.ts';
import { errorsByHorizon } from '../../../models/baselines/errors.ts';

const { on, off, unseen } = WEEK_STATE;
const seriesOf = (...weeks: (number | null)[]): Series => ({
  states: Uint8Array.from(weeks, (value) => (value === null ? off : on)),
  log10Streams: Float32Array.from(weeks, (value) => value ?? 0),
});
const TRAINING = [seriesOf(6, 5, 4, null), seriesOf(5, 4.5, null, null)];
const forecastOf = (name: string, series: Series, numObserved: number, training = TRAINING): number[] => {
  const baseline = BASELINES.find((one) => one.name === name);
  if (baseline === undefined) throw new Error(`no ${name}`);
  return [...baseline.fit(training)(series, numObserved)].map((value) => Number(value.toFixed(5)));
};

it('the mean curve is over those on the chart; where none is it stays', () => {
  expect([...meanCurve(TRAINING)]).toEqual([5.5, 4.75, 4, 4]);
});

describe('from one week', () => {
  it.each([
    ['mean curve', [7, 4.75, 4, 4]],
    ['mean curve from the debut', [7, 6.25, 5.5, 5.5]],
    ['persistence', [7, 7, 7, 7]],
  ])('%s', (name, expected) => {
    expect(forecastOf(name, seriesOf(7, 1, 1, 1), 1)).toEqual(expected);
  });

  it('power law: its exponent is found again, and its curve', () => {
    const decayed = (first: number): Series =>
      seriesOf(...[0, 1, 2, 3].map((week) => first - 0.8 * Math.log10(week + 1)));
    const training = [decayed(6), decayed(4)];
    expect(powerLawExponent(training)).toBeCloseTo(0.8, 6);
    const expected = [...decayed(5).log10Streams].map((value) => Number(value.toFixed(5)));
    expect(forecastOf('power law', seriesOf(5, 0, 0, 0), 1, training)).toEqual(expected);
  });
});

it('from more weeks all go on from the last one on the chart, and what was given stays', () => {
  expect(forecastOf('persistence', seriesOf(7, 6, null, null), 3)).toEqual([7, 6, 6, 6]);
  expect(forecastOf('mean curve from the debut', seriesOf(7, 6, null, null), 3)).toEqual([7, 6, 5.25, 5.25]);
});

describe('told nothing, or a debut that nobody saw', () => {
  const unseenFirst = { ...seriesOf(0, 1, 1, 1), states: Uint8Array.of(unseen, on, on, on) };
  it.each(BASELINES.map(({ name }) => name))('%s takes the track for a mean one', (name) => {
    const [first] = forecastOf(name, seriesOf(9, 9, 9, 9), 0);
    expect(first).toBe(5.5);
    expect(forecastOf(name, unseenFirst, 1)).toEqual(forecastOf(name, seriesOf(9, 9, 9, 9), 0));
  });
});

describe('regression on the debut', () => {
  const line = (debut: number): Series => seriesOf(debut, 2 + 0.5 * debut, null, 1 + 0.25 * debut);
  const many = Array.from({ length: 40 }, (_, place) => line(4 + place / 20));

  it('finds a line for each week again; a week that few know takes in those beside it', () => {
    const [first, second, third, fourth] = regressionOnDebut(many);
    expect(first).toBeNull();
    expect(second?.intercept).toBeCloseTo(2, 5);
    expect(second?.slope).toBeCloseTo(0.5, 5);
    expect(fourth?.slope).toBeCloseTo(0.25, 5);
    expect(third?.slope).toBeCloseTo(0.375, 5);
    expect(forecastOf('regression on the debut', seriesOf(8, 0, 0, 0), 1, many)).toEqual([8, 6, 4.5, 3]);
  });

  it('of few series is the mean curve, and of equal debuts level', () => {
    expect(forecastOf('regression on the debut', seriesOf(7, 1, 1, 1), 1)).toEqual([7, 4.75, 4, 4]);
    expect(regressionOnDebut(Array(30).fill(line(4)))[1]).toEqual({ intercept: 4, slope: 0 });
  });
});

it('no forecast looks at a week that was not given, nor at a training part that is empty', () => {
  const weeks = fc.array(fc.double({ min: 3, max: 8, noNaN: true }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(
      weeks,
      weeks,
      fc.integer({ min: 0, max: 6 }),
      fc.constantFrom(...BASELINES),
      (a, b, numObserved, baseline) => {
        const mixed = a.map((value, week) => (week < numObserved ? value : (b[week] as number)));
        const training = [seriesOf(6, 5, 4, 3, 2, null)];
        const forecast = baseline.fit(training);
        expect([...forecast(seriesOf(...a), numObserved)]).toEqual([...forecast(seriesOf(...mixed), numObserved)]);
      },
    ),
  );
});

describe('errors', () => {
  const series = {
    states: Uint8Array.of(on, on, off, unseen, on, on),
    log10Streams: Float32Array.of(6, 5, 0, 0, 4, 3),
  };
  const forecast = Float32Array.of(0, 5.5, 9, 9, 4, 4);

  it('are over the weeks on the chart that were not given, by horizon', () => {
    const [all, near, next] = errorsByHorizon([{ series, forecast }], 1);
    expect(all).toEqual({ horizon: 'all', numWeeks: 3, mae: 0.5, rmse: Math.sqrt(1.25 / 3) });
    expect(near).toEqual({ horizon: '1-4', numWeeks: 2, mae: 0.25, rmse: Math.sqrt(0.25 / 2) });
    expect(next).toEqual({ horizon: '5-13', numWeeks: 1, mae: 1, rmse: 1 });
  });

  it('told nothing, the debut is a horizon of its own', () => {
    const [all, debut, near] = errorsByHorizon([{ series, forecast }], 0);
    expect(all?.numWeeks).toBe(4);
    expect(debut).toEqual({ horizon: '0', numWeeks: 1, mae: 6, rmse: 6 });
    expect(near).toMatchObject({ horizon: '1-4', numWeeks: 2 });
  });

  it('of no week are none', () => {
    expect(errorsByHorizon([{ series, forecast }], 6)[0]).toEqual({
      horizon: 'all',
      numWeeks: 0,
      mae: null,
      rmse: null,
    });
  });
});
