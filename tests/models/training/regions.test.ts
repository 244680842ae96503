/** Mixed region sampling. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRegion, type Region } from '../../../contracts/regions.ts';
import { allRegions, type RegionSampling, sampleRegions } from '../../../models/training/regions.ts';

const [US, JP, TW, DE] = ['us', 'jp', 'tw', 'de'].map(parseRegion) as [Region, Region, Region, Region];
const ORIGINAL: RegionSampling = { numRegions: 1, weights: { us: 4, jp: 2, tw: 1 }, otherWeight: 0 };

const charted = fc.uniqueArray(fc.constantFrom(...['us', 'jp', 'tw', 'de', 'global', 'br', 'fr'].map(parseRegion)));
const sampling = fc.record({
  numRegions: fc.nat(5),
  weights: fc.dictionary(fc.constantFrom('us', 'jp', 'tw', 'br'), fc.nat(5)),
  otherWeight: fc.constantFrom(0, 0.5, 3),
});
const whole = fc.nat(2 ** 40);

test('only own regions, none twice, as many as asked for or as have a weight', () => {
  fc.assert(
    fc.property(charted, sampling, whole, whole, (regions, settings, seed, index) => {
      const drawn = sampleRegions(regions, settings, seed, index);
      const possible = regions.filter((region) => (settings.weights[region] ?? settings.otherWeight) > 0);
      expect(new Set(drawn).size).toBe(drawn.length);
      expect(drawn.filter((region) => !possible.includes(region))).toEqual([]);
      expect(drawn).toHaveLength(Math.min(settings.numRegions, possible.length));
    }),
  );
});

test('a function of seed and index, whatever the order in which the regions come', () => {
  fc.assert(
    fc.property(charted, sampling, whole, whole, (regions, settings, seed, index) => {
      const drawn = sampleRegions(regions, settings, seed, index);
      expect(sampleRegions(regions.toReversed(), settings, seed, index)).toEqual(drawn);
      expect(sampleRegions([...regions, ...regions], settings, seed, index)).toEqual(drawn);
    }),
  );
});

test('other examples and other seeds draw others', () => {
  const draw = (seed: number, from: number): string =>
    Array.from({ length: 50 }, (_, index) => sampleRegions([US, JP, TW], ORIGINAL, seed, from + index)).join();
  expect(new Set([draw(1, 0), draw(2, 0), draw(1, 50)]).size).toBe(3);
});

describe('frequencies', () => {
  const NUM_DRAWS = 7_000;

  /** Each within four standard deviations. */
  function expectShares(
    regions: readonly Region[],
    settings: RegionSampling,
    shares: Readonly<Record<string, number>>,
  ) {
    const counts = new Map<string, number>();
    for (let index = 0; index < NUM_DRAWS; index++) {
      const drawn = sampleRegions(regions, settings, 3, index).join();
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted()).toEqual(Object.keys(shares).toSorted());
    for (const [drawn, share] of Object.entries(shares)) {
      const deviation = Math.sqrt((share * (1 - share)) / NUM_DRAWS);
      expect(Math.abs((counts.get(drawn) ?? 0) / NUM_DRAWS - share), drawn).toBeLessThan(4 * deviation);
    }
  }

  test('of one region follow the weights of those where the track charted', () => {
    expectShares([US, JP, TW], ORIGINAL, { us: 4 / 7, jp: 2 / 7, tw: 1 / 7 });
    expectShares([TW, JP, DE], ORIGINAL, { jp: 2 / 3, tw: 1 / 3 });
  });

  test('of two in turn follow the weights of those left', () => {
    expectShares(
      [US, JP, TW],
      { ...ORIGINAL, numRegions: 2 },
      {
        'us,jp': (4 / 7) * (2 / 3),
        'us,tw': (4 / 7) * (1 / 3),
        'jp,us': (2 / 7) * (4 / 5),
        'jp,tw': (2 / 7) * (1 / 5),
        'tw,us': (1 / 7) * (4 / 6),
        'tw,jp': (1 / 7) * (2 / 6),
      },
    );
  });
});

test('evaluation takes every region once, in one order', () => {
  expect(allRegions([US, TW, JP, US])).toEqual([JP, TW, US]);
  expect(allRegions([])).toEqual([]);
});

test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('a weight of %d is refused', (weight) => {
  expect(() => sampleRegions([US], { ...ORIGINAL, weights: { us: weight } }, 0, 0)).toThrow(
    expect.objectContaining({ type: 'InvalidInput' }),
  );
});
