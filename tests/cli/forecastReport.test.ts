/** Forecasts as text. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NamedForecast, renderForecast, renderForecasts, streams } from '../../cli/output/forecastReport.ts';
import { createStyles } from '../../cli/output/styles.ts';
import { parseDate } from '../../contracts/dates.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { trackIdOf } from '../data/lakeFixture.ts';

const PLAIN = createStyles(false);
const LEVELS = [0.1, 0.5, 0.9];
const forecastOf = (numObserved: number, numWeeks = 104): NamedForecast => ({
  trackId: trackIdOf('one'),
  title: 'One',
  region: parseRegion('us'),
  debut: parseDate('2019-11-01'),
  isSynthetic: true,
  numObserved,
  weeks: Array.from({ length: numWeeks - numObserved }, (_, place) => ({
    onChart: 1 / (1 + place),
    log10Streams: [5, 5.5, 6.2].map((value) => value - place / 100),
  })),
});

describe('a track', () => {
  it('is shown week by week, closely at first', () => {
    expect(renderForecast(forecastOf(1), LEVELS, 80, PLAIN).slice(0, 6)).toEqual([
      'One  us, debut 2019-11-01, told 1 week  synthetic sound',
      '  week  on the chart  streams a week  80 % are within',
      '     1         100 %            316k     100k to 1.6M',
      '     2          50 %            309k      98k to 1.5M',
      '     3          33 %            302k      95k to 1.5M',
      '     4          25 %            295k      93k to 1.5M',
    ]);
  });

  it('of a point head has no range', () => {
    const { weeks, ...rest } = forecastOf(1, 4);
    const point = { ...rest, weeks: weeks.map(({ onChart }) => ({ onChart, log10Streams: [5.5] })) };
    expect(renderForecast(point, [0.5], 80, PLAIN)[1]).toBe('  week  on the chart  streams a week');
  });

  it('never shows a week that was told, or one beyond the last', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 103 }), fc.integer({ min: 1, max: 104 }), (numObserved, numWeeks) => {
        fc.pre(numObserved < numWeeks);
        const lines = renderForecast(forecastOf(numObserved, numWeeks), LEVELS, 80, PLAIN).slice(2);
        const weeks = lines.map((line) => Number(line.trim().split(' ')[0]));
        expect(weeks.every((week) => week >= numObserved && week < numWeeks)).toBe(true);
      }),
    );
  });
});

it('several stand beside each other, with nothing for weeks that are known', () => {
  const [, first, second] = renderForecasts([forecastOf(0), forecastOf(20)], LEVELS, 100, PLAIN);
  expect(first).toBe('One    us      2019-11-01     0   20 %  288k    7 %  234k    4 %  174k    2 %   95k');
  expect(second).toBe('One    us      2019-11-01    20                             14 %  275k    3 %  151k');
});

it.each([
  [0, '1'],
  [Math.log10(840), '840'],
  [4.1, '13k'],
  [Math.log10(999_499), '999k'],
  [Math.log10(999_500), '1.0M'],
  [7.05, '11M'],
])('10^%f streams are %s', (log10Streams, text) => {
  expect(streams(log10Streams)).toBe(text);
});
