/** What tells two trainings of one run apart, and what was not the same. */
import { describe, expect, it } from 'vitest';
import { compareBits, type RunBits } from '../../../workers/trainer/compareBits.ts';
import type { StageBackend } from '../../../workers/trainer/stageBackends.ts';

const lossesOf = (...losses: number[]) =>
  losses.map((loss, step) => ({ step, loss, gradientNorm: 1, learningRate: 0.1 }));
const BACKEND: StageBackend = {
  ...{ tensorflowVersion: '2.18.1', device: 'cpu', binding: 'compiled', variant: 'cpu' },
  ...{ numThreads: 2, numParallelOps: 1, oneDnn: true, fusedOps: 'avx2' },
  ...{ cpuModel: 'A 1', nodeVersion: '22.11.0', fromStep: 0 },
};
const FIRST: RunBits = {
  record: { versions: { chartlife: '0.1.0', tensorflow: '2.18.1' }, backends: { mp2: [BACKEND], mp3: [BACKEND] } },
  losses: { mp2: lossesOf(1, 0.5, 0.25), mp3: lossesOf(2, 1) },
  weightsSha256: { mp2: 'aa', mp3: 'bb' },
};

describe('bits', () => {
  it('are the same', () => {
    expect(compareBits(FIRST, structuredClone(FIRST))).toMatchObject({ areSame: true, results: [], pinned: [] });
  });

  it.each([
    ['the last bit of a loss', { mp2: lossesOf(1, 0.5 + Number.EPSILON, 0.3), mp3: FIRST.losses.mp3 }, 'mp2', 'step 1'],
    ['a step less', { mp2: lossesOf(1, 0.5), mp3: FIRST.losses.mp3 }, 'mp2', 'step 2'],
    ['a step more', { mp2: FIRST.losses.mp2, mp3: lossesOf(2, 1, 0.5) }, 'mp3', 'step 2'],
  ])('are told apart by %s, with the first step that is another', (_what, losses, stage, where) => {
    const { areSame, results } = compareBits(FIRST, { ...FIRST, losses });
    expect(areSame).toBe(false);
    expect(results).toEqual([expect.objectContaining({ what: `${stage} losses`, where })]);
  });

  it('are told apart by weights, with what of the pinned is another', () => {
    const second: RunBits = {
      ...FIRST,
      weightsSha256: { mp2: 'aa', mp3: 'cc' },
      record: {
        ...FIRST.record,
        versions: { chartlife: '0.2.0', tensorflow: '2.18.1' },
        backends: { mp2: [BACKEND], mp3: [{ ...BACKEND, fusedOps: 'avx512', cpuModel: 'B 2' }] },
      },
    };
    expect(compareBits(FIRST, second)).toMatchObject({
      areSame: false,
      results: [{ what: 'mp3 weights', where: null, first: 'bb', second: 'cc' }],
      pinned: [
        { what: 'versions.chartlife', first: '0.1.0', second: '0.2.0' },
        { what: 'mp3.cpuModel', first: 'A 1', second: 'B 2' },
        { what: 'mp3.fusedOps', first: 'avx2', second: 'avx512' },
      ],
    });
  });

  it('are the same whatever computed them: what is pinned is told all the same', () => {
    const second = {
      ...FIRST,
      record: { ...FIRST.record, backends: { mp2: [{ ...BACKEND, numThreads: 8 }], mp3: [BACKEND] } },
    };
    expect(compareBits(FIRST, second)).toMatchObject({
      areSame: true,
      pinned: [{ what: 'mp2.numThreads', first: '2', second: '8' }],
    });
  });

  it('tell of a run that was computed on more than one, also where the other was on the same two', () => {
    const mp2 = [BACKEND, { ...BACKEND, numThreads: 8, nodeVersion: '24.0.0', fromStep: 2 }];
    const moved = { ...FIRST, record: { ...FIRST.record, backends: { mp2, mp3: [BACKEND] } } };
    expect(compareBits(FIRST, moved).pinned).toEqual([
      { what: 'mp2.nodeVersion', where: null, first: '22.11.0', second: '22.11.0 (24.0.0 from step 2)' },
      { what: 'mp2.numThreads', where: null, first: '2', second: '2 (8 from step 2)' },
    ]);
    expect(compareBits(moved, moved)).toMatchObject({
      areSame: true,
      pinned: [
        { what: 'mp2.nodeVersion', first: '22.11.0 (24.0.0 from step 2)' },
        { what: 'mp2.numThreads', second: '2 (8 from step 2)' },
      ],
    });
  });

  it('name a stage of which one run does not say what computed it', () => {
    const silent = { ...FIRST, record: { ...FIRST.record, backends: { mp2: [BACKEND] } } };
    expect(compareBits(FIRST, silent).pinned).toContainEqual({
      ...{ what: 'mp3.cpuModel', where: null },
      ...{ first: 'A 1', second: 'none' },
    });
  });
});
