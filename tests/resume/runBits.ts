/** What a run came to, for comparing two that should be one. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { queryRows } from '../../cli/queryRows.ts';
import { RUN_STAGES, type RunId, type RunStage } from '../../contracts/runs.ts';
import { sha256Hex } from '../../runtime/files.ts';
import type { Home } from '../../runtime/home.ts';
import { type RunRecord, runFolderIn } from '../../workers/trainer/runFolder.ts';
import { metricsPathOf, weightsPathOf } from '../../workers/trainer/runPaths.ts';
import { withLakeOf } from '../integration/liveSystem.ts';

export interface RunBits {
  /** Of the files themselves. */
  readonly weightsSha256: Readonly<Record<RunStage, string>>;
  readonly datasetSha256: string;
  /** A line a step, as they stand in the file. */
  readonly losses: Readonly<Record<RunStage, readonly string[]>>;
  /** What the lake has of it, a row of text each, in their order. */
  readonly metrics: readonly string[];
  readonly record: Omit<RunRecord, 'createdAt'>;
}

function metricsSql(runId: RunId): string {
  return `FROM run_metric WHERE run_id = '${runId}' ORDER BY ALL`;
}

export async function runBitsOf(home: Home, runId: RunId): Promise<RunBits> {
  const folder = runFolderIn(home.runsDir, runId);
  const { createdAt: _, ...record } = await folder.require();
  const ofStages = async <T>(read: (stage: RunStage) => Promise<T>): Promise<Record<RunStage, T>> => ({
    mp2: await read('mp2'),
    mp3: await read('mp3'),
  });
  return {
    weightsSha256: await ofStages(async (stage) => sha256Hex(await readFile(weightsPathOf(folder.path, stage)))),
    datasetSha256: sha256Hex(await readFile(folder.datasetPath)),
    losses: await ofStages(async (stage) =>
      (await readFile(metricsPathOf(folder.path, stage), 'utf8')).trimEnd().split('\n'),
    ),
    metrics: await withLakeOf(home, async (lake) =>
      (await queryRows(lake, metricsSql(runId))).map((row) => Object.values(row).join(' ')),
    ),
    record,
  };
}

/** The same to the bit, and each step in it once. */
export function expectSameBits(disturbed: RunBits, undisturbed: RunBits): void {
  expect(disturbed.weightsSha256).toEqual(undisturbed.weightsSha256);
  expect(disturbed.datasetSha256).toBe(undisturbed.datasetSha256);
  for (const stage of RUN_STAGES) {
    const { numSteps } = undisturbed.record.recipe[stage];
    const steps = disturbed.losses[stage].map((line) => JSON.parse(line).step);
    expect(steps, `${stage}: steps`).toEqual(Array.from({ length: numSteps }, (_, step) => step));
    expect(disturbed.losses[stage], `${stage}: losses`).toEqual(undisturbed.losses[stage]);
  }
  expect(new Set(disturbed.metrics).size).toBe(disturbed.metrics.length);
  expect(disturbed.metrics).toEqual(undisturbed.metrics);
  expect(disturbed.record).toEqual(undisturbed.record);
}
