/** Losses as tensors compute them, and as their formulas read in float64. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { binaryCrossEntropy, huberLoss, meanSquaredError, pinballLoss } from '../../../models/training/losses.ts';
import { originalLoss } from '../../../models/training/originalLoss.ts';
import { Draws } from '../../../runtime/philox.ts';

export const NUM_TRACKS = 3;
export const NUM_WEEKS = 5;
export const NUM_CELLS = NUM_TRACKS * NUM_WEEKS;
const LEVELS = [0.1, 0.5, 0.9];

export type Numbers = readonly number[];

/** A loss as tensors compute it, and as its formula reads. */
export interface LossCase {
  readonly name: string;
  /** Predictions per cell. */
  readonly perCell: number;
  readonly targets: Numbers;
  readonly loss: (prediction: Tensor, target: Tensor, weights: Tensor, divisor?: Tensor) => Scalar;
  /** Of one cell. */
  readonly cell: (prediction: Numbers, target: number, week: number) => number;
  /** What the mean is divided by. */
  readonly divisor: (weights: Numbers) => number;
}

export const drawnNumbers = (length: number, low: number, high: number, index: number): number[] => {
  const draws = new Draws(5, index, 97);
  // Numbers that float32 holds exactly, so that both sides compute with the same.
  return Array.from({ length }, () => Math.fround(draws.between(low, high)));
};

export const total = (numbers: Numbers): number => numbers.reduce((sum, x) => sum + x, 0);
const huberOf = (error: number, delta: number): number =>
  Math.abs(error) <= delta ? 0.5 * error ** 2 : delta * (Math.abs(error) - 0.5 * delta);

export const CASES: readonly LossCase[] = [
  {
    name: 'mean squared error',
    perCell: 1,
    targets: drawnNumbers(NUM_CELLS, -2, 2, 1),
    loss: meanSquaredError,
    cell: ([p], y) => (p! - y) ** 2,
    divisor: total,
  },
  {
    name: 'Huber',
    perCell: 1,
    targets: drawnNumbers(NUM_CELLS, -2, 2, 2),
    loss: (p, y, w, divisor) => huberLoss(p, y, w, 0.7, divisor),
    cell: ([p], y) => huberOf(p! - y, 0.7),
    divisor: total,
  },
  {
    name: 'binary cross-entropy',
    perCell: 1,
    targets: drawnNumbers(NUM_CELLS, 0, 1, 3).map((x) => (x < 0.4 ? 0 : x < 0.8 ? 1 : x)),
    loss: binaryCrossEntropy,
    cell: ([x], y) => -y * Math.log(1 / (1 + Math.exp(-x!))) - (1 - y) * Math.log(1 / (1 + Math.exp(x!))),
    divisor: total,
  },
  {
    name: 'pinball',
    perCell: LEVELS.length,
    targets: drawnNumbers(NUM_CELLS, -2, 2, 4),
    loss: (p, y, w, divisor) => pinballLoss(p, y, w, LEVELS, divisor),
    cell: (p, y) =>
      total(LEVELS.map((level, q) => (y >= p[q]! ? level * (y - p[q]!) : (1 - level) * (p[q]! - y)))) / LEVELS.length,
    divisor: total,
  },
  {
    name: 'the original',
    perCell: 1,
    targets: drawnNumbers(NUM_CELLS, -1, 1, 6).map((x) => Math.max(0, x)),
    loss: originalLoss,
    cell: ([p], y, week) =>
      (1 - 4 * Math.log10(week / NUM_WEEKS)) * (y > 0 ? (p! - y) ** 2 : 0.1 * 2 * huberOf(p! - y, 0.5)),
    divisor: total,
  },
];
