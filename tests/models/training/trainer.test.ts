/** The trainer on a linear map; the models' own steps are in tests/models/shipped. */
import { matMul, scalar, type Tensor, type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { isChartlifeError } from '../../../contracts/errors.ts';
import { disposeTree, leavesOf } from '../../../models/compile/tree.ts';
import { DEFAULT_ADAMW_OPTIONS } from '../../../models/training/adamW.ts';
import { meanSquaredError } from '../../../models/training/losses.ts';
import type { NamedTensors } from '../../../models/training/namedTensors.ts';
import {
  createTrainer,
  initialTrainingState,
  type StepRequest,
  type Trainer,
  type TrainerSettings,
  type TrainingState,
} from '../../../models/training/trainer.ts';
import { expectNoLeak, relativeError, useTensorflow } from '../tensorflow.ts';

useTensorflow();
expectNoLeak();

type Rows = { readonly x: Tensor2D; readonly y: Tensor2D; readonly weights: Tensor2D; readonly divisor?: Tensor };

const SETTINGS: TrainerSettings = {
  seed: 1,
  schedule: { warmupSteps: 1, numSteps: 10, peakLearningRate: 0.1 },
  adamW: DEFAULT_ADAMW_OPTIONS,
  maxGradientNorm: 1,
  averageDecay: 0.5,
};

const trainerOf = (settings: TrainerSettings = SETTINGS): Trainer<Rows> =>
  createTrainer<Rows, Rows, Tensor>(
    {
      lossOf: ({ w }, { x, y, weights, divisor }) => meanSquaredError(matMul(x, w as Tensor2D), y, weights, divisor),
      isPart: ({ divisor }) => divisor !== undefined,
    },
    settings,
  );
const start = (settings: TrainerSettings = SETTINGS): TrainingState =>
  initialTrainingState({ w: tensor2d([[0.5], [-0.25]]) }, settings);

function rows(x: number[][], y: number[], weights = y.map(() => 1)): Rows {
  const column = (values: number[]): Tensor2D => tensor2d(values.map((value) => [value]));
  return { x: tensor2d(x), y: column(y), weights: column(weights) };
}

const bits = (state: TrainingState): number[][] =>
  leavesOf(state).map(({ tensor }) => {
    const values = tensor.dataSync<'float32'>();
    return [...new Uint32Array(values.buffer, values.byteOffset, values.length)];
  });
const request = (step: number, ...parts: Rows[]): StepRequest<Rows> => ({
  step,
  parts,
  describe: () => 'rows a and b',
});

test.each([
  ['a target that is not a number', [1, Number.NaN]],
  ['an error whose square passes float32', [1, 1e30]],
])('%s changes nothing, and the run can go on', (_, targets) => {
  const trainer = trainerOf();
  const good = rows(
    [
      [1, 2],
      [3, 4],
    ],
    [1, 2],
  );
  const bad = rows(
    [
      [1, 2],
      [3, 4],
    ],
    targets,
  );
  const first = trainer.step(start(), request(0, good));
  const before = bits(first.state);
  let error: unknown;
  try {
    trainer.step(first.state, request(1, bad));
  } catch (thrown) {
    error = thrown;
  }
  expect(isChartlifeError(error) && error.type).toBe('NonFiniteLoss');
  expect(String(error)).toContain('at step 1, batch rows a and b');
  expect(bits(first.state)).toEqual(before);
  const second = trainer.step(first.state, request(1, good));
  expect(bits(second.state)).not.toEqual(before);
  expect(Number.isFinite(second.report.loss)).toBe(true);
  disposeTree([second.state, good, bad]);
  trainer.dispose();
});

test('a batch in parts is the whole batch, but for the order of a sum', () => {
  const trainer = trainerOf();
  const whole = rows(
    [
      [1, 2],
      [3, 4],
      [-1, 0.5],
    ],
    [1, 2, 7],
    [1, 1, 0],
  );
  const divisor = scalar(2);
  const parts = [
    rows([[1, 2]], [1]),
    rows(
      [
        [3, 4],
        [-1, 0.5],
      ],
      [2, 7],
      [1, 0],
    ),
  ].map((part) => ({ ...part, divisor }));
  const atOnce = trainer.step(start(), request(0, whole));
  const inParts = trainer.step(start(), request(0, ...parts));
  expect(inParts.report.loss).toBeCloseTo(atOnce.report.loss, 6);
  expect(inParts.report.gradientNorm).toBeCloseTo(atOnce.report.gradientNorm, 5);
  for (const [place, { tensor }] of leavesOf(inParts.state).entries()) {
    const expected = leavesOf(atOnce.state)[place]?.tensor.dataSync() ?? [];
    expect(relativeError(tensor.dataSync(), expected)).toBeLessThan(1e-6);
  }
  disposeTree([atOnce.state, inParts.state, whole, ...parts.map(({ x, y, weights }) => [x, y, weights]), divisor]);
  trainer.dispose();
});

test('the report tells the rate of the schedule and the norm before clipping', () => {
  const trainer = trainerOf();
  // Residual 1: the gradient of the mean square of one row is 2 · x.
  const batch = rows([[3, 4]], [-0.5]);
  const { state, report } = trainer.step(start(), request(0, batch));
  expect(report.learningRate).toBe(0.05);
  expect(report.loss).toBeCloseTo(1, 6);
  expect(report.gradientNorm).toBeCloseTo(10, 5);
  disposeTree([state, batch]);
  trainer.dispose();
});

test('the average follows the parameters; without a decay there is none', () => {
  const batch = rows([[3, 4]], [-0.5]);
  const trainer = trainerOf();
  const { state } = trainer.step(start(), request(0, batch));
  // Of step 0 the decay is min(0.5, 1 / 10).
  const [before, after] = [[0.5, -0.25], [...(state.parameters.w as Tensor).dataSync()]];
  const average = [...(state.average as NamedTensors).w!.dataSync()];
  for (const [cell, value] of average.entries()) {
    expect(value).toBeCloseTo(0.1 * (before[cell] as number) + 0.9 * (after[cell] as number), 6);
  }
  const plain = { ...SETTINGS, averageDecay: null };
  const other = trainerOf(plain);
  const taken = other.step(start(plain), request(0, batch));
  expect(taken.state.average).toBeUndefined();
  disposeTree([state, taken.state, batch]);
  trainer.dispose();
  other.dispose();
});

test('a step without a batch is refused', () => {
  const trainer = trainerOf();
  const state = start();
  expect(() => trainer.step(state, request(4))).toThrow(/the batch of step 4 has no parts/);
  disposeTree(state);
  trainer.dispose();
});

test('parts that do not say what the whole is divided by are refused', () => {
  const trainer = trainerOf();
  const state = start();
  const parts = [rows([[1, 2]], [1]), rows([[3, 4]], [2])];
  expect(() => trainer.step(state, request(4, ...parts))).toThrow(/step 4 is no sum over its 2 parts/);
  disposeTree([state, ...parts]);
  trainer.dispose();
});

test.each([
  ['a batch that does not fit', rows.bind(null, [[1, 2, 3]], [1]), 0],
  ['a step before the first', rows.bind(null, [[1, 2]], [1]), -1],
])('%s fails, whole and in parts, and leaves nothing behind', (_, make, step) => {
  const trainer = trainerOf();
  const state = start();
  const batch = make();
  const divisor = scalar(2);
  const part = { ...batch, divisor };
  const good = { ...rows([[1, 2]], [1]), divisor };
  expect(() => trainer.step(state, request(step, batch))).toThrow();
  expect(() => trainer.step(state, request(step, good, part))).toThrow();
  disposeTree([state, batch, good]);
  trainer.dispose();
});

test('an update that would not be finite is not made', () => {
  const huge = { ...SETTINGS, schedule: { ...SETTINGS.schedule, peakLearningRate: 1e39 } };
  const trainer = trainerOf(huge);
  const state = start(huge);
  const batch = rows([[1, 2]], [1]);
  const before = bits(state);
  expect(() => trainer.step(state, request(0, batch))).toThrow(/no parameter was changed/);
  expect(bits(state)).toEqual(before);
  disposeTree([state, batch]);
  trainer.dispose();
});
