/** The moving average of parameters. */
import { scalar, tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { emaUpdateRateAt, movingAverage } from '../../../models/training/ema.ts';
import { type NamedTensors, tensorNamed } from '../../../models/training/namedTensors.ts';
import { useTensorflow } from '../tensorflow.ts';

useTensorflow();

test('follows the recursion decay · average + (1 - decay) · parameters', () => {
  tidy(() => {
    let average: NamedTensors = { a: tensor([1, -1]) };
    const expected = [1, -1];
    for (let step = 0; step < 50; step++) {
      const values = [Math.sin(step), step / 10];
      const rate = emaUpdateRateAt(step, 0.9999);
      average = movingAverage(average, { a: tensor(values) }, step % 2 === 0 ? rate : scalar(rate));
      for (const [cell, value] of values.entries()) expected[cell] = (1 - rate) * expected[cell]! + rate * value;
    }
    const actual = tensorNamed(average, 'a').dataSync();
    for (const [cell, value] of expected.entries()) expect(actual[cell]).toBeCloseTo(value, 5);
  });
});

test('a young average forgets faster; an old one at the rate it was given', () => {
  expect(emaUpdateRateAt(0, 0.999)).toBeCloseTo(0.9, 12);
  expect(emaUpdateRateAt(90, 0.999)).toBeCloseTo(0.09, 12);
  expect(emaUpdateRateAt(1e6, 0.999)).toBeCloseTo(0.001, 12);
});
