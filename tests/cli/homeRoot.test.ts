import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { resolveHomeRoot } from '../../cli/homeRoot.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'chartlife-home-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('takes --home before the variable, both from the current folder', () => {
  const effects = { cwd: folder, env: { CHARTLIFE_HOME: 'b' } };
  expect(resolveHomeRoot('a', effects)).toBe(path.join(folder, 'a'));
  expect(resolveHomeRoot(undefined, effects)).toBe(path.join(folder, 'b'));
  expect(resolveHomeRoot('~/c', effects)).toBe(path.join(os.homedir(), 'c'));
});

it('else finds the nearest .chartlife upwards, and falls back to one in the current folder', async () => {
  const deep = path.join(folder, 'checkout', 'docs');
  await mkdir(deep, { recursive: true });
  const effects = { cwd: deep, env: { CHARTLIFE_HOME: '' } };
  expect(resolveHomeRoot(undefined, effects)).toBe(path.join(deep, '.chartlife'));
  await mkdir(path.join(folder, 'checkout', '.chartlife'));
  expect(resolveHomeRoot(undefined, effects)).toBe(path.join(folder, 'checkout', '.chartlife'));
});
