/**
 * The compiled step against the eager one. Not tested here: speed (bench/step.ts), the models' own steps
 * (tests/models/shipped).
 */
import {
  add,
  div,
  dropout,
  exp,
  expandDims,
  grad,
  greater,
  matMul,
  maximum,
  memory,
  mul,
  randomNormal,
  relu,
  reshape,
  scalar,
  sigmoid,
  slice,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  tanh,
  tensor,
  tensor1d,
  tidy,
  transpose,
  unique,
  where,
  zeros,
} from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { isChartlifeError } from '../../../contracts/errors.ts';
import { tensorflowBackend } from '../../../models/backend/loadTensorflow.ts';
import { type CompiledStep, compile } from '../../../models/compile/compile.ts';
import { disposeTree, leavesOf, type TensorTree } from '../../../models/compile/tree.ts';
import { runScript } from '../runScript.ts';
import { useTensorflow } from '../tensorflow.ts';
import { initialWeights, type Training, trainingStep, type Weights } from './network.ts';

useTensorflow();

const compiledSteps: { dispose(): void }[] = [];

/** Freed after the test. */
function compiled<Input extends TensorTree, Output extends TensorTree>(
  step: (input: Input) => Output,
): CompiledStep<Input, Output> {
  const made = compile(step);
  compiledSteps.push(made);
  return made;
}

afterEach(() => {
  for (const step of compiledSteps.splice(0)) step.dispose();
});

/** Losses of some steps from the same start; what remains is freed. */
function losses(
  step: (input: Training) => ReturnType<typeof trainingStep>,
  numSteps: number,
  batchSize = 128,
): number[] {
  const x_BD = randomNormal([batchSize, 64], 0, 1, 'float32', 3);
  const y_B1 = randomNormal([batchSize, 1], 0, 1, 'float32', 4);
  const learningRate = scalar(0.05);
  let weights = initialWeights();
  let momentum: Weights = { first: zeros([64, 32]), second: zeros([32, 1]) };
  const found: number[] = [];
  for (let index = 0; index < numSteps; index++) {
    const result = step({ weights, momentum, x_BD, y_B1, learningRate });
    disposeTree({ weights, momentum });
    ({ weights, momentum } = result);
    found.push(result.loss.dataSync()[0] as number);
    result.loss.dispose();
  }
  disposeTree({ weights, momentum, x_BD, y_B1, learningRate });
  return found;
}

describe('a compiled step', () => {
  test('is the eager one over 60 steps of an optimiser', () => {
    const eager = losses((input) => tidy(() => trainingStep(input)), 60);
    const found = losses(compiled(trainingStep), 60);
    expect(eager[59]).toBeLessThan((eager[0] as number) / 5);
    for (const [index, loss] of found.entries()) {
      expect(Math.abs(loss - (eager[index] as number)) / (eager[index] as number)).toBeLessThan(1e-5);
    }
  });

  test('gives the same bits in two processes', async () => {
    const script = 'tests/models/compile/bitsInProcess.ts';
    const bits = [await runScript(script), await runScript(script)];
    expect(bits[0]).toMatch(/^[0-9a-f]{64}$/m);
    expect(bits[1]).toBe(bits[0]);
  });

  test('is made anew for another shape, and right', () => {
    const step = compiled(trainingStep);
    for (const batchSize of [128, 32, 1, 128]) {
      const eager = losses((input) => tidy(() => trainingStep(input)), 3, batchSize);
      const found = losses(step, 3, batchSize);
      for (const [index, loss] of found.entries()) expect(loss).toBeCloseTo(eager[index] as number, 5);
    }
    expect(step.numGraphs).toBe(3);
  });

  test('holds as many tensors after 1,000 steps as after 10', () => {
    const step = compiled(trainingStep);
    losses(step, 10);
    const { binding } = tensorflowBackend();
    const after10 = [memory().numTensors, binding.getNumOfTensors()];
    const bytesAfter10 = process.memoryUsage.rss();
    losses(step, 990);
    expect([memory().numTensors, binding.getNumOfTensors()]).toEqual(after10);
    expect(process.memoryUsage.rss() - bytesAfter10).toBeLessThan(50e6);
  });

  test('takes one tensor in two places, and different ones there later', () => {
    const step = compiled(({ a, b }: { a: Tensor; b: Tensor }) => sub(a, b));
    const [two, three] = [scalar(2), scalar(3)];
    const same = step({ a: two, b: two });
    const other = step({ a: three, b: two });
    expect([same.dataSync()[0], other.dataSync()[0]]).toEqual([0, 1]);
    disposeTree([two, three, same, other]);
  });

  test('gives back an argument, a constant, and one value twice, each as a tensor of its own', () => {
    const step = compiled((x: Tensor) => {
      const doubled = mul(x, 2);
      return { x, constant: tensor1d([4, 5, 6]), doubled, again: [doubled] };
    });
    const x = tensor1d([1, 2]);
    const found = step(x);
    x.dispose();
    found.doubled.dispose();
    expect([...found.x.dataSync()]).toEqual([1, 2]);
    expect([...found.constant.dataSync()]).toEqual([4, 5, 6]);
    expect([...(found.again[0] as Tensor).dataSync()]).toEqual([2, 4]);
    disposeTree([found.x, found.constant, ...found.again]);
  });

  test('leaves large constants right, of one value or of many', () => {
    const many = Float32Array.from({ length: 20_000 }, (_, index) => Math.sin(index));
    const step = compiled((x: Tensor) => [
      add(x, tensor(many)),
      add(x, zeros([20_000])),
      add(x, sum(tensor([-0, -0]))),
    ]);
    const x = scalar(0.5);
    const [sines, halves, minusZero] = step(x) as [Tensor, Tensor, Tensor];
    expect(sines.dataSync()[12_345]).toBe(Math.fround(0.5 + Math.fround(Math.sin(12_345))));
    expect(new Set(halves.dataSync())).toEqual(new Set([0.5]));
    x.dispose();
    compiledSteps.at(-1)?.dispose();
    disposeTree([sines, halves, minusZero]);
  });

  test('fails like the eager one for shapes that do not fit, and leaves nothing behind', () => {
    const step = compiled(({ a, b }: { a: Tensor; b: Tensor }) => matMul(a as Tensor2D, b as Tensor2D));
    const [a, b] = [zeros([2, 3]), zeros([2, 3])];
    tensorflowBackend().getInputTensorIds([a, b]);
    const { binding } = tensorflowBackend();
    const before = [memory().numTensors, binding.getNumOfTensors()];
    expect(() => step({ a, b })).toThrow(/size-incompatible/);
    expect([memory().numTensors, binding.getNumOfTensors()]).toEqual(before);
    expect(tensorflowBackend().binding).toBe(binding);
    disposeTree([a, b]);
  });
});

describe('random graphs', () => {
  const unary: Record<string, (x: Tensor) => Tensor> = {
    exp: (x) => exp(mul(0.1, x)),
    relu,
    sigmoid,
    softmax: (x) => softmax(x),
    sqrt: (x) => sqrt(add(square(x), 0.1)),
    tanh,
    transpose: (x) => transpose(x),
    sum: (x) => add(x, sum(x, 0, true)),
    slice: (x) => add(x, sum(slice(x as Tensor2D, [0, 0], [1, 2]))),
    expandDims: (x) => reshape(expandDims(x, -1), x.shape),
    reshape: (x) => reshape(reshape(x, [-1]), x.shape),
    where: (x) => where(greater(x, 0), x, mul(x, 0.3)),
  };
  const binary: Record<string, (x: Tensor, y: Tensor) => Tensor> = {
    add,
    mul,
    maximum,
    sub,
    div: (x, y) => div(x, add(square(y), 1)),
    matMul: (x, y) => matMul(x as Tensor2D, y as Tensor2D),
  };
  const operation = fc.record({
    name: fc.constantFrom(...Object.keys(unary), ...Object.keys(binary)),
    left: fc.nat(),
    right: fc.nat(),
  });

  test('compute what they compute eagerly', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 1, maxLength: 25 }), fc.nat(1000), (operations, seed) => {
        const step = ({ a, b }: { a: Tensor; b: Tensor }): Tensor => {
          const values = [a, b];
          for (const { name, left, right } of operations) {
            const x = values[left % values.length] as Tensor;
            const y = values[right % values.length] as Tensor;
            const result = (unary[name]?.(x) ?? binary[name]?.(x, y)) as Tensor;
            values.push(tanh(result));
          }
          return values.at(-1) as Tensor;
        };
        const input = {
          a: randomNormal([5, 5], 0, 1, 'float32', seed),
          b: randomNormal([5, 5], 0, 1, 'float32', seed + 1),
        };
        const eager = tidy(() => step(input));
        const made = compile(step);
        const found = made(input);
        const [expected, actual] = [[...eager.dataSync()], [...found.dataSync()]];
        made.dispose();
        disposeTree([eager, found, input]);
        for (const [cell, value] of actual.entries()) expect(value).toBeCloseTo(expected[cell] as number, 5);
      }),
      { numRuns: 40 },
    );
  });
});

describe('what a step may not do is an error that says where', () => {
  const here = /compile\.test\.ts:\d+:\d+/;

  function failureOf(step: (x: Tensor) => Tensor): { message: string; type: unknown } {
    const x = tensor1d([1, 2]);
    const { binding } = tensorflowBackend();
    try {
      compile(step, x);
    } catch (error) {
      if (!isChartlifeError(error)) throw error;
      return { message: error.message, type: error.type };
    } finally {
      x.dispose();
      expect(tensorflowBackend().binding).toBe(binding);
    }
    throw new Error('it was compiled');
  }

  test('reading a value', () => {
    const failure = failureOf((x) => mul(x, sum(x).dataSync()[0] as number));
    expect(failure).toEqual({ type: 'TraceFailed', message: expect.stringMatching(/reads the value of a tensor/) });
    expect(failure.message).toMatch(here);
  });

  test.each([
    ['whose values are still in JavaScript', () => tensor1d([3, 4])],
    ['that TensorFlow holds', () => tidy(() => add(tensor1d([3, 4]), 1))],
  ])('using a tensor from outside %s', (_, make) => {
    const outside = make();
    const failure = failureOf((x) => mul(x, outside));
    expect(failure).toEqual({
      type: 'TraceFailed',
      message: expect.stringMatching(/from outside \(float32, shape \[2\]\)/),
    });
    expect(failure.message).toMatch(here);
    expect(outside.dataSync()).toHaveLength(2);
    outside.dispose();
  });

  test.each([
    ['drawing without a seed', (x: Tensor) => dropout(x, 0.5), /draws without a seed/],
    ['a shape that depends on values', (x: Tensor) => unique(x).values, /depends on values, with Unique/],
    ['compiling another step', (x: Tensor) => compile((y: Tensor) => mul(y, 2))(x), /compiles another step/],
    ['giving a number', (x: Tensor) => x.rank as unknown as Tensor, /the whole is 1, not a tensor/],
    ['giving a promise', (x: Tensor) => Promise.resolve(x) as unknown as Tensor, /the whole is Promise, not a tensor/],
    ['giving nothing', () => ({}) as unknown as Tensor, /gives no tensor/],
  ])('%s', (_, step, message) => {
    const { random } = Math;
    expect(failureOf(step)).toEqual({ type: 'TraceFailed', message: expect.stringMatching(message) });
    expect(Math.random).toBe(random);
  });

  test('running another compiled step', () => {
    const inner = compiled((x: Tensor) => mul(x, 2));
    const example = tensor1d([1, 2]);
    disposeTree([inner(example), example]);
    const failure = failureOf((x) => inner(x));
    expect(failure.message).toMatch(/runs another compiled step/);
    expect(failure.message).toMatch(here);
  });
});

test('a gradient through a compiled step is refused, not left out', () => {
  const square2 = compiled((x: Tensor) => square(x));
  const x = tensor1d([1, 2, 3]);
  expect(() => grad((input) => sum(mul(input, square2(input))))(x)).toThrow(/where a gradient is taken/);
  const after = square2(x);
  expect([...after.dataSync()]).toEqual([1, 4, 9]);
  disposeTree([x, after]);
});

test('a disposed argument is named', () => {
  const step = compiled(({ a, b }: { a: Tensor; b: Tensor }) => add(a, b));
  const [a, b] = [scalar(1), scalar(2)];
  b.dispose();
  expect(() => step({ a, b })).toThrow(/^b of a compiled step is disposed of/);
  a.dispose();
});

test('arguments of other forms have other graphs, however their paths read', () => {
  const x = scalar(2);
  const forms: TensorTree[] = [{ x, l: [] }, { x }, { a: { b: x } }, { 'a.b': x }, [x], { '[0]': x }, x];
  const step = compiled((input: TensorTree) => mul(leavesOf(input)[0]?.tensor as Tensor, leavesOf(input).length));
  const results = forms.map((form) => step(form));
  expect(step.numGraphs).toBe(forms.length);
  disposeTree([x, ...results]);
});

test('what the step makes and does not return is freed', () => {
  const { binding } = tensorflowBackend();
  const x = tidy(() => add(tensor1d([1, 2]), 0));
  const before = [memory().numTensors, binding.getNumOfTensors()];
  const made = compile((input: Tensor) => {
    mul(input, 3);
    return mul(input, tensor1d([5, 6]));
  }, x);
  expect([memory().numTensors, binding.getNumOfTensors()]).toEqual(before);
  made.dispose();
  x.dispose();
});
