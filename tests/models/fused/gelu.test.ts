import { add, dispose, grad, mul, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile } from '../../../models/compile/compile.ts';
import { fusedGelu, fusedGeluGradient, fusedGeluGradientAndValue } from '../../../models/ops/fused/fusedOps.ts';
import { gelu } from '../../../models/ops/gelu.ts';
import { describeFused } from './fused.ts';
import { geluReference } from './references.ts';
import { bytesOf, expectClose, expectSameBits, normalTensor, valuesOf } from './values.ts';

describeFused('the Gaussian error linear unit', () => {
  test.each([[[1]], [[7]], [[16]], [[3, 5, 7]], [[438, 768]]])('and its gradient are right for %j', (shape) => {
    tidy(() => {
      const x = mul(normalTensor(shape, 1), 3);
      const dy = normalTensor(shape, 2);
      const references = Array.from(valuesOf(x), geluReference);
      const dyValues = valuesOf(dy);
      const dx = references.map(({ slope }, at) => slope * (dyValues[at] as number));
      const y = Float64Array.from(references, (reference) => reference.y);
      expectClose(fusedGelu(x), y, 1e-6);
      expectClose(fusedGeluGradient(x, dy), Float64Array.from(dx), 1e-6);
      expectClose(fusedGelu(x), valuesOf(gelu(x)));
      expectClose(fusedGeluGradient(x, dy), valuesOf(grad((input) => gelu(input))(x, dy)));
    });
  });

  test('is off by less than 5e-7 of each value, far into the tail', () => {
    tidy(() => {
      const x = Float32Array.from({ length: 50_001 }, (_, at) => -12.5 + at / 2000);
      const y = valuesOf(fusedGelu(tensor1d(x)));
      let worst = 0;
      for (const [at, value] of y.entries()) {
        const reference = geluReference(x[at] as number).y;
        const error = reference === 0 ? Math.abs(value) : Math.abs(value / reference - 1);
        if (!(error <= worst)) worst = error;
      }
      expect(worst).toBeLessThan(5e-7);
    });
  });

  test('NaN stays, and the ends are those of x · Φ(x)', () => {
    tidy(() => {
      const x = tensor1d([Number.NaN, Number.POSITIVE_INFINITY, 1e30, 20, 0, -20, -1e30]);
      expect(Array.from(valuesOf(fusedGelu(x)))).toEqual([
        Number.NaN,
        Number.POSITIVE_INFINITY,
        Math.fround(1e30),
        20,
        0,
        -0,
        -0,
      ]);
      const dx = valuesOf(fusedGeluGradient(x, tensor1d([1, 1, 1, 1, 1, 1, 1])));
      expect(dx[0]).toBeNaN();
      expect(Array.from(dx.slice(2), Math.abs)).toEqual([1, 1, 0.5, 0, 0]);
      expect(valuesOf(fusedGeluGradient(tensor1d([1]), tensor1d([Number.NaN])))[0]).toBeNaN();
    });
  });

  test('gives the same bits twice, and leaves its inputs alone', () => {
    tidy(() => {
      const x = normalTensor([400, 768], 1);
      const dy = normalTensor([400, 768], 2);
      const before = [bytesOf(x), bytesOf(dy)];
      const both = [0, 1].map(() => [bytesOf(fusedGelu(x)), bytesOf(fusedGeluGradient(x, dy))]);
      expectSameBits(both[0] as Buffer[], both[1] as Buffer[]);
      expectSameBits([bytesOf(x), bytesOf(dy)], before);
    });
  });

  test('the gradient with the value has the bits of both', () => {
    tidy(() => {
      const x = normalTensor([40, 77], 1);
      const dy = normalTensor([40, 77], 2);
      const before = [bytesOf(x), bytesOf(dy)];
      const both = fusedGeluGradientAndValue(x, dy);
      expectSameBits([bytesOf(both.dx), bytesOf(both.y)], [bytesOf(fusedGeluGradient(x, dy)), bytesOf(fusedGelu(x))]);
      expectSameBits([bytesOf(x), bytesOf(dy)], before);
    });
  });

  test('in a graph, where its inputs may be overwritten, other readers still see them', () => {
    const inputs = { x: normalTensor([40, 77], 1), dy: normalTensor([40, 77], 2) };
    const step = ({ x, dy }: typeof inputs) => {
      // Made within the step, so that nobody outside holds them.
      const inner = add(x, 1);
      const dInner = add(dy, 1);
      const { dx, y } = fusedGeluGradientAndValue(inner, dInner);
      return { dx, y, again: fusedGeluGradientAndValue(mul(inner, 1), mul(dInner, 1)).y, sum: add(inner, dInner) };
    };
    const compiled = compile(step);
    const [plain, graph] = [step, compiled].map((each) => {
      const { dx, y, again, sum } = tidy(() => each(inputs));
      const results = [dx, y, again, sum];
      const bytes = results.map(bytesOf);
      dispose(results);
      return bytes;
    });
    expectSameBits(graph as Buffer[], plain as Buffer[]);
    compiled.dispose();
    dispose(inputs);
  });

  test('nothing is no error, two shapes are', () => {
    tidy(() => {
      expect(fusedGelu(tensor1d([])).shape).toEqual([0]);
      expect(() => fusedGeluGradient(normalTensor([2, 3], 1), normalTensor([3, 2], 1))).toThrow(/dy has shape \[3,2\]/);
    });
  });
});
