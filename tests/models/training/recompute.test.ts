/** Recomputation: the same gradients, and less memory. */
import { grad, matMul, mul, relu, type Tensor, type Tensor2D, tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../models/compile/compile.ts';
import type { NamedTensors } from '../../../models/training/namedTensors.ts';
import { randomKey } from '../../../models/training/random.ts';
import { recompute } from '../../../models/training/recompute.ts';
import { runScript } from '../runScript.ts';
import { bitsOf, useTensorflow } from '../tensorflow.ts';
import { mlpGradients, mlpInput } from './mlp.ts';

useTensorflow();

const SMALL = { numRows: 8, numFeatures: 5, numHidden: 7, numBlocks: 3 };

describe.each(['eager', 'compiled'])('%s', (mode) => {
  test('gives the bits of the plain gradient, with the same draws in both runs', () => {
    tidy(() => {
      const input = { ...mlpInput(SMALL), key: randomKey(1, 1) };
      const [plain, again] = [false, true].map((isRecomputed) => {
        const step = mlpGradients(isRecomputed);
        if (mode === 'eager') return step(input);
        const graph = compile(step);
        const result = graph(input);
        graph.dispose();
        return result;
      }) as [ReturnType<ReturnType<typeof mlpGradients>>, ReturnType<ReturnType<typeof mlpGradients>>];
      expect(bitsOf(again.loss)).toEqual(bitsOf(plain.loss));
      expect(Object.keys(again.gradients)).toHaveLength(6);
      for (const [name, gradient] of Object.entries(plain.gradients)) {
        expect(bitsOf(again.gradients[name]!), name).toEqual(bitsOf(gradient));
      }
    });
  });

  test('keeps no activations: the second run is a run of its own', async () => {
    const grow = async (how: string): Promise<Grown> =>
      JSON.parse(await runScript('tests/models/training/scripts/recomputePeak.ts', mode, how));
    const plain = await grow('plain');
    const again = await grow('recompute');
    expect(again.hash).toBe(plain.hash);
    // Ten blocks' activations of 16 MB against one's, and some gradients in both.
    expect(plain.grownBytes).toBeGreaterThan(160e6);
    expect(again.grownBytes).toBeLessThan(0.5 * plain.grownBytes);
  }, 120_000);
});

interface Grown {
  readonly grownBytes: number;
  readonly hash: string;
}

describe('gradients', () => {
  const square = ({ w }: NamedTensors, x: Tensor2D): Tensor2D => relu(matMul(mul(x, x), w as Tensor2D));

  test('reach x too, through one recomputation within another', () => {
    tidy(() => {
      const w = tensor([
        [1, 0.5],
        [-0.25, 2],
      ]);
      const x = tensor([
        [0.5, -1],
        [2, 0.25],
      ]) as Tensor2D;
      const nested = (input: Tensor): Tensor =>
        recompute((own, rows: Tensor2D) => square(own, recompute(square, own, rows)), { w }, input as Tensor2D);
      const plain = (input: Tensor): Tensor => square({ w }, square({ w }, input as Tensor2D));
      expect(bitsOf(grad(nested)(x))).toEqual(bitsOf(grad(plain)(x)));
    });
  });

  test('name a parameter that f does not use', () => {
    tidy(() => {
      const f = (x: Tensor): Tensor => recompute((_, rows: Tensor) => mul(rows, rows), { unused: tensor([1]) }, x);
      expect(() => grad(f)(tensor([1, 2]))).toThrow(
        expect.objectContaining({ type: 'InvalidInput', details: { missing: ['unused'] } }),
      );
    });
  });

  test('are not touched by a gradient that is NaN: x comes back as it was', () => {
    tidy(() => {
      const f = (x: Tensor): Tensor =>
        recompute(({ w }, rows: Tensor) => mul(rows, w as Tensor), { w: tensor([3]) }, x);
      const dx = grad(f)(tensor([1, 2]), tensor([Number.NaN, 1])).dataSync();
      expect([...dx]).toEqual([Number.NaN, 3]);
    });
  });
});
