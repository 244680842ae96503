/** Losses against plain float64, their gradients against finite differences, and cells that do not count. */
import { grad, type Scalar, scalar, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { binaryCrossEntropy } from '../../../models/training/losses.ts';
import { originalLoss, originalWeekWeights } from '../../../models/training/originalLoss.ts';
import { bitsOf, useTensorflow } from '../tensorflow.ts';
import { numericGradient } from './finiteDifferences.ts';
import { CASES, drawnNumbers, NUM_CELLS, NUM_TRACKS, NUM_WEEKS, type Numbers, total } from './lossCases.ts';

useTensorflow();

describe.each(CASES)('$name', ({ perCell, targets, loss, cell, divisor }) => {
  // The original knows seen and unseen; the others any weight.
  const weights = drawnNumbers(NUM_CELLS, -1, 2, 7).map((x) => (x < 0 ? 0 : loss === originalLoss ? 1 : x));
  const predictions = drawnNumbers(NUM_CELLS * perCell, -2, 2, 8);
  const shape_BT = [NUM_TRACKS, NUM_WEEKS];
  const predictionShape = perCell === 1 ? shape_BT : [...shape_BT, perCell];
  const compute = (p: Numbers, y: Numbers, w: Numbers, total_?: Tensor) => {
    const lossOf = (prediction: Tensor): Scalar =>
      loss(prediction, tensor([...y], shape_BT), tensor([...w], shape_BT), total_);
    const prediction = tensor([...p], predictionShape);
    return { value: lossOf(prediction), gradient: grad(lossOf)(prediction) };
  };
  const reference = (p: Numbers): number => {
    const losses = targets.map((y, index) =>
      // A cell that does not count isn't even looked at.
      weights[index] === 0
        ? 0
        : weights[index]! * cell(p.slice(index * perCell, (index + 1) * perCell), y, (index % NUM_WEEKS) + 1),
    );
    return total(losses) / divisor(weights);
  };

  test('is its formula', () => {
    tidy(() => {
      const { value } = compute(predictions, targets, weights);
      expect(value.shape).toEqual([]);
      expect(Math.abs(value.dataSync()[0]! / reference(predictions) - 1)).toBeLessThan(2e-6);
    });
  });

  test('has the gradient that finite differences find', () => {
    tidy(() => {
      const gradient = compute(predictions, targets, weights).gradient.dataSync();
      const expected = numericGradient(reference, predictions);
      for (const [index, slope] of expected.entries()) expect(Math.abs(gradient[index]! - slope)).toBeLessThan(1e-6);
      expect(expected.filter((slope) => slope !== 0).length).toBeGreaterThan(NUM_CELLS / 3);
    });
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e30])(
    'is the same to the bit with %d in cells of weight 0',
    (x) => {
      tidy(() => {
        expect(weights).toContain(0);
        const isMasked = (index: number): boolean => weights[Math.floor(index / perCell)] === 0;
        const plain = compute(predictions, targets, weights);
        const spoilt = compute(
          predictions.map((value, index) => (isMasked(index) ? x : value)),
          targets.map((value, index) => (weights[index] === 0 ? x : value)),
          weights,
        );
        expect(bitsOf(spoilt.value)).toEqual(bitsOf(plain.value));
        for (const [index, value] of spoilt.gradient.dataSync().entries()) {
          expect(value, `gradient ${index}`).toBe(isMasked(index) ? value * 0 : plain.gradient.dataSync()[index]);
        }
      });
    },
  );

  test('is 0, with no gradient, where nothing counts', () => {
    tidy(() => {
      const { value, gradient } = compute(
        predictions,
        targets,
        weights.map(() => 0),
      );
      expect(value.dataSync()[0]).toBe(0);
      for (const slope of gradient.dataSync()) expect(slope).toBeCloseTo(0, 30);
    });
  });

  test('is divided by what it is told to', () => {
    tidy(() => {
      const { value } = compute(predictions, targets, weights, scalar(1_000));
      const expected = (reference(predictions) * divisor(weights)) / 1_000;
      expect(Math.abs(value.dataSync()[0]! / expected - 1)).toBeLessThan(2e-6);
    });
  });
});

test('cross-entropy of extreme logits is finite, and so is its gradient', () => {
  tidy(() => {
    const logits = tensor([-1e4, 1e4, 200, -200, 0]);
    const targets = tensor([1, 0, 1, 0, 0.5]);
    const lossOf = (x: Tensor): Scalar => binaryCrossEntropy(x, targets, tensor([1, 1, 1, 1, 1]));
    expect(lossOf(logits).dataSync()[0]).toBeCloseTo((1e4 + 1e4 + Math.LN2) / 5, 1);
    const slopes = [...grad(lossOf)(logits).dataSync()].map((slope) => slope * 5);
    for (const [index, slope] of [-1, 1, 0, 0, 0].entries()) expect(slopes[index]).toBeCloseTo(slope, 6);
  });
});

test("the original's weeks weigh most at the start and 1 at the end", () => {
  tidy(() => {
    const weights = [...originalWeekWeights(104).dataSync()];
    expect(weights[0]).toBeCloseTo(9.068, 3);
    expect(weights[103]).toBe(1);
    expect(weights).toEqual(weights.toSorted((a, b) => b - a));
  });
});
