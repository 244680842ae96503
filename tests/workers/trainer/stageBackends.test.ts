/** Which machine computed which steps of a stage, and how many threads a run has. */
import { availableParallelism } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { BackendDescription } from '../../../models/backend/loadTensorflow.ts';
import { backendsOf, pinnedThreadsOf, withBackend } from '../../../workers/trainer/stageBackends.ts';

const A: BackendDescription = {
  ...{ tensorflowVersion: '2.18.1', device: 'cpu', binding: 'compiled', variant: 'cpu' },
  ...{ numThreads: 3, numParallelOps: 1, oneDnn: true, fusedOps: 'avx2', cpuModel: 'A 1', nodeVersion: '22.11.0' },
};
const B: BackendDescription = { ...A, cpuModel: 'B 2' };
const from = (backend: BackendDescription, fromStep: number) => ({ ...backend, fromStep });

describe('what computed a stage', () => {
  test.each([
    ['one, from the start', [], A, 0, [from(A, 0)]],
    ['the same, gone on', [from(A, 0)], A, 100, [from(A, 0)]],
    ['another, gone on', [from(A, 0)], B, 100, [from(A, 0), from(B, 100)]],
    ['the first again', [from(A, 0), from(B, 100)], A, 200, [from(A, 0), from(B, 100), from(A, 200)]],
    ['another, before the first checkpoint of the one', [from(A, 0)], B, 0, [from(B, 0)]],
    ['the first, that takes all steps of another again', [from(A, 0), from(B, 100)], A, 100, [from(A, 0)]],
    ['another, that is there when nothing is left to do', [from(A, 0)], B, 300, [from(A, 0)]],
  ])('is told: %s', (_what, before, backend, step, after) => {
    expect(withBackend(before, backend, step, 300)).toEqual(after);
  });

  test('is read of former runs too, which had one alone', () => {
    expect(backendsOf({ backends: { mp2: A, mp3: [from(A, 0), from(B, 7)] } }, 'mp2')).toEqual([from(A, 0)]);
    expect(backendsOf({}, 'mp3')).toEqual([]);
  });
});

describe('threads', () => {
  test.each([
    ['the run’s own', { numThreads: 5, backends: { mp2: A } }, 5],
    ['those that computed it', { backends: { mp3: [from(A, 0)] } }, 3],
    ['this machine’s', {}, availableParallelism()],
  ])('are %s', (_whose, record, numThreads) => {
    expect(pinnedThreadsOf(record)).toBe(numThreads);
  });
});
