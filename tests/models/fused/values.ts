/** Values for the fused ops, and how results are compared: for a child process too, so nothing of vitest. */
import { type Tensor, tensor } from '@tensorflow/tfjs-core';

export type Values = Float32Array | Float64Array;

/** Normally distributed, the same for the same seed (mulberry32, Box and Muller). */
export function normalValues(count: number, seed: number): Float32Array {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
  return Float32Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

export function normalTensor<T extends Tensor>(shape: number[], seed: number): T {
  const count = shape.reduce((product, length) => product * length, 1);
  return tensor(normalValues(count, seed), shape, 'float32') as T;
}

export const valuesOf = (of: Tensor): Float32Array => of.dataSync<'float32'>() as Float32Array;

/** To 1e-5 of the reference's largest value. */
export function expectClose(actual: Tensor | Values, reference: Values, within = 1e-5): void {
  const values = actual instanceof Float32Array || actual instanceof Float64Array ? actual : valuesOf(actual);
  const error = relativeError(values, reference);
  if (!(error < within)) throw new Error(`off by ${error} of the largest value, more than ${within}`);
}

/** A copy of the bits: to compare at once, where `toEqual` would go element by element. */
export function bytesOf(of: Tensor): Buffer {
  const values = of.dataSync<'float32'>();
  return Buffer.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

export function expectSameBits(actual: readonly Buffer[], expected: readonly Buffer[]): void {
  for (const [index, bytes] of expected.entries()) {
    if (!bytes.equals(actual[index] as Buffer)) throw new Error(`the bits of result ${index} differ`);
  }
}

/** The largest difference, over the largest value of the reference. */
function relativeError(actual: Values, reference: Values): number {
  if (actual.length !== reference.length) throw new Error(`${actual.length} values, wanted are ${reference.length}`);
  let worst = 0;
  let largest = 0;
  for (const [cell, value] of reference.entries()) {
    const difference = Math.abs((actual[cell] as number) - value);
    if (!(difference <= worst)) worst = difference;
    largest = Math.max(largest, Math.abs(value));
  }
  return largest === 0 ? worst : worst / largest;
}
