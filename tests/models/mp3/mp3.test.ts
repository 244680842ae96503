/** Configuration, dropout, parts of a batch. */
import { add, type Scalar, slice, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { disposeTree } from '../../../models/compile/tree.ts';
import { checkMp3Config, type Mp3Config } from '../../../models/mp3/config.ts';
import type { HurdleForecast, PointForecast } from '../../../models/mp3/heads.ts';
import type { Mp3Inputs } from '../../../models/mp3/inputs.ts';
import { hurdleLosses, mp3Loss, mp3LossDivisors } from '../../../models/mp3/loss.ts';
import { mp3Forward } from '../../../models/mp3/mp3.ts';
import { mp3Shapes } from '../../../models/mp3/names.ts';
import { randomKey } from '../../../models/training/random.ts';
import { expectNoLeak, useTensorflow } from '../tensorflow.ts';
import { inputsOf, POINT, plainWeeks, randomParameters, SMALL } from './fixtures.ts';

useTensorflow();
expectNoLeak();

describe('a configuration', () => {
  const wrong: readonly [string, Partial<Mp3Config>, string][] = [
    ['no weeks', { numWeeks: 0 }, "MP3's numWeeks is 0, not a whole number from 1"],
    ['half a layer', { numLayers: 1.5 }, "MP3's numLayers is 1.5"],
    ['fewer features than none', { numExtrinsic: -1 }, "MP3's numExtrinsic is -1"],
    ['heads that do not divide', { numHeads: 3 }, "MP3's numHeads is 3, not a divisor of the hidden size, 16"],
    ['no epsilon', { epsilon: 0 }, "MP3's epsilon is 0"],
    ['all dropped', { dropoutRate: 1 }, "MP3's dropoutRate is 1"],
    ['no median', { head: { kind: 'hurdle-quantile', quantileLevels: [0.1, 0.9] } }, 'quantileLevels is [0.1, 0.9]'],
    [
      'levels that fall',
      { head: { kind: 'hurdle-quantile', quantileLevels: [0.5, 0.1] } },
      'quantileLevels is [0.5, 0.1]',
    ],
    ['a level of 1', { head: { kind: 'hurdle-quantile', quantileLevels: [0.5, 1] } }, 'quantileLevels is [0.5, 1]'],
  ];
  test.each(wrong)('with %s is refused', (_, change, message) => {
    expect(() => checkMp3Config({ ...SMALL, ...change })).toThrow(message);
  });

  test('says the names of its parameters', () => {
    expect(Object.keys(mp3Shapes({ ...SMALL, numLayers: 1 }))).toMatchSnapshot('with quantiles and extrinsic features');
    expect(Object.keys(mp3Shapes({ ...POINT, numLayers: 0, numExtrinsic: 0 }))).toMatchSnapshot('a point, no layers');
  });

  test('of one region knows that region, and no other', () => {
    const one = { ...SMALL, numRegions: 1 };
    tidy(() => {
      const parameters = randomParameters(one);
      const inputs = inputsOf(plainWeeks(2, one, 1), one);
      const logits = (region: number): number[] => {
        const region_B = tensor1d([region, region], 'int32');
        const forecast = mp3Forward(parameters, one, { ...inputs, region_B }) as HurdleForecast;
        return [...forecast.onChartLogit_BT.dataSync()];
      };
      expect(logits(0)).not.toEqual(logits(1));
      expect(logits(1)).toEqual(logits(2));
    });
  });

  test('of fewer weeks than given is refused', () => {
    const inputs = inputsOf(plainWeeks(2, SMALL, 1), SMALL);
    const parameters = randomParameters(SMALL);
    expect(() => tidy(() => mp3Forward(parameters, { ...SMALL, numWeeks: 29 }, inputs))).toThrow(
      '30 weeks, the model knows 29',
    );
    disposeTree([parameters, inputs]);
  });

  test('of other extrinsic features than given is refused', () => {
    const parameters = randomParameters(SMALL);
    const { extrinsic_BX, ...inputs } = inputsOf(plainWeeks(2, SMALL, 1), SMALL);
    expect(() => tidy(() => mp3Forward(parameters, SMALL, inputs))).toThrow('0 extrinsic features, the model takes 3');
    disposeTree([parameters, inputs, extrinsic_BX as Tensor]);
  });
});

describe('dropout', () => {
  const flags = (config: Mp3Config, step: number | null): number[] => {
    return tidy(() => {
      const inputs = inputsOf(plainWeeks(2, config, 1), config);
      const key = step === null ? null : randomKey(1, step);
      const forecast = mp3Forward(randomParameters(config), config, inputs, key) as HurdleForecast;
      return [...forecast.onChartLogit_BT.dataSync()];
    });
  };

  test('is a function of the key', () => {
    expect(flags(SMALL, 1)).toEqual(flags(SMALL, 1));
    expect(flags(SMALL, 1)).not.toEqual(flags(SMALL, 2));
  });

  test('is nothing without a key, or at a rate of 0', () => {
    expect(flags(SMALL, null)).not.toEqual(flags(SMALL, 1));
    expect(flags({ ...SMALL, dropoutRate: 0 }, 1)).toEqual(flags(SMALL, null));
  });
});

describe('the loss', () => {
  const WEIGHTS = { onChart: 2, quantiles: 3 };

  test.each([SMALL, POINT])('of a batch is that of its parts, divided by what counts in the whole: %#', (config) => {
    const [whole, parts] = tidy(() => {
      const parameters = randomParameters(config);
      const inputs = inputsOf(plainWeeks(5, config, 2), config);
      const lossOf = (given: Mp3Inputs): Scalar => {
        return mp3Loss(mp3Forward(parameters, config, given), given, config, WEIGHTS, mp3LossDivisors(inputs));
      };
      const part = (first: number, count: number): Mp3Inputs =>
        Object.fromEntries(
          Object.entries(inputs).map(([name, x]) => [name, slice(x, first, count)]),
        ) as unknown as Mp3Inputs;
      const summed = add<Scalar>(lossOf(part(0, 2)), lossOf(part(2, 3)));
      const loss = mp3Loss(mp3Forward(parameters, config, inputs), inputs, config, WEIGHTS);
      return [loss.dataSync()[0] as number, summed.dataSync()[0] as number];
    });
    expect(parts).toBeCloseTo(whole as number, 5);
  });

  test('is the weighted sum of its two parts', () => {
    const [loss, flag, quantiles] = tidy(() => {
      const inputs = inputsOf(plainWeeks(2, SMALL, 1), SMALL);
      const forecast = mp3Forward(randomParameters(SMALL), SMALL, inputs) as HurdleForecast;
      const both = hurdleLosses(forecast, inputs, SMALL);
      const all = [mp3Loss(forecast, inputs, SMALL, WEIGHTS), both.onChart, both.quantiles];
      return all.map((value) => value.dataSync()[0] as number) as [number, number, number];
    });
    expect(flag).toBeGreaterThan(0);
    expect(quantiles).toBeGreaterThan(0);
    expect(loss).toBeCloseTo(2 * flag + 3 * quantiles, 5);
  });

  test('of nothing seen is 0', () => {
    const losses = tidy(() =>
      [SMALL, POINT].map((config) => {
        const weeks = plainWeeks(2, config, 1);
        const inputs = inputsOf({ ...weeks, seen: weeks.seen.map((row) => row.map(() => 0)) }, config);
        return mp3Loss(mp3Forward(randomParameters(config), config, inputs), inputs, config, WEIGHTS).dataSync()[0];
      }),
    );
    expect(losses).toEqual([0, 0]);
  });

  test('of a point is never of a point below 0', () => {
    const points = tidy(() => {
      const inputs = inputsOf(plainWeeks(4, POINT, 1), POINT);
      return (mp3Forward(randomParameters(POINT), POINT, inputs) as PointForecast).point_BT.dataSync();
    });
    expect(Math.min(...points)).toBe(0);
    expect(Math.max(...points)).toBeGreaterThan(0);
  });
});
