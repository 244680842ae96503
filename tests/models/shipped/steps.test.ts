/** Training steps of the models that are trained, all of their parts at once: compiled against eager, bits, memory. */
import { memory, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { tensorflowBackend } from '../../../models/backend/loadTensorflow.ts';
import { disposeTree, leavesOf } from '../../../models/compile/tree.ts';
import { randomKey } from '../../../models/training/random.ts';
import { compilePrediction } from '../../../models/training/task.ts';
import { createTrainer } from '../../../models/training/trainer.ts';
import { runScript } from '../runScript.ts';
import { expectNoLeak, relativeError, useTensorflow } from '../tensorflow.ts';
import { SHIPPED_MODELS, SHIPPED_SETTINGS, type ShippedModel, type ShippedName } from './shippedModels.ts';
import { eagerly, initialState, takeSteps } from './train.ts';

useTensorflow();
expectNoLeak();

const NAMES = Object.keys(SHIPPED_MODELS) as ShippedName[];
/** One of each kind; the original's differ in a part that the others have too. */
const ONE_OF_EACH: readonly ShippedName[] = ['MP2', 'MP3', 'the siamese CNN'];
const NUM_STEPS = 60;
/** Roundings of float32 that 60 steps of an optimiser have carried on. */
const TOLERANCE = 1e-4;
/** Of the largest value of each tensor of the state. */
const STATE_TOLERANCE = 1e-2;

interface Trained {
  readonly losses: number[];
  /** Every tensor of the state, by its path. */
  readonly state: Map<string, Float32Array>;
}

function trained(model: ShippedModel, run: typeof eagerly | undefined): Trained {
  const trainer = createTrainer(model.task, SHIPPED_SETTINGS, run);
  const steps = { from: 0, to: NUM_STEPS, batchSize: 4 };
  const { state, losses } = takeSteps(model, trainer, initialState(model), steps);
  const values = new Map(leavesOf(state).map(({ path, tensor }) => [path, tensor.dataSync<'float32'>().slice()]));
  disposeTree(state);
  trainer.dispose();
  return { losses, state: values };
}

function expectAlike(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  const worst = Math.max(...found.map((loss, step) => Math.abs(loss / (expected[step] as number) - 1)));
  expect(worst).toBeLessThan(TOLERANCE);
}

describe.each(NAMES)('%s', (name) => {
  const model = SHIPPED_MODELS[name];

  test('compiled is eager over 60 steps of the optimiser', () => {
    const [eager, compiled] = [trained(model, eagerly), trained(model, undefined)];
    expectAlike(compiled.losses, eager.losses);
    expect([...compiled.state.keys()]).toEqual([...eager.state.keys()]);
    for (const [path, expected] of eager.state) {
      // Softmax takes no notice of a key's bias: its gradient is nothing but rounding, which AdamW makes steps of.
      if (/key\.bias|qkv\.bias/.test(path)) continue;
      expect(relativeError(compiled.state.get(path) as Float32Array, expected), path).toBeLessThan(STATE_TOLERANCE);
    }
  });

  test('is compiled anew for another batch, and right', () => {
    const trainer = createTrainer(model.task, SHIPPED_SETTINGS);
    let state = initialState(model);
    const found: number[] = [];
    for (const [step, batchSize] of [4, 2, 6, 4].entries()) {
      const taken = takeSteps(model, trainer, state, { from: step, to: step + 1, batchSize });
      ({ state } = taken);
      found.push(...taken.losses);
    }
    const reference = createTrainer(model.task, SHIPPED_SETTINGS, eagerly);
    let eager = initialState(model);
    const expected: number[] = [];
    for (const [step, batchSize] of [4, 2, 6, 4].entries()) {
      const taken = takeSteps(model, reference, eager, { from: step, to: step + 1, batchSize });
      eager = taken.state;
      expected.push(...taken.losses);
    }
    expectAlike(found, expected);
    disposeTree([state, eager]);
    trainer.dispose();
  });

  test('draws from the key and from nothing else, in its loss; at rates of 0 it draws nothing', () => {
    const state = initialState(model);
    const { parameters } = state;
    const batch = model.makeBatch(4, 1);
    const lossOf = ({ lossOf: own }: ShippedModel['task'], step: number): number =>
      tidy(() => own(parameters, batch, randomKey(1, step)).dataSync()[0] as number);
    const loss = lossOf(model.task, 1);
    expect(lossOf(model.task, 1)).toBe(loss);
    expect(lossOf(model.task, 2)).not.toBe(loss);
    const calm = lossOf(model.calmTask, 1);
    expect(calm).not.toBe(loss);
    expect(lossOf(model.calmTask, 2)).toBe(calm);
    disposeTree([state, batch]);
  });

  test('predicts the same compiled, and draws nothing', () => {
    const state = initialState(model);
    const input = { parameters: state.parameters, input: model.makeBatch(3, 1) };
    const compiled = compilePrediction(model.task);
    const results = [
      compiled(input),
      compiled(input),
      eagerly(() => model.task.predict(input.parameters, input.input))({}),
    ];
    const calm = eagerly(() => model.calmTask.predict(input.parameters, input.input))({});
    results.push(calm);
    const [first, again, eager, without] = results.map((result) =>
      leavesOf(result).map(({ tensor }) => [...tensor.dataSync()]),
    );
    expect(again).toEqual(first);
    expect(without).toEqual(eager);
    for (const [place, values] of (eager ?? []).entries()) {
      for (const [cell, value] of values.entries()) expect(first?.[place]?.[cell]).toBeCloseTo(value, 5);
    }
    disposeTree([state, input.input, ...results]);
    compiled.dispose();
  });
});

test.each(ONE_OF_EACH)('%s holds as many tensors and bytes after 1,000 steps as after 10', (name) => {
  const model = SHIPPED_MODELS[name];
  const trainer = createTrainer(model.task, SHIPPED_SETTINGS);
  const start = takeSteps(model, trainer, initialState(model), { from: 0, to: 10, batchSize: 4 });
  const { binding } = tensorflowBackend();
  const after10 = [memory().numTensors, binding.getNumOfTensors()];
  const bytesAfter10 = process.memoryUsage.rss();
  const { state } = takeSteps(model, trainer, start.state, { from: 10, to: 1_000, batchSize: 4 });
  expect([memory().numTensors, binding.getNumOfTensors()]).toEqual(after10);
  expect(process.memoryUsage.rss() - bytesAfter10).toBeLessThan(50e6);
  disposeTree(state);
  trainer.dispose();
});

test('the same seed gives the same bits in two processes', async () => {
  const script = 'tests/models/shipped/bitsInProcess.ts';
  const [first, second] = [await runScript(script), await runScript(script)];
  const lines = first.split('\n').filter((line) => /^[0-9a-f]{64} /.test(line));
  expect(lines.map((line) => line.slice(65))).toEqual(NAMES);
  expect(new Set(lines.map((line) => line.slice(0, 64))).size).toBe(NAMES.length);
  expect(second).toBe(first);
});
