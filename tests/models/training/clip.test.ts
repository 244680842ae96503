/** Clipping by the global norm. */
import { tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { clipFactor, globalNorm } from '../../../models/training/clip.ts';
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

test('beyond the limit the factor brings the norm to it', () => {
  tidy(() => {
    const { factor, norm } = clipFactor(gradients(), 0.5);
    expect(norm.dataSync()[0]).toBe(5);
    // As torch.nn.utils.clip_grad_norm_.
    expect(factor.dataSync()[0]).toBeCloseTo(0.5 / (5 + 1e-6), 7);
  });
});

test('within the limit the factor is 1 to the bit, for zeros too', () => {
  tidy(() => {
    expect(clipFactor(gradients(), 5.1).factor.dataSync()[0]).toBe(1);
    const { factor, norm } = clipFactor({ a: tensor([0, 0]) }, 1);
    expect([norm.dataSync()[0], factor.dataSync()[0]]).toEqual([0, 1]);
  });
});

test('without gradients there is no norm', () => {
  expect(() => globalNorm({})).toThrow(expect.objectContaining({ type: 'InvalidInput' }));
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d in one cell is seen in the norm', (value) => {
  tidy(() => {
    const norm = globalNorm({ a: tensor([1, value, 1]), b: tensor([1]) }).dataSync()[0];
    expect(Number.isFinite(norm)).toBe(false);
  });
});
