import { add, grad, type Tensor2D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { fusedNormalize, fusedNormalizeGradient } from '../../../models/ops/fused/fusedOps.ts';
import { normalize } from '../../../models/ops/layerNorm.ts';
import { describeFused } from './fused.ts';
import { layerNormReference } from './references.ts';
import { bytesOf, expectClose, expectSameBits, normalTensor, valuesOf } from './values.ts';

const EPSILON = 1e-6;

describeFused('layer normalisation', () => {
  test.each([
    [1, 1],
    [1, 192],
    [3, 7],
    [5, 16],
    [438, 192],
    [33, 1000],
  ])('and its gradient are right for %i rows of %i', (numRows, width) => {
    tidy(() => {
      const x = normalTensor<Tensor2D>([numRows, width], 1);
      const dy = normalTensor<Tensor2D>([numRows, width], 2);
      const result = fusedNormalize(x, EPSILON);
      const dx = fusedNormalizeGradient(dy, result);
      const reference = layerNormReference(valuesOf(x), valuesOf(dy), width, EPSILON);
      expectClose(result.normalized_MD, reference.normalized);
      expectClose(dx, reference.dx, width === 1 ? 1 : 1e-5);
      expectClose(result.normalized_MD, valuesOf(normalize(x, EPSILON)));
      if (width > 1) expectClose(dx, valuesOf(grad((input) => normalize(input as Tensor2D, EPSILON))(x, dy)));
    });
  });

  test('a large mean does not cancel', () => {
    tidy(() => {
      const x = add(normalTensor<Tensor2D>([4, 192], 1), 1000) as Tensor2D;
      const { normalized } = layerNormReference(valuesOf(x), valuesOf(x), 192, EPSILON);
      expectClose(fusedNormalize(x, EPSILON).normalized_MD, normalized, 1e-4);
    });
  });

  test('a row with NaN or infinity is NaN, its neighbours are not', () => {
    tidy(() => {
      for (const strange of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const values = valuesOf(normalTensor([3, 20], 1)).slice();
        values[20 + 17] = strange;
        const { normalized_MD, scale_M } = fusedNormalize(tensor2d(values, [3, 20]), EPSILON);
        const dx = fusedNormalizeGradient(normalTensor([3, 20], 2), { normalized_MD, scale_M });
        for (const result of [normalized_MD, dx]) {
          const isNan = Array.from(valuesOf(result), Number.isNaN);
          expect(isNan.slice(0, 20)).not.toContain(true);
          expect(isNan.slice(20, 40)).toContain(true);
          expect(isNan.slice(40)).not.toContain(true);
        }
      }
    });
  });

  test('gives the same bits twice, and leaves its inputs alone', () => {
    tidy(() => {
      const x = normalTensor<Tensor2D>([438, 192], 1);
      const dy = normalTensor<Tensor2D>([438, 192], 2);
      const before = bytesOf(dy);
      const both = [0, 1].map(() => {
        const result = fusedNormalize(x, EPSILON);
        return [bytesOf(result.normalized_MD), bytesOf(fusedNormalizeGradient(dy, result))];
      });
      expectSameBits(both[0] as Buffer[], both[1] as Buffer[]);
      expectSameBits([bytesOf(dy)], [before]);
    });
  });

  test('no rows are no error, wrong shapes are', () => {
    tidy(() => {
      expect(fusedNormalize(tensor2d([], [0, 8]), EPSILON).normalized_MD.shape).toEqual([0, 8]);
      const result = fusedNormalize(normalTensor([2, 8], 1), EPSILON);
      expect(() => fusedNormalize(normalTensor([8], 1), EPSILON)).toThrow(/x has shape \[8\]/);
      expect(() => fusedNormalize(tensor2d([], [3, 0]), EPSILON)).toThrow(/\[3,0\]/);
      expect(() => fusedNormalizeGradient(normalTensor([3, 8], 1), result)).toThrow(/wanted is \[3,8\]/);
    });
  });
});
