import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findImportFiles } from '../../../sources/imports/findFiles.ts';

let folder: string;
const at = (...parts: string[]): string => path.join(folder, ...parts);

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-find-'));
  await mkdir(at('charts', 'weekly'), { recursive: true });
  await mkdir(at('charts', '__MACOSX'));
  await mkdir(at('empty'));
  for (const name of [
    'charts/b.csv',
    'charts/a.csv.gz',
    'charts/README.md',
    'charts/all.zip',
    'charts/._a.csv',
    'charts/weekly/c.parquet',
    'charts/__MACOSX/d.csv',
    'odd [1].dat',
  ]) {
    await writeFile(at(name), '');
  }
  await symlink(at('charts', 'b.csv'), at('charts', 'weekly', 'link.csv'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('findImportFiles', () => {
  it('takes the chart files below a folder, by name, and says what it passes over', async () => {
    expect(await findImportFiles([at('charts')])).toEqual({
      files: [
        at('charts', 'a.csv.gz'),
        at('charts', 'b.csv'),
        at('charts', 'weekly', 'c.parquet'),
        at('charts', 'weekly', 'link.csv'),
      ],
      ignored: [
        { path: at('charts', 'README.md'), why: 'no CSV or Parquet file by its name' },
        { path: at('charts', 'all.zip'), why: 'an archive: unpack it first' },
      ],
    });
  });

  it('takes a file whatever it is called, and each file once', async () => {
    const { files } = await findImportFiles([at('odd [1].dat'), at('charts', 'b.csv'), at('odd [1].dat')]);
    expect(files).toEqual([at('odd [1].dat'), at('charts', 'b.csv')]);
  });

  it.each([
    ['charts/*.csv', ['charts/b.csv']],
    ['charts/?.csv*', ['charts/a.csv.gz', 'charts/b.csv']],
    ['**/*.parquet', ['charts/weekly/c.parquet']],
    ['charts/**/*.csv', ['charts/b.csv', 'charts/weekly/link.csv']],
  ])('expands %s', async (pattern, names) => {
    const { files } = await findImportFiles([at(pattern)]);
    expect(files).toEqual(names.map((name) => at(name)));
  });

  it.each([
    ['nothing.csv', /^there is no file .*nothing\.csv$/],
    ['empty', /holds no CSV or Parquet file/],
    ['charts/*.tsv', /holds no CSV or Parquet file/],
    ['charts/b.csv/c.csv', /^there is no file/],
  ])('refuses %s', async (name, message) => {
    await expect(findImportFiles([at(name)])).rejects.toMatchObject({
      type: 'InvalidInput',
      message: expect.stringMatching(message),
    });
  });
});
