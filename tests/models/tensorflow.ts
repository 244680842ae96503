/** Native TensorFlow for a test file: import this before anything computes. Two threads, as the bits depend on it. */
import { memory, type Tensor } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect } from 'vitest';
import { loadTensorflow, tensorflowBackend } from '../../models/backend/loadTensorflow.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../runtime/nativeParts.ts';

/** Loads TensorFlow, once for the process. Call it at the top of a test file. */
export function useTensorflow({ fusedOps = true } = {}): void {
  loadTensorflow({
    cache: nativeCacheAt(nativeCacheRoot(process.env)),
    variant: 'cpu',
    numThreads: 2,
    fusedOps,
    environment: process.env,
  });
}

/** After each test of the file there are as many tensors as before it, on both sides. */
export function expectNoLeak(): void {
  const count = (): number[] => [memory().numTensors, tensorflowBackend().binding.getNumOfTensors()];
  let before: number[] = [];
  beforeEach(() => {
    before = count();
  });
  afterEach(() => {
    expect(count(), 'tensors in JavaScript and in TensorFlow').toEqual(before);
  });
}

/** The bits of a float32 tensor. */
export function bitsOf(tensor: Tensor): Uint32Array {
  const values = tensor.dataSync<'float32'>();
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** The largest difference, over the largest value of the reference. */
export function relativeError(actual: ArrayLike<number>, reference: ArrayLike<number>): number {
  expect(actual.length).toBe(reference.length);
  let worst = 0;
  let largest = 0;
  for (let cell = 0; cell < reference.length; cell++) {
    const difference = Math.abs((actual[cell] as number) - (reference[cell] as number));
    if (!(difference <= worst)) worst = difference;
    largest = Math.max(largest, Math.abs(reference[cell] as number));
  }
  return largest === 0 ? worst : worst / largest;
}
