/** Which run trains another again: the newest attempt, or one more. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunId } from '../../../contracts/runs.ts';
import { RECIPES } from '../../../models/recipes/presets.ts';
import { runVersions } from '../../../runtime/versions.ts';
import { runSpecOf } from '../../../workers/trainer/recipeSource.ts';
import { type Reproduction, reproductionOf } from '../../../workers/trainer/reproduction.ts';
import { type RunRecord, runFolderIn, runIdOf } from '../../../workers/trainer/runFolder.ts';

const SPEC = { recipe: RECIPES.nano, snapshotId: 3, seed: 1, versions: runVersions() };
const ORIGINAL: RunRecord = { ...SPEC, runId: runIdOf(SPEC), createdAt: '2026-03-16T00:00:00.000Z' };
let runsDir: string;
const folderOf = (runId: RunId) => runFolderIn(runsDir, runId);

beforeEach(async () => {
  runsDir = await mkdtemp(path.join(os.tmpdir(), 'chartlife-again-'));
  await folderOf(ORIGINAL.runId).write(ORIGINAL);
});
afterEach(() => rm(runsDir, { recursive: true }));

const find = (isAgain: boolean, versions = SPEC.versions) => reproductionOf(ORIGINAL, versions, isAgain, folderOf);
const begin = ({ runId }: Reproduction) => folderOf(runId).write({ ...ORIGINAL, runId });
const end = async ({ runId }: Reproduction): Promise<void> => {
  await folderOf(runId).add(() => ({ evaluations: { mp3: [] } }));
};

test('the first attempt is the same however it is asked for, until it is done', async () => {
  const first = await find(false);
  expect(first.runId).toBe(runIdOf({ ...SPEC, reproduces: ORIGINAL.runId }));
  expect(first.recipe).toEqual({ kind: 'run', runId: ORIGINAL.runId });
  expect(await find(true)).toEqual(first);
  await begin(first);
  // Cut off: it goes on.
  expect(await find(true)).toEqual(first);
  await end(first);
  expect(await find(false)).toEqual(first);
});

test('again it is another run each time; then the newest is what is compared', async () => {
  const ids = [(await find(false)).runId];
  for (const attempt of [2, 3]) {
    const before = await find(false);
    await begin(before);
    await end(before);
    const next = await find(true);
    expect(next.recipe).toEqual({ kind: 'run', runId: ORIGINAL.runId, attempt });
    await begin(next);
    expect(await find(false)).toEqual(next);
    ids.push(next.runId);
  }
  expect(new Set(ids).size).toBe(3);
});

test('other versions have attempts of their own', async () => {
  const first = await find(false);
  await begin(first);
  await end(first);
  const other = await find(true, { ...SPEC.versions, code: '0123456789ab' });
  expect(other.recipe).toEqual(first.recipe);
  expect(other.runId).not.toBe(first.runId);
});

test('the worker comes to the id of an attempt, and to no other', async () => {
  const first = await find(false);
  await begin(first);
  await end(first);
  const second = await find(true);
  const { snapshotId, seed, versions } = SPEC;
  const input = { ...second, snapshotId, seed, versions, today: '2026-03-16' as never };
  expect(await runSpecOf(input, folderOf)).toMatchObject({ reproduces: ORIGINAL.runId, attempt: 2 });
  await expect(runSpecOf({ ...input, recipe: first.recipe }, folderOf)).rejects.toMatchObject({
    type: 'InvalidInput',
    details: { runId: second.runId, found: first.runId },
  });
});
