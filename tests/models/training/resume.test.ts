/** All parts in one step: a run that is broken off and taken up from bytes ends as one that is not. */
import { type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile } from '../../../models/compile/compile.ts';
import { disposeTree, leavesOf, withLeaves } from '../../../models/compile/tree.ts';
import {
  type AdamWScalars,
  adamW,
  adamWScalars,
  DEFAULT_ADAMW_OPTIONS,
  initialAdamWState,
} from '../../../models/training/adamW.ts';
import { clipByGlobalNorm } from '../../../models/training/clip.ts';
import { emaUpdateRateAt, movingAverage } from '../../../models/training/ema.ts';
import { isUpdateFinite, updateIfFinite } from '../../../models/training/guard.ts';
import type { NamedTensors } from '../../../models/training/namedTensors.ts';
import { randomKey } from '../../../models/training/random.ts';
import { learningRateAt } from '../../../models/training/schedule.ts';
import { useTensorflow } from '../tensorflow.ts';
import { mlpGradients, mlpInput } from './mlp.ts';

useTensorflow();

const SCHEDULE = { warmupSteps: 3, numSteps: 12, peakLearningRate: 0.05 };
const SEED = 42;

type State = {
  readonly parameters: NamedTensors;
  readonly average: NamedTensors;
  readonly firstMoment: NamedTensors;
  readonly secondMoment: NamedTensors;
};
type StepInput = { readonly state: State; readonly x: Tensor; readonly key: Tensor; readonly scalars: AdamWScalars };

const gradientsOf = mlpGradients(true);

function step({ state, x, key, scalars }: StepInput) {
  const { parameters, average, ...moments } = state;
  const { loss, gradients } = gradientsOf({ parameters, x, key });
  const { gradients: clipped, norm } = clipByGlobalNorm(gradients, 0.1);
  const updated = adamW(parameters, clipped, moments, scalars, DEFAULT_ADAMW_OPTIONS);
  const next: State = {
    parameters: updated.parameters,
    average: movingAverage(average, updated.parameters, emaUpdateRateAt(0, 0.9)),
    ...updated.state,
  };
  const flag = isUpdateFinite(loss, norm);
  return { loss, flag, state: updateIfFinite(flag, next, state) };
}

/** What a checkpoint would hold. */
type Bytes = readonly { readonly shape: number[]; readonly values: Float32Array }[];

const initial = (): State => {
  const { parameters } = mlpInput({ numRows: 16, numFeatures: 6, numHidden: 9, numBlocks: 2 });
  return { parameters, average: parameters, ...initialAdamWState(parameters) };
};
const bytesOf = (state: State): Bytes =>
  leavesOf(state).map(({ tensor: { shape }, tensor: leaf }) => ({
    shape: [...shape],
    values: leaf.dataSync<'float32'>().slice(),
  }));

/** Steps `from` to `to` in graphs of its own. */
function train(bytes: Bytes, from: number, to: number): { readonly bytes: Bytes; readonly losses: number[] } {
  const graph = compile(step);
  const losses: number[] = [];
  let state = tidy(() =>
    withLeaves(
      initial(),
      bytes.map(({ shape, values }) => tensor(values, shape)),
    ),
  );
  const { x, parameters } = mlpInput({ numRows: 16, numFeatures: 6, numHidden: 9, numBlocks: 2 });
  disposeTree(parameters);
  for (let index = from; index < to; index++) {
    const key = randomKey(SEED, index);
    const scalars = adamWScalars(index + 1, learningRateAt(SCHEDULE, index), DEFAULT_ADAMW_OPTIONS);
    const result = graph({ state, x, key, scalars });
    disposeTree([state, key, scalars]);
    losses.push(result.loss.dataSync()[0] as number);
    expect(result.flag.dataSync()[0]).toBe(1);
    disposeTree([result.loss, result.flag]);
    ({ state } = result);
  }
  graph.dispose();
  const after = bytesOf(state);
  disposeTree([state, x]);
  return { bytes: after, losses };
}

test('ends in the same bits', () => {
  const state = initial();
  const start = bytesOf(state);
  disposeTree([state.parameters, state.firstMoment, state.secondMoment]);
  const whole = train(start, 0, 12);
  const first = train(start, 0, 5);
  const rest = train(first.bytes, 5, 12);
  expect([...first.losses, ...rest.losses]).toEqual(whole.losses);
  expect(rest.bytes).toEqual(whole.bytes);
  expect(whole.losses.at(-1)).toBeLessThan(0.9 * whole.losses[0]!);
  // The draws depend on the step: had it been counted from 0 again, the bits would be others.
  expect(train(first.bytes, 0, 7).bytes).not.toEqual(whole.bytes);
});
