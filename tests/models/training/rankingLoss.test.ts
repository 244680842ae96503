/** The siamese network's loss over pairs. */
import { grad, type Scalar, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { pairwiseRankingLoss } from '../../../models/training/rankingLoss.ts';
import { useTensorflow } from '../tensorflow.ts';
import { numericGradient } from './finiteDifferences.ts';
import { drawnNumbers, type Numbers, total } from './lossCases.ts';

useTensorflow();

describe('ranking', () => {
  const a = drawnNumbers(8, -1, 1, 20);
  const b = drawnNumbers(8, -1, 1, 21);
  const targetA = [1, 2, 3, 4, 5, 6, 7, Number.NaN];
  const targetB = [2, 1, 3, 9, 1, 2, 9, 1];
  const weights = [1, 1, 1, 0, 1, 2, 1, 0];
  const reference = (scores: Numbers): number =>
    total(
      scores.map((score, pair) =>
        weights[pair] === 0
          ? 0
          : weights[pair]! * Math.max(0, 0.5 - Math.sign(targetA[pair]! - targetB[pair]!) * (score - b[pair]!)),
      ),
    ) / total(weights);
  const lossOf = (scores: Tensor): Scalar =>
    pairwiseRankingLoss(scores, tensor(b), tensor(targetA), tensor(targetB), tensor(weights), 0.5);

  test('is its formula, with its gradient', () => {
    tidy(() => {
      expect(lossOf(tensor(a)).dataSync()[0]).toBeCloseTo(reference(a), 6);
      const slopes = grad(lossOf)(tensor(a)).dataSync();
      for (const [pair, slope] of numericGradient(reference, a).entries()) expect(slopes[pair]).toBeCloseTo(slope, 6);
    });
  });

  test('is 0 where all pairs are in order by more than the margin, and grows with a wrong one', () => {
    tidy(() => {
      const ofScores = (scoreA: number, scoreB: number): number =>
        pairwiseRankingLoss(
          tensor([scoreA]),
          tensor([scoreB]),
          tensor([2]),
          tensor([1]),
          tensor([1]),
          1,
        ).dataSync()[0]!;
      expect(ofScores(3, 1)).toBe(0);
      expect(ofScores(1, 1)).toBe(1);
      expect(ofScores(1, 3)).toBe(3);
    });
  });
});
