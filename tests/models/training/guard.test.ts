/** A step that is not finite changes nothing, and says so. */
import { add, type Scalar, scalar, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile } from '../../../models/compile/compile.ts';
import type { TensorTree } from '../../../models/compile/tree.ts';
import { isUpdateFinite, throwUnlessFinite, updateIfFinite } from '../../../models/training/guard.ts';
import { bitsOf, useTensorflow } from '../tensorflow.ts';

useTensorflow();

interface Input {
  readonly [name: string]: TensorTree;
  readonly loss: Scalar;
  readonly norm: Scalar;
  readonly current: { readonly weights: Tensor; readonly counts: Tensor };
}

const step = ({ loss, norm, current }: Input) => {
  const flag = isUpdateFinite(loss, norm);
  const updated = { weights: add(current.weights, loss), counts: add(current.counts, scalar(1, 'int32')) };
  return { flag, ...updateIfFinite(flag, updated, current) };
};

test.each([
  ['loss NaN', Number.NaN, 1, false],
  ['loss infinite', Number.NEGATIVE_INFINITY, 1, false],
  ['gradient NaN', 1, Number.NaN, false],
  ['gradient infinite', 1, Number.POSITIVE_INFINITY, false],
  ['all finite', 1, 1e30, true],
])('%s: updated is %j', (_, loss, norm, isUpdated) => {
  const graph = compile(step);
  tidy(() => {
    const current = {
      weights: tensor([
        [0.1, -0, Number.NaN],
        [1e-42, 3, 4],
      ]),
      counts: tensor([1, 2], [2], 'int32'),
    };
    const input = { loss: scalar(loss), norm: scalar(norm), current };
    for (const result of [step(input), graph(input)]) {
      expect(result.flag.dataSync()[0]).toBe(isUpdated ? 1 : 0);
      expect([...result.counts.dataSync()]).toEqual(isUpdated ? [2, 3] : [1, 2]);
      if (isUpdated) expect(result.weights.dataSync()[4]).toBe(4);
      else expect(bitsOf(result.weights)).toEqual(bitsOf(current.weights));
    }
  });
  graph.dispose();
});

test('the error names step and batch, and what was not finite', () => {
  tidy(() => {
    const result = { isFinite: scalar(false, 'bool'), loss: scalar(Number.NaN), gradientNorm: scalar(2) };
    expect(() => throwUnlessFinite(result, { step: 12, batch: 'a, b' })).toThrow(
      expect.objectContaining({
        type: 'NonFiniteLoss',
        retryable: false,
        exitCode: 9,
        message: expect.stringContaining('loss NaN with gradient norm 2 at step 12, batch a, b'),
        details: { step: 12, batch: 'a, b', loss: 'NaN', gradientNorm: '2' },
      }),
    );
    const finite = { ...result, isFinite: scalar(true, 'bool') };
    expect(() => throwUnlessFinite(finite, { step: 12, batch: '' })).not.toThrow();
  });
});
