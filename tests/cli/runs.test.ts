/** `runs list` and `runs show` over folders and a lake, without a server. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RunId } from '../../contracts/runs.ts';
import { RECIPES } from '../../models/recipes/presets.ts';
import { homeAt } from '../../runtime/home.ts';
import type { RunRecord } from '../../workers/trainer/runFolder.ts';
import { temporaryFolder } from '../setup/temporaryFolder.ts';
import { chartlife } from './captureEffects.ts';

const [WHOLE, OTHER] = ['3f9a6c01d2e4b587', '0f9a6c01d2e4b580'] as [RunId, RunId];
const recordOf = (runId: RunId): RunRecord => ({
  ...{ runId, recipe: RECIPES.nano, snapshotId: 7, seed: 1, versions: {}, createdAt: '2026-11-22T12:00:00.000Z' },
});

let root: string;
const run = (...args: string[]) => chartlife(args, { env: { CHARTLIFE_HOME: root, NO_COLOR: '1' } });
const write = async (runId: RunId, text: string): Promise<string> => {
  const file = path.join(homeAt(root).runsDir, runId, 'run.json');
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  return file;
};

beforeEach(() => {
  root = temporaryFolder();
});

describe('a damaged record', () => {
  test.each(['{', '{}'])('%s alone is listed as such, with its file', async (text) => {
    const file = await write(OTHER, text);
    const { exitCode, stdout } = await run('runs', 'list');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`${OTHER}  ${file} is damaged: `);
    expect(stdout).not.toContain('No run yet');
  });

  test('stands beside those that are whole', async () => {
    await write(OTHER, '{}');
    await write(WHOLE, JSON.stringify(recordOf(WHOLE)));
    const text = await run('runs', 'list');
    expect(text.stdout.trim().split('\n')).toEqual([
      expect.stringContaining(`${OTHER}  `),
      expect.stringContaining(`${WHOLE}  nano`),
    ]);
    expect(text.stderr).toContain(`chartlife runs show ${WHOLE}`);
    const json = await run('runs', 'list', '--json');
    expect(JSON.parse(json.stdout)).toEqual([
      { runId: OTHER, damaged: expect.stringContaining('is damaged: its runId is undefined') },
      recordOf(WHOLE),
    ]);
  });

  test.each([
    ['runs', 'show', OTHER.slice(0, 4)],
    ['runs', 'watch', OTHER],
    ['model', 'publish', OTHER],
  ])('is what %s %s says', async (...args) => {
    await write(OTHER, '{"runId":');
    const { exitCode, stderr } = await run(...args);
    expect(exitCode).toBe(6);
    expect(stderr).toContain('is damaged: ');
    expect(stderr).toContain('[LakeUnusable]');
    expect(stderr).toContain('Move it away; trained again, the run is frozen anew.');
  });
});
