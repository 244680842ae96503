/** The building blocks as compositions of TensorFlow's own ops, without the fused ones, against math in float64. */
import {
  grad,
  grads,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
  matMul as tfMatMul,
  tidy,
} from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { attention, UNSEEN } from '../../../models/ops/attention.ts';
import { hasFusedOps } from '../../../models/ops/fused/fusedOps.ts';
import { gelu } from '../../../models/ops/gelu.ts';
import { layerNorm, linearOfNormalized, normalize } from '../../../models/ops/layerNorm.ts';
import { linear } from '../../../models/ops/linear.ts';
import { attentionReference, geluReference, layerNormReference } from '../fused/references.ts';
import { expectClose, normalTensor, valuesOf } from '../fused/values.ts';
import { useTensorflow } from '../tensorflow.ts';

useTensorflow({ fusedOps: false });

const EPSILON = 1e-6;

test('are what is tested here', () => {
  expect(hasFusedOps()).toBe(false);
});

test.each([
  [1, 1, 1],
  [5, 3, 4],
  [438, 192, 64],
])('linear and its gradients, %i rows of %i to %i', (M, D, E) => {
  tidy(() => {
    const x = normalTensor<Tensor2D>([M, D], 1);
    const weight = normalTensor<Tensor2D>([E, D], 2);
    const bias = normalTensor<Tensor1D>([E], 3);
    const dy = normalTensor<Tensor2D>([M, E], 4);
    const [values, rows, shifts, slopes] = [x, weight, bias, dy].map(valuesOf) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const y = new Float64Array(M * E);
    const dx = new Float64Array(M * D);
    const dWeight = new Float64Array(E * D);
    const dBias = new Float64Array(E);
    for (let m = 0; m < M; m++) {
      for (let e = 0; e < E; e++) {
        const slope = slopes[m * E + e] as number;
        let sum = shifts[e] as number;
        for (let d = 0; d < D; d++) {
          sum += (values[m * D + d] as number) * (rows[e * D + d] as number);
          dx[m * D + d] = (dx[m * D + d] as number) + slope * (rows[e * D + d] as number);
          dWeight[e * D + d] = (dWeight[e * D + d] as number) + slope * (values[m * D + d] as number);
        }
        y[m * E + e] = sum;
        dBias[e] = (dBias[e] as number) + slope;
      }
    }
    expectClose(linear(x, weight, bias), y);
    const gradients = grads((...[a, b, c]: Tensor[]) => linear(a as Tensor2D, b as Tensor2D, c as Tensor1D))(
      [x, weight, bias],
      dy,
    );
    for (const [index, reference] of [dx, dWeight, dBias].entries()) expectClose(gradients[index] as Tensor, reference);
    const withoutBias = grads((...[a, b]: Tensor[]) => linear(a as Tensor2D, b as Tensor2D, null))([x, weight], dy);
    expectClose(withoutBias[0] as Tensor, dx);
    expectClose(withoutBias[1] as Tensor, dWeight);
    expectClose(linear(x, weight, null), valuesOf(tfMatMul(x, weight, false, true)));
  });
});

test.each([
  [1, 1],
  [3, 7],
  [438, 192],
])('normalize and its gradient, %i rows of %i', (numRows, width) => {
  tidy(() => {
    const x = normalTensor<Tensor2D>([numRows, width], 1);
    const dy = normalTensor<Tensor2D>([numRows, width], 2);
    const reference = layerNormReference(valuesOf(x), valuesOf(dy), width, EPSILON);
    expectClose(normalize(x, EPSILON), reference.normalized);
    // One number is its own mean: the gradient is 0, and what is left is rounding.
    expectClose(grad((input) => normalize(input as Tensor2D, EPSILON))(x, dy), reference.dx, width === 1 ? 1 : 1e-5);
  });
});

test('gain and shift folded into the next map change no gradient', () => {
  tidy(() => {
    const inputs = [
      normalTensor<Tensor2D>([20, 12], 1),
      normalTensor<Tensor1D>([12], 2),
      normalTensor<Tensor1D>([12], 3),
      normalTensor<Tensor2D>([7, 12], 4),
      normalTensor<Tensor1D>([7], 5),
    ];
    const dy = normalTensor<Tensor2D>([20, 7], 6);
    type Parts = [Tensor2D, Tensor1D, Tensor1D, Tensor2D, Tensor1D];
    const folded = grads((...parts: Tensor[]) => {
      const [x, gain, shift, weight, bias] = parts as Parts;
      return linearOfNormalized(normalize(x, EPSILON), gain, shift, weight, bias);
    })(inputs, dy);
    const plain = grads((...parts: Tensor[]) => {
      const [x, gain, shift, weight, bias] = parts as Parts;
      return linear(layerNorm(x, gain, shift, EPSILON), weight, bias);
    })(inputs, dy);
    for (const [index, gradient] of folded.entries()) expectClose(gradient, valuesOf(plain[index] as Tensor));
  });
});

test('gelu and its gradient', () => {
  tidy(() => {
    const values = [...valuesOf(normalTensor([500], 1)), -12, -6, -3, -1e-8, 0, 1e-8, 3, 6, 12];
    const x = tensor2d(values, [1, values.length]);
    const references = [...valuesOf(x)].map(geluReference);
    expectClose(
      gelu(x),
      Float64Array.from(references, ({ y }) => y),
    );
    expectClose(
      grad((input) => gelu(input))(x),
      Float64Array.from(references, ({ slope }) => slope),
    );
  });
});

test.each([
  [1, 1, 1, 8],
  [2, 5, 5, 3],
  [3, 4, 9, 16],
])('attention and its gradients, %i examples, %i queries, %i keys of %i', (numExamples, numQueries, numKeys, width) => {
  tidy(() => {
    const q = normalTensor<Tensor3D>([numExamples, numQueries, width], 1);
    const k = normalTensor<Tensor3D>([numExamples, numKeys, width], 2);
    const v = normalTensor<Tensor3D>([numExamples, numKeys, width], 3);
    const dy = normalTensor<Tensor3D>([numExamples, numQueries, width], 4);
    for (const causal of numQueries === numKeys ? [false, true] : [false]) {
      const mask = causal ? causalMask(numKeys) : null;
      const sizes = { numExamples, numQueries, numKeys, numHeads: 1, width, scale: 1, causal };
      const reference = attentionReference(valuesOf(q), valuesOf(k), valuesOf(v), valuesOf(dy), sizes);
      expectClose(attention(q, k, v, mask), reference.mixed);
      const gradients = grads((...parts: Tensor[]) => {
        const [queries, keys, values] = parts as [Tensor3D, Tensor3D, Tensor3D];
        return attention(queries, keys, values, mask);
      })([q, k, v], dy);
      // With one key the softmax is 1 whatever the score: the gradient is 0, and what is left is rounding.
      const tolerance = numKeys === 1 ? 1 : 1e-5;
      expectClose(gradients[0] as Tensor, reference.dq, tolerance);
      expectClose(gradients[1] as Tensor, reference.dk, tolerance);
      expectClose(gradients[2] as Tensor, reference.dv);
    }
  });
});

function causalMask(numKeys: number): Tensor2D {
  const cells = Array.from({ length: numKeys ** 2 }, (_, cell) =>
    cell % numKeys > Math.floor(cell / numKeys) ? UNSEEN : 0,
  );
  return tensor2d(cells, [numKeys, numKeys]);
}
