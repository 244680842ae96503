import fc from 'fast-check';
import { expect, test } from 'vitest';
import { smooth, smoothingSpan } from '../../plots/smooth.ts';
import { evenPlaces, thinnedPlaces } from '../../plots/thin.ts';

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 400 });

test('a smoothed curve stays between the least and the greatest, and a level one stays level', () => {
  fc.assert(
    fc.property(values, (some) => {
      const smoothed = smooth(some, smoothingSpan(some.length));
      expect(smoothed).toHaveLength(some.length);
      const slack = 1e-6;
      for (const value of smoothed) {
        expect(value).toBeGreaterThanOrEqual(Math.min(...some) - slack);
        expect(value).toBeLessThanOrEqual(Math.max(...some) + slack);
      }
    }),
  );
  expect(smooth([2, 2, 2], 9)).toEqual([2, 2, 2]);
});

test('smoothing counts the weights so far: the second of span 3 is two thirds the newer', () => {
  expect(smooth([1, 4], 3)[1]).toBeCloseTo(3, 12);
  expect(smooth([1, 4, 2], 1)).toEqual([1, 4, 2]);
});

test('thinning keeps both ends, the least and the greatest, in order, and few', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 20 }), (some, maxStretches) => {
      const places = thinnedPlaces(some, maxStretches);
      expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
      expect(places.length).toBeLessThanOrEqual(4 * maxStretches);
      const kept = places.map((place) => some[place]!);
      expect([kept[0], kept.at(-1)]).toEqual([some[0], some.at(-1)]);
      expect([Math.min(...kept), Math.max(...kept)]).toEqual([Math.min(...some), Math.max(...some)]);
    }),
  );
});

test('even places have both ends, and are few', () => {
  expect(evenPlaces(0, 3)).toEqual([]);
  expect(evenPlaces(1, 3)).toEqual([0]);
  expect(evenPlaces(10, 3)).toEqual([0, 4, 8, 9]);
  expect(evenPlaces(3, 9)).toEqual([0, 1, 2]);
});
