/** The vectors of tests/golden/models/ast. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Tensor3D, tensor3d } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { type AstConfig, parseAstConfig } from '../../../models/ast/config.ts';
import { decodeSafetensors, type StoredTensor, type StoredTensors } from '../../../models/weights/safetensors.ts';
import { PROJECT_ROOT } from '../../../runtime/projectRoot.ts';

export const GOLDEN_AST: string = path.join(PROJECT_ROOT, 'tests', 'golden', 'models', 'ast');

export function goldenPath(name: string): string {
  return path.join(GOLDEN_AST, name);
}

export function goldenJson(name: string): unknown {
  return JSON.parse(readFileSync(goldenPath(name), 'utf8'));
}

export function goldenTensors(name: string): StoredTensors {
  return decodeSafetensors(readFileSync(goldenPath(name)), name).tensors;
}

export function goldenConfig(name: string): AstConfig {
  return parseAstConfig(goldenJson(name), name);
}

export function stored(tensors: StoredTensors, name: string): StoredTensor {
  const found = tensors.get(name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

/** [samples, frames, mel bins]; timm's input has an axis of one channel between. */
export function storedSpectrograms(tensors: StoredTensors, name: string): Tensor3D {
  const { shape, values } = stored(tensors, name);
  return tensor3d(values, [shape[0], ...shape.slice(-2)] as [number, number, number]);
}

/** The largest difference of two lists of numbers of one length. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let largest = 0;
  for (let index = 0; index < expected.length; index++) {
    const difference = Math.abs((actual[index] as number) - (expected[index] as number));
    // Not a number is the largest of all.
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
