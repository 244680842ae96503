/** The record of a run: what is damaged says which file, and hides no other run. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { RunId } from '../../../contracts/runs.ts';
import { RECIPES } from '../../../models/recipes/presets.ts';
import { findRuns, type RunRecord, readRuns, runFolderIn } from '../../../workers/trainer/runFolder.ts';
import { temporaryFolder } from '../../setup/temporaryFolder.ts';

const [WHOLE, OTHER] = ['3f9a6c01d2e4b587', '0f9a6c01d2e4b580'] as [RunId, RunId];
const recordOf = (runId: RunId): RunRecord => ({
  ...{ runId, recipe: RECIPES.nano, snapshotId: 7, seed: 1, versions: {}, createdAt: '2026-11-22T12:00:00.000Z' },
});

let runsDir: string;
const write = async (runId: RunId, text: string): Promise<string> => {
  const file = path.join(runsDir, runId, 'run.json');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
};

beforeEach(async () => {
  runsDir = temporaryFolder();
  await write(WHOLE, JSON.stringify(recordOf(WHOLE)));
});

test.each([
  ['cut off', JSON.stringify(recordOf(OTHER)).slice(0, 200), 'JSON'],
  ['empty', '', 'Unexpected end of JSON input'],
  ['no object', '[]', 'it is no JSON object'],
  ['null', 'null', 'it is no JSON object'],
  ['without anything', '{}', 'its runId is undefined'],
  ["another run's", JSON.stringify(recordOf(WHOLE)), `its runId is "${WHOLE}"`],
  ['without a day', JSON.stringify({ ...recordOf(OTHER), createdAt: undefined }), 'it has no createdAt'],
  ['without a seed', JSON.stringify({ ...recordOf(OTHER), seed: null }), 'it has no seed or no snapshotId'],
  ['without a recipe', JSON.stringify({ ...recordOf(OTHER), recipe: null }), 'it has no recipe'],
  ['without a stage', JSON.stringify({ ...recordOf(OTHER), recipe: { ...RECIPES.nano, mp3: 0 } }), 'has no mp3'],
])('a record that is %s is refused with its file, and the other run is found', async (_, text, why) => {
  const file = await write(OTHER, text);
  const refusal = { type: 'LakeUnusable', next: 'Move it away; trained again, the run is frozen anew.' };
  const folder = runFolderIn(runsDir, OTHER);
  for (const read of [() => folder.read(), () => folder.require(), () => folder.add(() => ({}))]) {
    await expect(read()).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining(`${file} is damaged: `),
    });
  }
  await expect(folder.read()).rejects.toThrow(why);
  expect(await readRuns(runsDir)).toEqual([recordOf(WHOLE)]);
  expect((await findRuns(runsDir)).damaged).toEqual([{ runId: OTHER, error: expect.objectContaining(refusal) }]);
});

test('a folder without a record is of a run that was never frozen', async () => {
  await mkdir(path.join(runsDir, OTHER));
  expect(await runFolderIn(runsDir, OTHER).read()).toBeNull();
  expect(await findRuns(runsDir)).toEqual({ records: [recordOf(WHOLE)], damaged: [] });
});
