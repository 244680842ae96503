/** A run that is broken off and taken up from bytes ends as one that is not. */
import { type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { disposeTree, leavesOf, withLeaves } from '../../../models/compile/tree.ts';
import { DEFAULT_ADAMW_OPTIONS } from '../../../models/training/adamW.ts';
import {
  createTrainer,
  initialTrainingState,
  type TrainerSettings,
  type TrainingState,
} from '../../../models/training/trainer.ts';
import { useTensorflow } from '../tensorflow.ts';
import { mlpInput, mlpLoss } from './mlp.ts';

useTensorflow();

const SETTINGS: TrainerSettings = {
  seed: 42,
  schedule: { warmupSteps: 3, numSteps: 12, peakLearningRate: 0.05 },
  adamW: DEFAULT_ADAMW_OPTIONS,
  maxGradientNorm: 0.1,
  averageDecay: 0.9,
};
const SIZE = { numRows: 16, numFeatures: 6, numHidden: 9, numBlocks: 2 } as const;
const recomputedLoss = mlpLoss(true);

/** What a checkpoint would hold. */
type Bytes = readonly { readonly shape: number[]; readonly values: Float32Array }[];

const initial = (): TrainingState => initialTrainingState(mlpInput(SIZE).parameters, SETTINGS);
const bytesOf = (state: TrainingState): Bytes =>
  leavesOf(state).map(({ tensor: { shape }, tensor: leaf }) => ({
    shape: [...shape],
    values: leaf.dataSync<'float32'>().slice(),
  }));

/** Steps `from` to `to` in graphs of its own. */
function train(bytes: Bytes, from: number, to: number): { readonly bytes: Bytes; readonly losses: number[] } {
  const trainer = createTrainer<{ x: Tensor }, { x: Tensor }, Tensor>(
    { lossOf: (parameters, { x }, key) => recomputedLoss(parameters, x, key) },
    SETTINGS,
  );
  const losses: number[] = [];
  let state = tidy(() =>
    withLeaves(
      initial(),
      bytes.map(({ shape, values }) => tensor(values, shape)),
    ),
  );
  const { x, parameters } = mlpInput(SIZE);
  disposeTree(parameters);
  for (let step = from; step < to; step++) {
    const taken = trainer.step(state, { step, parts: [{ x }], describe: () => 'the rows' });
    ({ state } = taken);
    losses.push(taken.report.loss);
  }
  trainer.dispose();
  const after = bytesOf(state);
  disposeTree([state, x]);
  return { bytes: after, losses };
}

test('ends in the same bits', () => {
  const state = initial();
  const start = bytesOf(state);
  disposeTree(state);
  const whole = train(start, 0, 12);
  const first = train(start, 0, 5);
  const rest = train(first.bytes, 5, 12);
  expect([...first.losses, ...rest.losses]).toEqual(whole.losses);
  expect(rest.bytes).toEqual(whole.bytes);
  expect(whole.losses.at(-1)).toBeLessThan(0.9 * whole.losses[0]!);
  // The draws depend on the step: had it been counted from 0 again, the bits would be others.
  expect(train(first.bytes, 0, 7).bytes).not.toEqual(whole.bytes);
});
