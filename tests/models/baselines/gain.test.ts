/** A gain is told from luck: by figures that can be worked out, by noise, and by a gain that is there. */
import { describe, expect, test } from 'vitest';
import { WEEK_STATE } from '../../../contracts/dataset.ts';
import { type ForecastPair, gainOver } from '../../../models/baselines/gain.ts';
import { Draws } from '../../../runtime/philox.ts';

const NUM_WEEKS = 6;
const TEST_PURPOSE = 1_010;

/** On the chart in all weeks, with 0 as its log10 streams: what a forecast says is its error. */
function pairOf(trackId: string, own: number, other: number): ForecastPair {
  const all = (value: number): Float32Array => new Float32Array(NUM_WEEKS).fill(value);
  return {
    trackId,
    series: { states: new Uint8Array(NUM_WEEKS).fill(WEEK_STATE.on), log10Streams: all(0) },
    own: all(own),
    other: all(other),
  };
}

/** Both forecasts err by as much on the mean; `less` is what one's own errs less. */
function drawnPairs(seed: number, numTracks: number, less: number): ForecastPair[] {
  const draws = new Draws(seed, 0, TEST_PURPOSE);
  const error = (): number => draws.between(0.1, 0.5);
  return Array.from({ length: numTracks }, (_, track) => pairOf(`t${track}`, error() - less, error()));
}

describe('a gain', () => {
  test('is the difference of the mean absolute errors over the weeks on the chart that were not given', () => {
    const off = pairOf('a', 0.1, 0.4);
    off.series.states.set([WEEK_STATE.off, WEEK_STATE.unseen], 4);
    const gain = gainOver([off, pairOf('b', -0.3, 0.2)], 1);
    // Three weeks of 0.3 and five of -0.1.
    expect(gain?.value).toBeCloseTo((3 * 0.3 - 5 * 0.1) / 8, 6);
    expect(gain?.numTracks).toBe(2);
    expect(gain?.low).toBeCloseTo(-0.1, 6);
    expect(gain?.high).toBeCloseTo(0.3, 6);
  });

  test('has no interval where all tracks gain alike, and is null where no week counts', () => {
    const same = gainOver([pairOf('a', 0.1, 0.2), pairOf('b', 0.3, 0.4)], 1);
    expect(same?.low).toBeCloseTo(0.1, 6);
    expect(same?.high).toBeCloseTo(0.1, 6);
    expect(gainOver([pairOf('a', 0.1, 0.2)], NUM_WEEKS)).toBeNull();
    expect(gainOver([], 1)).toBeNull();
  });

  test('is drawn by track: a track twice over, as in two regions, narrows nothing', () => {
    const pairs = drawnPairs(1, 20, 0);
    expect(gainOver([...pairs, ...pairs], 1)).toEqual(gainOver(pairs, 1));
    const asOthers = pairs.map((pair) => ({ ...pair, trackId: `${pair.trackId} again` }));
    const [once, twice] = [gainOver(pairs, 1), gainOver([...pairs, ...asOthers], 1)];
    const width = (gain: typeof once): number => (gain?.high ?? 0) - (gain?.low ?? 0);
    expect(width(twice)).toBeLessThan(0.85 * width(once));
  });

  test('is the same each time', () => {
    expect(gainOver(drawnPairs(2, 30, 0.1), 1)).toEqual(gainOver(drawnPairs(2, 30, 0.1), 1));
  });

  test('covers 0 where there is none, nearly always, and is above it where there is one', () => {
    const seeds = Array.from({ length: 150 }, (_, seed) => 1_000 + seed);
    const numAbove = (less: number): number =>
      seeds.filter((seed) => (gainOver(drawnPairs(seed, 25, less), 1)?.low ?? 0) > 0).length;
    // Percentiles of so few tracks are a little narrow: 3.5 % are above 0 by luck, not 2.5 %. The seeds are fixed.
    expect(numAbove(0)).toBeLessThanOrEqual(9);
    expect(numAbove(0.1)).toBeGreaterThanOrEqual(120);
  });
});
