import fc from 'fast-check';
import { expect, it } from 'vitest';
import { roundTicks } from '../../pictures/ticks.ts';

const labels = (low: number, high: number, maxTicks: number): string[] =>
  roundTicks(low, high, maxTicks).map(({ label }) => label);

it.each([
  [0, 10, 6, ['0', '2', '4', '6', '8', '10']],
  [0, 1, 5, ['0.0', '0.5', '1.0']],
  [0, 0.3, 4, ['0.0', '0.1', '0.2', '0.3']],
  [-3, 3, 4, ['−2', '0', '2']],
  [0, 2_500, 4, ['0', '1,000', '2,000']],
  [0, 0.01, 3, ['0.000', '0.005', '0.010']],
])('from %d to %d, at most %d', (low, high, maxTicks, expected) => {
  expect(labels(low, high, maxTicks)).toEqual(expected);
});

it('has none where there is no range', () => {
  expect(labels(1, 1, 5)).toEqual([]);
  expect(labels(0, Number.NaN, 5)).toEqual([]);
});

it('stays in the range, no more than were asked for, in even steps, each with a label of its own', () => {
  const range = fc.record({
    low: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    width: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    maxTicks: fc.integer({ min: 2, max: 20 }),
  });
  fc.assert(
    fc.property(range, ({ low, width, maxTicks }) => {
      const ticks = roundTicks(low, low + width, maxTicks);
      expect(ticks.length).toBeLessThanOrEqual(maxTicks);
      expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
      const values = ticks.map(({ value }) => value);
      const slack = width * 1e-6 + Math.abs(low) * 1e-9;
      for (const value of values) {
        expect(value).toBeGreaterThanOrEqual(low - slack);
        expect(value).toBeLessThanOrEqual(low + width + slack);
      }
      const steps = values.slice(1).map((value, index) => value - values[index]!);
      for (const step of steps) expect(Math.abs(step - steps[0]!)).toBeLessThanOrEqual(slack);
    }),
  );
});
