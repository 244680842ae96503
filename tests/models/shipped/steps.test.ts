/** Training steps of the models that are trained, all of their parts at once: compiled against eager, bits, memory. */
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { tensorflowBackend } from '../../../models/backend/loadTensorflow.ts';
import { disposeTree, leavesOf } from '../../../models/compile/tree.ts';
import { compilePrediction } from '../../../models/training/task.ts';
import { createTrainer } from '../../../models/training/trainer.ts';
import { runScript } from '../runScript.ts';
import { expectNoLeak, useTensorflow } from '../tensorflow.ts';
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

function lossesOf(model: ShippedModel, run: typeof eagerly | undefined, batchSize: number, to = NUM_STEPS): number[] {
  const trainer = createTrainer(model.task, SHIPPED_SETTINGS, run);
  const { state, losses } = takeSteps(model, trainer, initialState(model), { from: 0, to, batchSize });
  disposeTree(state);
  trainer.dispose();
  return losses;
}

function expectAlike(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length);
  const worst = Math.max(...found.map((loss, step) => Math.abs(loss / (expected[step] as number) - 1)));
  expect(worst).toBeLessThan(TOLERANCE);
}

describe.each(NAMES)('%s', (name) => {
  const model = SHIPPED_MODELS[name];

  test('compiled is eager over 60 steps of the optimiser', () => {
    const eager = lossesOf(model, eagerly, 4);
    expectAlike(lossesOf(model, undefined, 4), eager);
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

  test('predicts the same compiled, and draws nothing', () => {
    const state = initialState(model);
    const input = { parameters: state.parameters, input: model.makeBatch(3, 1) };
    const compiled = compilePrediction(model.task);
    const results = [
      compiled(input),
      compiled(input),
      eagerly(() => model.task.predict(input.parameters, input.input))({}),
    ];
    const [first, again, eager] = results.map((result) => leavesOf(result).map(({ tensor }) => [...tensor.dataSync()]));
    expect(again).toEqual(first);
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
