/** Runs side by side: the code, and what computed them, is named where it is another. */
import { expect, test } from 'vitest';
import type { RunId } from '../../../contracts/runs.ts';
import { RECIPES } from '../../../models/recipes/presets.ts';
import { compareRuns } from '../../../workers/trainer/compareRuns.ts';
import type { RunRecord } from '../../../workers/trainer/runFolder.ts';
import type { StageBackend } from '../../../workers/trainer/stageBackends.ts';

const BACKEND: StageBackend = {
  ...{ tensorflowVersion: '2.18.1', device: 'cpu', binding: 'compiled', variant: 'cpu' },
  ...{ numThreads: 2, numParallelOps: 1, oneDnn: true, fusedOps: 'avx2' },
  ...{ cpuModel: 'A 1', nodeVersion: '22.11.0', fromStep: 0 },
};
const RUN: RunRecord = {
  ...{ runId: '0123456789abcdef' as RunId, recipe: RECIPES.nano, snapshotId: 3, seed: 1 },
  versions: { chartlife: '0.1.0', code: '0123456789ab', tensorflow: '2.18.1' },
  createdAt: '2026-03-16T00:00:00.000Z',
  backends: { mp2: [BACKEND], mp3: [BACKEND] },
};

test('name nothing of what is the same', () => {
  expect(compareRuns([RUN, { ...RUN, runId: 'fedcba9876543210' as RunId }]).settings).toEqual([]);
});

test('name the code, and a machine that took over half way', () => {
  const other: RunRecord = {
    ...RUN,
    versions: { ...RUN.versions, code: 'ba9876543210' },
    backends: { mp2: [BACKEND], mp3: [BACKEND, { ...BACKEND, cpuModel: 'B 2', fromStep: 100 }] },
  };
  expect(compareRuns([RUN, other]).settings).toEqual([
    { name: 'code', values: ['0123456789ab', 'ba9876543210'] },
    { name: 'mp3.cpuModel', values: ['A 1', 'A 1 (B 2 from step 100)'] },
  ]);
});
