/** Imports that are killed, meet each other, or run out of room: all of an import is in the lake, or nothing. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openLake } from '../../../data/lake/openLake.ts';
import { buildChild, type Child, startChild } from '../childProcess.ts';
import { commit, type LakeHome, locationIn, makeFolder, makeLake, pageOf, rowsOf } from '../lakeFixture.ts';
import { mountSmallDisk, unmountSmallDisk } from '../smallDisk.ts';
import {
  type FileFolder,
  importFiles,
  makeFileFolder,
  WORLDWIDE,
  type WorldwideRow,
  worldwideLine,
} from './importFixture.ts';

const NUM_DATES = 400;

/** 400 daily charts of 200 places, and a row that does not fit. */
function manyCharts(region: string): string {
  const rows: WorldwideRow[] = [];
  for (let day = 0; day < NUM_DATES; day++) {
    const date = new Date(Date.UTC(2017, 0, 1 + day)).toISOString().slice(0, 10);
    for (let rank = 1; rank <= 200; rank++) rows.push({ rank, word: `t${(rank + day) % 400}x`, date, region });
  }
  return `${[WORLDWIDE, ...rows.map(worldwideLine), 'dirt'].join('\n')}\n`;
}

let child: string;
beforeAll(async () => {
  child = await buildChild(path.join(import.meta.dirname, '..', 'children', 'importFiles.ts'));
});

let home: LakeHome;
let files: FileFolder;
beforeEach(async () => {
  home = await makeLake();
  files = await makeFileFolder();
});
afterEach(async () => {
  await home.remove();
  await files.remove();
});

const start = (...paths: readonly string[]): Child => startChild(child, [home.folder, ...paths]);
const counts = () =>
  rowsOf(
    home.lake,
    `SELECT (SELECT count(*) FROM chart_entry) AS entries, (SELECT count(*) FROM track) AS tracks,
      (SELECT count(*) FROM import_run) AS runs, (SELECT count(*) FROM import_reject) AS rejects`,
  );
const NOTHING = [{ entries: 0, tracks: 0, runs: 0, rejects: 0 }];
const EVERYTHING = [{ entries: NUM_DATES * 200, tracks: 400, runs: 1, rejects: 1 }];
const stagingFolders = async (): Promise<string[]> =>
  (await readdir(path.dirname(home.location.catalogPath))).filter((name) => name.startsWith('import-'));

test('kill -9 at any moment leaves nothing of an import; the next one clears up and brings all', {
  timeout: 240_000,
}, async () => {
  const file = await files.write('data.csv', manyCharts('us'));
  let numKilled = 0;
  // By phase (1 reading, 2 sorting, 3 writing) and the time after it begins.
  for (const [numLines, delayMs] of [
    [1, 0],
    [1, 120],
    [2, 0],
    [2, 60],
    [3, 0],
    [3, 10],
    [3, 25],
  ] as const) {
    const victim = start(file);
    await victim.printed(numLines);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    victim.process.kill('SIGKILL');
    const { signal } = await victim.ended;
    if (signal === 'SIGKILL') numKilled++;
    const found = await counts();
    // The commit is the last thing of all: a process killed after it may have told nobody.
    if (JSON.stringify(found) !== JSON.stringify(EVERYTHING)) expect(found).toEqual(NOTHING);
    else break;
  }
  expect(numKilled).toBeGreaterThan(3);
  expect(await stagingFolders()).not.toEqual([]);
  const last = start(file);
  expect(await last.ended).toEqual({ code: 0, signal: null, stderr: '' });
  expect(await counts()).toEqual(EVERYTHING);
  expect(await stagingFolders()).toEqual([]);
});

describe('imports at once', () => {
  test('of the same file bring it once', { timeout: 240_000 }, async () => {
    const file = await files.write('data.csv', manyCharts('us'));
    const children = [start(file), start(file)];
    for (const { ended } of children) expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
    expect(await counts()).toEqual(EVERYTHING);
    const said = children.map(({ lines }) => JSON.parse(lines.at(-1) ?? '') as unknown);
    expect(said).toContainEqual({ new: NUM_DATES, same: 0, merged: 0, replaced: 0, kept: 0 });
    expect(said).toContainEqual({ new: 0, same: NUM_DATES, merged: 0, replaced: 0, kept: 0 });
  });

  test('of different files, while pages are committed, bring all of them', { timeout: 240_000 }, async () => {
    const paths = await Promise.all(['gb', 'de'].map((region) => files.write(`${region}.csv`, manyCharts(region))));
    const children = paths.map((file) => start(file));
    for (let day = 1; day <= 8; day++) await commit(home.lake, pageOf({ date: `2026-01-0${day}` }));
    for (const { ended } of children) expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
    expect(
      await rowsOf(
        home.lake,
        'SELECT region, count(*) AS n, count(DISTINCT (chart_date, rank)) AS d FROM chart_entry GROUP BY ALL ORDER BY ALL',
      ),
    ).toEqual([
      { region: 'de', n: NUM_DATES * 200, d: NUM_DATES * 200 },
      { region: 'gb', n: NUM_DATES * 200, d: NUM_DATES * 200 },
      { region: 'us', n: 40, d: 40 },
    ]);
    expect(await rowsOf(home.lake, 'SELECT count(*) - count(DISTINCT track_id) AS n FROM track')).toEqual([{ n: 0 }]);
  });
});

describe('a disk that is full', () => {
  test.for([
    ['as the first file is read', 0.3],
    ['as rows are staged', 9],
    ['as sorted files are written', 14],
  ] as const)(
    '%s: nothing is imported, and it goes on when there is room',
    { timeout: 240_000 },
    async ([, megabytesFree], context) => {
      const folder = await makeFolder();
      const disk = path.join(folder, 'disk');
      const why = mountSmallDisk(disk, 40);
      if (why !== null) {
        await rm(folder, { recursive: true });
        context.skip(`no tmpfs can be mounted here: ${why}`);
      }
      try {
        const lake = await openLake(locationIn(disk), { mode: 'write' });
        const file = await files.write('data.csv', manyCharts('us'));
        const filler = path.join(disk, 'filler');
        await writeFile(filler, Buffer.alloc((40 - megabytesFree) * 1024 * 1024)).catch(() => undefined);
        await expect(importFiles(lake, [file])).rejects.toMatchObject({ type: 'DiskFull' });
        await rm(filler);
        expect(await rowsOf(lake, 'SELECT count(*) AS n FROM chart_entry')).toEqual([{ n: 0 }]);
        expect((await readdir(path.join(disk, 'lake'))).filter((name) => name.startsWith('import-'))).toEqual([]);
        expect(await importFiles(lake, [file])).toMatchObject({ chartDates: { new: NUM_DATES } });
        await lake.close();
      } finally {
        unmountSmallDisk(disk);
        await rm(folder, { recursive: true, force: true });
      }
    },
  );
});
