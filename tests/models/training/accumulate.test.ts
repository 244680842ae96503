/** Gradients of a batch in parts. */
import {
  cast,
  concat,
  greater,
  matMul,
  type Scalar,
  slice,
  sum,
  type Tensor,
  type Tensor2D,
  tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { accumulate } from '../../../models/training/accumulate.ts';
import { meanSquaredError } from '../../../models/training/losses.ts';
import { type ValueAndGradients, valueAndGradients } from '../../../models/training/valueAndGradients.ts';
import { Draws } from '../../../runtime/philox.ts';
import { relativeError, useTensorflow } from '../tensorflow.ts';

useTensorflow();

const NUM_ROWS = 12;

function drawn(shape: [number, number], index: number): Tensor2D {
  const draws = new Draws(2, index, 98);
  return tensor(
    Float32Array.from({ length: shape[0] * shape[1] }, () => draws.between(-1, 1)),
    shape,
  );
}

/** Weeks seen are not equally many in all parts, so a mean of the parts' means would be another. */
function batch() {
  const weights = cast(concat([greater(drawn([5, 6], 3), -1.5), greater(drawn([7, 6], 4), 0.6)]), 'float32');
  return { x: drawn([NUM_ROWS, 4], 1), y: drawn([NUM_ROWS, 6], 2), weights };
}

function gradientsOfRows(from: number, numRows: number, divisor?: Tensor): ValueAndGradients {
  const { x, y, weights } = batch();
  const rows = (all: Tensor): Tensor => slice(all, [from, 0], [numRows, -1]);
  const lossOf = ({ w }: { readonly [name: string]: Tensor }): Scalar =>
    meanSquaredError(matMul(rows(x) as Tensor2D, w as Tensor2D), rows(y), rows(weights), divisor);
  return valueAndGradients(lossOf, { w: drawn([4, 6], 5) });
}

test.each([[[4, 4, 4]], [[1, 11]], [[12]]])('parts of %j rows give loss and gradient of the whole', (numsRows) => {
  tidy(() => {
    const divisor = sum(batch().weights);
    let accumulated: ValueAndGradients | null = null;
    let from = 0;
    for (const numRows of numsRows) {
      accumulated = accumulate(accumulated, gradientsOfRows(from, numRows, divisor));
      from += numRows;
    }
    const whole = gradientsOfRows(0, NUM_ROWS);
    // A few roundings of float32: the sums run in another order.
    expect(accumulated!.loss.dataSync()[0]).toBeCloseTo(whole.loss.dataSync()[0]!, 6);
    expect(relativeError(accumulated!.gradients.w!.dataSync(), whole.gradients.w!.dataSync())).toBeLessThan(1e-6);
  });
});

test('the mean of the parts alone would be another gradient', () => {
  tidy(() => {
    const parts = accumulate(gradientsOfRows(0, 6), gradientsOfRows(6, 6));
    const halves = [...parts.gradients.w!.dataSync()].map((x) => x / 2);
    expect(relativeError(halves, gradientsOfRows(0, NUM_ROWS).gradients.w!.dataSync())).toBeGreaterThan(0.01);
  });
});

describe('value and gradients', () => {
  test('name the parameters that the loss does not depend on', () => {
    tidy(() => {
      const parameters = { a: tensor([1]), b: tensor([1]), c: tensor([2]) };
      expect(() => valueAndGradients(({ b }) => sum<Scalar>(b!), parameters)).toThrow(
        expect.objectContaining({ type: 'InvalidInput', details: { missing: ['a', 'c'] } }),
      );
    });
  });
});
