/** Clipping by the global norm. */
import { tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { clipByGlobalNorm, globalNorm } from '../../../models/training/clip.ts';
import { useTensorflow } from '../tensorflow.ts';

useTensorflow();

const gradients = () => ({
  b: tensor([
    [1, -2],
    [2, 0],
  ]),
  a: tensor([4]),
  c: tensor(0),
});

test('the norm is that of all gradients as one vector', () => {
  tidy(() => {
    expect(globalNorm(gradients()).dataSync()[0]).toBe(5);
  });
});

test('gradients are scaled to the limit where their norm passes it', () => {
  tidy(() => {
    const { gradients: clipped, norm } = clipByGlobalNorm(gradients(), 0.5);
    expect(norm.dataSync()[0]).toBe(5);
    // As torch.nn.utils.clip_grad_norm_: 0.5 / (5 + 1e-6).
    const factor = 0.5 / (5 + 1e-6);
    for (const [name, tensorBefore] of Object.entries(gradients())) {
      const expected = [...tensorBefore.dataSync()].map((x) => x * factor);
      for (const [cell, x] of [...clipped[name]!.dataSync()].entries()) expect(x).toBeCloseTo(expected[cell]!, 7);
      expect(clipped[name]!.shape).toEqual(tensorBefore.shape);
    }
  });
});

test('gradients within the limit stay as they are, to the bit, zeros too', () => {
  tidy(() => {
    const { gradients: clipped } = clipByGlobalNorm(gradients(), 5.1);
    expect(clipped.b!.dataSync()).toEqual(gradients().b.dataSync());
    const { gradients: nothing, norm } = clipByGlobalNorm({ a: tensor([0, 0]) }, 1);
    expect([norm.dataSync()[0], ...nothing.a!.dataSync()]).toEqual([0, 0, 0]);
  });
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d in one cell is seen in the norm', (value) => {
  tidy(() => {
    const norm = globalNorm({ a: tensor([1, value, 1]), b: tensor([1]) }).dataSync()[0];
    expect(Number.isFinite(norm)).toBe(false);
  });
});
