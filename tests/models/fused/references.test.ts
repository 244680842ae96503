/** The references' gradients are those of their own results: by central differences, in float64. */
import { expect, test } from 'vitest';
import { Draws } from '../../../runtime/philox.ts';
import { numericGradient } from '../training/finiteDifferences.ts';
import { type AttentionSizes, attentionReference, geluReference, layerNormReference } from './references.ts';

const TEST_PURPOSE = 1004;
const TOLERANCE = 1e-8;

function drawn(length: number, use: number): number[] {
  const draws = new Draws(1, use, TEST_PURPOSE);
  return Array.from({ length }, () => draws.between(-1.5, 1.5));
}

const dot = (a: ArrayLike<number>, b: readonly number[]): number =>
  b.reduce((sum, value, at) => sum + value * (a[at] as number), 0);

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, at) => Math.abs(value - (actual[at] as number))));
  expect(worst).toBeLessThan(TOLERANCE * Math.max(1, largest));
}

test('layer normalisation', () => {
  const [x, dy] = [drawn(15, 0), drawn(15, 1)];
  const forward = (at: readonly number[]): number =>
    dot(layerNormReference(Float64Array.from(at), Float64Array.from(dy), 5, 1e-3).normalized, dy);
  const { dx } = layerNormReference(Float64Array.from(x), Float64Array.from(dy), 5, 1e-3);
  expectClose(dx, numericGradient(forward, x));
});

test.each([-9, -3.5, -1, -0.1, 0, 0.4, 2.9, 3.1, 8])('GELU at %d', (x) => {
  const [slope] = numericGradient(([at = 0]) => geluReference(at).y, [x]);
  expect(geluReference(x).slope).toBeCloseTo(slope as number, 9);
});

test.each<[string, Partial<AttentionSizes>]>([
  ['of all keys', {}],
  ['causal', { causal: true }],
  ['with fewer queries than keys', { numQueries: 2 }],
])('attention %s', (_, changes) => {
  const sizes: AttentionSizes = {
    ...{ numExamples: 2, numQueries: 3, numKeys: 3, numHeads: 2, width: 2, scale: 0.7, causal: false },
    ...changes,
  };
  const { numExamples, numQueries, numKeys, numHeads, width } = sizes;
  const lengthOf = (numRows: number): number => numExamples * numRows * numHeads * width;
  const [q, dy] = [drawn(lengthOf(numQueries), 2), drawn(lengthOf(numQueries), 3)];
  const [k, v] = [drawn(lengthOf(numKeys), 4), drawn(lengthOf(numKeys), 5)];
  const at = (query: readonly number[], key: readonly number[], value: readonly number[]) => {
    const [a, b, c, d] = [query, key, value, dy].map((values) => Float64Array.from(values));
    return attentionReference(a!, b!, c!, d!, sizes);
  };
  const { dq, dk, dv } = at(q, k, v);
  expectClose(
    dq,
    numericGradient((x) => dot(at(x, k, v).mixed, dy), q),
  );
  expectClose(
    dk,
    numericGradient((x) => dot(at(q, x, v).mixed, dy), k),
  );
  expectClose(
    dv,
    numericGradient((x) => dot(at(q, k, x).mixed, dy), v),
  );
});
