/** Quantiles and what is drawn from them. */
import { reshape, type Tensor, tensor1d, tensor2d, tidy, tile, zeros } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { atLevel, fedBack } from '../../../models/mp3/feedback.ts';
import { forecastOf, type HurdleForecast } from '../../../models/mp3/heads.ts';
import { MP3_NAMES } from '../../../models/mp3/names.ts';
import { randomKey } from '../../../models/training/random.ts';
import { expectNoLeak, useTensorflow } from '../tensorflow.ts';
import { randomParameters, SMALL } from './fixtures.ts';

useTensorflow();
expectNoLeak();

const LEVELS = [0.1, 0.25, 0.5, 0.75, 0.9];

describe('quantiles', () => {
  test('never cross, whatever the parameters and tokens', () => {
    const value = fc.oneof(
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.constantFrom(-1e4, -100, -1e-30, 0, 1e-7, 100, 1e4),
    );
    const token = fc.array(value, { minLength: SMALL.hiddenSize, maxLength: SMALL.hiddenSize });
    fc.assert(
      fc.property(
        fc.array(token, { minLength: 6, maxLength: 6 }),
        fc.constantFrom(0.1, 1, 100, 1e5),
        fc.nat(1000),
        (tokens, size, seed) => {
          const rows = tidy(() => {
            const parameters = randomParameters(SMALL, seed, size);
            const forecast = forecastOf(parameters, SMALL, tensor2d(tokens), zeros([6, 1]), [2, 3]) as HurdleForecast;
            return reshape(forecast.quantiles_BTQ, [6, LEVELS.length]).arraySync() as number[][];
          });
          for (const row of rows) {
            expect(row.every(Number.isFinite)).toBe(true);
            expect(
              row.slice(1).every((quantile, index) => quantile >= (row[index] as number)),
              String(row),
            ).toBe(true);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('lie around the median, and that off a share of the level, by what their parameters say', () => {
    const level = 7;
    const bias = [-1, 0, 0.5, 2, 3];
    const quantiles = tidy(() => {
      const parameters = randomParameters(SMALL, 1, 0);
      const forecast = forecastOf(
        {
          ...parameters,
          [`${MP3_NAMES.quantiles}.bias`]: tensor1d(bias),
          [`${MP3_NAMES.level}.bias`]: tensor1d([-0.25]),
        },
        SMALL,
        tensor2d([Array.from({ length: SMALL.hiddenSize }, (_, index) => index)]),
        tensor2d([[level]]),
        [1, 1],
      ) as HurdleForecast;
      return [...forecast.quantiles_BTQ.dataSync()];
    });
    const softplus = (value: number): number => Math.log1p(Math.exp(value));
    const median = 0.75 * level + 0.5;
    const low = median - softplus(0);
    const high = median + softplus(2);
    const expected = [low - softplus(-1), low, median, high, high + softplus(3)];
    for (const [index, value] of expected.entries()) expect(quantiles[index]).toBeCloseTo(value, 5);
  });
});

describe('the quantile function', () => {
  const at = (levels: readonly number[], quantiles: number[], level: number): number =>
    tidy(() => atLevel(tensor2d([quantiles]), levels, tensor1d([level])).dataSync()[0] as number);

  test.each([
    [0.1, -2],
    [0.25, -1],
    [0.5, 0],
    [0.75, 3],
    [0.9, 4],
    [0.175, -1.5],
    [0.6, 1.2],
    // Beyond the outermost, with their slope: 1 per 0.15.
    [0, -2 - 0.1 / 0.15],
    [1, 4 + 0.1 / 0.15],
  ])('at level %f is %f', (level, expected) => {
    expect(at(LEVELS, [-2, -1, 0, 3, 4], level)).toBeCloseTo(expected, 5);
  });

  test('of one quantile is that quantile', () => {
    expect(at([0.5], [7], 0.01)).toBe(7);
  });

  test('of two quantiles is a line', () => {
    expect(at([0.5, 0.75], [0, 1], 0)).toBeCloseTo(-2, 5);
    expect(at([0.5, 0.75], [0, 1], 1)).toBeCloseTo(2, 5);
  });
});

describe('what is fed back', () => {
  const NUM_DRAWS = 20_000;
  const CHANCE = 0.3;
  const forecastOfMany = (): HurdleForecast => {
    const logit = Math.log(CHANCE / (1 - CHANCE));
    return {
      onChartLogit_BT: tensor2d(new Float32Array(NUM_DRAWS).fill(logit), [NUM_DRAWS, 1]),
      quantiles_BTQ: reshape(tile(tensor2d([[-2, -1, 0, 3, 4]]), [NUM_DRAWS, 1]), [NUM_DRAWS, 1, 5]),
    };
  };
  const plain = (key: Parameters<typeof fedBack>[2]): { onChart: number[]; streams: number[] } => {
    const { onChart_B, streams_B } = fedBack(forecastOfMany(), SMALL, key);
    const values = (x: Tensor): number[] => [...x.dataSync()];
    return { onChart: values(onChart_B), streams: values(streams_B) };
  };

  test('without a key is P(on chart) and the median', () => {
    const { onChart, streams } = tidy(() => plain(null));
    expect(onChart[0]).toBeCloseTo(CHANCE, 6);
    expect(new Set(streams)).toEqual(new Set([0]));
  });

  test('with a key is drawn with the forecast frequencies, flag and streams independent', () => {
    const { onChart, streams } = tidy(() => plain(randomKey(7, 0)));
    const share = (isCounted: (index: number) => boolean): number =>
      onChart.filter((_, index) => isCounted(index)).length / NUM_DRAWS;
    // Four standard errors of a share of 20,000 are at most 0.0142.
    expect(Math.abs(share((index) => onChart[index] === 1) - CHANCE)).toBeLessThan(0.0142);
    for (const [index, quantile] of [-2, -1, 0, 3, 4].entries()) {
      const level = LEVELS[index] as number;
      const isBelow = (place: number): boolean => (streams[place] as number) < quantile;
      expect(Math.abs(share(isBelow) - level)).toBeLessThan(0.0142);
      const both = share((place) => onChart[place] === 1 && isBelow(place));
      expect(Math.abs(both - CHANCE * level)).toBeLessThan(0.0142);
    }
  });
});
