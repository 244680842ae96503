/** The fan of a forecast: its golden, what stands in it, and that any numbers give a picture. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ForecastFanInput, forecastFan } from '../../plots/forecastFan.ts';
import { FAN_EXAMPLE } from './examples.ts';
import { readStrictXml } from './strictXml.ts';

const textsOf = (input: ForecastFanInput): readonly string[] => readStrictXml(forecastFan(input)).texts;
const numOf = (svg: string, pattern: RegExp): number => [...svg.matchAll(pattern)].length;
const CROSS = /<path /g;
const BAND = /<polygon /g;

test('is the golden one', async () => {
  await expect(forecastFan(FAN_EXAMPLE)).toMatchFileSnapshot('../golden/plots/forecast-fan.svg');
});

test('says what it is of and what its axes are; streams are readable counts', () => {
  const texts = textsOf(FAN_EXAMPLE);
  expect(texts).toEqual(expect.arrayContaining(['Ночь &amp; Día &lt;remix&gt;', 'synthetic sound', 'P(on chart)']));
  expect(texts).toContain('track 4uLU6hMCjMI75M1A2tKUQC, region us; forecast of 2026-02-13 by run 3f9a6c01d2e4b587');
  expect(texts).toEqual(expect.arrayContaining(['10k', '100k', '1M', '0 %', '50 %', '100 %']));
  expect(texts).toContain('weeks since the debut; week 0 begins on 2026-01-02');
  expect(texts).toEqual(
    expect.arrayContaining(['observed', 'came later', 'off the chart', 'median forecast', '25–75 %', '10–90 %']),
  );
  expect(texts).toContain('forecast of 2026-02-13');
  expect(textsOf({ ...FAN_EXAMPLE, isSynthetic: false })).not.toContain('synthetic sound');
});

test('marks each week off the chart, and draws no line over it', () => {
  const weeks = [6, null, 5.5, 5.4].map((log10Streams, week) => ({ week, log10Streams }));
  const svg = forecastFan({ ...FAN_EXAMPLE, observed: weeks, actualLater: [], forecast: [] });
  // One of them is the legend's.
  expect(numOf(svg, CROSS)).toBe(2);
  const lines = [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, points]) => points?.split(' ').length);
  expect(lines).toEqual([2, 2]);
});

test('draws no line over weeks that nobody saw', () => {
  const weeks = [0, 1, 9, 10, 12].map((week) => ({ week, log10Streams: 5 + week / 100 }));
  for (const part of [
    { observed: weeks, actualLater: [] },
    { observed: [], actualLater: weeks },
  ]) {
    const svg = forecastFan({ ...FAN_EXAMPLE, ...part, forecast: [] });
    const lines = [...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, points]) => points?.split(' ').length);
    // The first is the legend's.
    expect(lines).toEqual([2, 2, 2]);
  }
});

test('has a band for each pair of levels, whatever their order, also of a week alone', () => {
  expect(numOf(forecastFan(FAN_EXAMPLE), BAND)).toBe(2);
  const [week] = FAN_EXAMPLE.forecast;
  expect(numOf(forecastFan({ ...FAN_EXAMPLE, forecast: [week!] }), BAND)).toBe(2);
  const turned = {
    ...FAN_EXAMPLE,
    quantileLevels: FAN_EXAMPLE.quantileLevels.toReversed(),
    forecast: FAN_EXAMPLE.forecast.map((one) => ({ ...one, log10Streams: one.log10Streams.toReversed() })),
  };
  expect(forecastFan(turned)).toBe(forecastFan(FAN_EXAMPLE));
  expect(numOf(forecastFan({ ...FAN_EXAMPLE, quantileLevels: [0.5] }), BAND)).toBe(0);
});

test('does without a day that is none', () => {
  expect(textsOf({ ...FAN_EXAMPLE, issuedOn: 'yesterday' })).not.toContain('forecast of yesterday');
});

test('of any numbers is well-formed and has none that is no number', () => {
  const number = fc.oneof(fc.double(), fc.double({ min: 0, max: 9, noNaN: true }), fc.constant(5));
  const week = fc.oneof(fc.nat(104), fc.double());
  const observed = fc.array(fc.record({ week, log10Streams: fc.option(number) }), { maxLength: 12 });
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  const day = fc.oneof(
    fc.constantFrom('2026-01-02', '2026-02-30', '2031-12-01'),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const input = fc.record({
    title: text,
    trackId: text,
    region: text,
    runId: text,
    issuedOn: day,
    debut: day,
    isSynthetic: fc.boolean(),
    observed,
    actualLater: observed,
    quantileLevels: fc.array(number, { maxLength: 6 }),
    forecast: fc.array(fc.record({ week, onChart: number, log10Streams: fc.array(number, { maxLength: 6 }) }), {
      maxLength: 12,
    }),
  });
  fc.assert(
    fc.property(input, (any) => {
      const svg = forecastFan(any);
      const { values } = readStrictXml(svg);
      expect(values.filter((value) => /NaN|Infinity|undefined|null/.test(value))).toEqual([]);
      expect(forecastFan(any)).toBe(svg);
    }),
  );
});
