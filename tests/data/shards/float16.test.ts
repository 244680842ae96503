/** Half precision against the definition, value by value. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromFloat16, toFloat16 } from '../../../data/shards/float16.ts';

const EVERY_HALF = Uint16Array.from({ length: 65_536 }, (_, half) => half);
const isNaNHalf = (half: number): boolean => (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;

test('every half that is a number comes back as it was', () => {
  const numbers = EVERY_HALF.filter((half) => !isNaNHalf(half));
  expect(toFloat16(fromFloat16(numbers))).toEqual(numbers);
});

test('the definition, at its corners', () => {
  const corners = Uint16Array.of(0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x7c00, 0xfc00);
  expect([...fromFloat16(corners)]).toEqual([
    ...[0, -0, 1, -2, 65_504, 2 ** -14, 1_023 * 2 ** -24, 2 ** -24],
    ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ]);
});

const FINITE = [...fromFloat16(EVERY_HALF.subarray(0, 0x7c00))];

/** The nearest by looking at all of them; of two that are as near, the one whose last bit is 0. */
function nearest(value: number): number {
  const magnitude = Math.abs(value);
  let best = 0;
  for (let half = 1; half < FINITE.length; half++) {
    const distance = Math.abs(FINITE[half]! - magnitude);
    const bestDistance = Math.abs(FINITE[best]! - magnitude);
    if (distance < bestDistance || (distance === bestDistance && half % 2 === 0)) best = half;
  }
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  return magnitude >= 65_520 ? sign | 0x7c00 : sign | best;
}

test('rounds to the nearest, ties to even', () => {
  const float = fc.float({ noNaN: true });
  const near = fc.float({ noNaN: true, min: -17, max: 17 });
  const tie = fc.integer({ min: 0, max: 0x7bfe }).map((half) => Math.fround((FINITE[half]! + FINITE[half + 1]!) / 2));
  fc.assert(
    fc.property(fc.oneof(float, near, tie), (value) => {
      expect(toFloat16(Float32Array.of(value))[0]).toBe(nearest(value));
    }),
    { numRuns: 400 },
  );
});

test('a log-energy within [-16, 16] is off by at most 2^-8', () => {
  const values = Float32Array.from({ length: 200_001 }, (_, index) => -16 + index * (32 / 200_000));
  const back = fromFloat16(toFloat16(values));
  const worst = values.reduce((max, value, index) => Math.max(max, Math.abs(value - back[index]!)), 0);
  expect(worst).toBeLessThanOrEqual(2 ** -8);
  expect(worst).toBeGreaterThan(2 ** -9);
});

test('a view into a larger buffer is read as the view it is', () => {
  const all = Float32Array.of(1, 2, 3, 4);
  expect(toFloat16(all.subarray(1, 3))).toEqual(toFloat16(Float32Array.of(2, 3)));
});

test('what is not a number is refused with its place', () => {
  expect(() => toFloat16(Float32Array.of(1, Number.NaN))).toThrow(/value 1 .*not a number/);
});
