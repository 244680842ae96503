/** Several processes on one lake, and processes that are killed. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { knownMigrations } from '../../../data/lake/migrate.ts';
import { openLake } from '../../../data/lake/openLake.ts';
import type { Lake } from '../../../data/lake/types.ts';
import { buildChild, type Child, startChild } from '../childProcess.ts';
import { commit, execute, type LakeHome, locationIn, makeFolder, makeLake, pageOf, rowsOf } from '../lakeFixture.ts';

let child: string;
beforeAll(async () => {
  child = await buildChild(path.join(import.meta.dirname, '..', 'children', 'commitCharts.ts'));
});

let home: LakeHome;
let lake: Lake;
beforeEach(async () => {
  home = await makeLake();
  lake = home.lake;
});
afterEach(() => home.remove());

const start = (region: string, numCharts: number, firstDate = '2026-01-01'): Child =>
  startChild(child, [home.folder, region, firstDate, String(numCharts)]);

describe('three processes that commit 20 charts each', () => {
  test('lose nothing, double nothing, and name each track once', { timeout: 240_000 }, async () => {
    const children = ['us', 'gb', 'de'].map((region) => start(region, 20));
    for (const { ended } of children) expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
    expect(
      await rowsOf(
        lake,
        `SELECT region, count(*) AS num_rows, count(DISTINCT chart_date) AS num_dates, count(DISTINCT (chart_date, rank)) AS num_places
        FROM chart_entry GROUP BY ALL ORDER BY ALL`,
      ),
    ).toEqual(['de', 'gb', 'us'].map((region) => ({ region, num_rows: 4000, num_dates: 20, num_places: 4000 })));
    expect(await rowsOf(lake, 'SELECT count(*) AS n, count(DISTINCT track_id) AS d FROM track')).toEqual([
      { n: 200, d: 200 },
    ]);
    expect(await rowsOf(lake, 'SELECT count(*) AS n, count(DISTINCT artist_id) AS d FROM artist')).toEqual([
      { n: 200, d: 200 },
    ]);
    expect(await rowsOf(lake, 'SELECT count(*) AS n FROM page')).toEqual([{ n: 60 }]);
    expect((await lake.runChecks()).filter(({ isBlocking, passed }) => isBlocking && !passed)).toEqual([]);
  });

  test('on the same charts commit each once', { timeout: 240_000 }, async () => {
    const children = [start('us', 8), start('us', 8), start('us', 8)];
    for (const { ended } of children) expect(await ended).toMatchObject({ code: 0, stderr: '' });
    expect(
      await rowsOf(lake, 'SELECT count(*) AS n, count(DISTINCT (chart_date, rank)) AS d FROM chart_entry'),
    ).toEqual([{ n: 1600, d: 1600 }]);
    const outcomes = children.flatMap(({ lines }) => lines.map((line) => line.split(' ')[1]));
    expect(outcomes.filter((outcome) => outcome === 'committed')).toHaveLength(8);
    expect(outcomes.filter((outcome) => outcome === 'unchanged')).toHaveLength(16);
  });
});

const NUM_MIGRATIONS = knownMigrations().length;

test('a lake that several processes make at once is made once', { timeout: 120_000 }, async () => {
  const folder = await makeFolder();
  const children = ['us', 'gb', 'de'].map((region) => startChild(child, [folder, region, '2026-01-01', '1']));
  for (const { ended } of children) expect(await ended).toMatchObject({ code: 0, stderr: '' });
  const made = await openLake(locationIn(folder), { mode: 'write' });
  expect(await rowsOf(made, 'SELECT count(*) AS n, count(DISTINCT number) AS d FROM schema_migration')).toEqual([
    { n: NUM_MIGRATIONS, d: NUM_MIGRATIONS },
  ]);
  expect(await rowsOf(made, 'SELECT count(DISTINCT region) AS n FROM chart_entry')).toEqual([{ n: 3 }]);
  await made.close();
});

test('processes that open an absent lake at the same moment all get it', { timeout: 240_000 }, async () => {
  for (let round = 0; round < 4; round++) {
    const folder = await makeFolder();
    const children = ['us', 'gb', 'de'].map((region) => startChild(child, [folder, region, '2026-01-01', '0', 'wait']));
    await Promise.all(children.map(({ printed }) => printed(1)));
    await writeFile(path.join(folder, 'go'), '');
    for (const { ended } of children) expect(await ended).toEqual({ code: 0, signal: null, stderr: '' });
    const made = await openLake(locationIn(folder), { mode: 'write' });
    expect(await rowsOf(made, 'SELECT count(*) AS n, count(DISTINCT number) AS d FROM schema_migration')).toEqual([
      { n: NUM_MIGRATIONS, d: NUM_MIGRATIONS },
    ]);
    await made.close();
    await rm(folder, { recursive: true, force: true });
  }
});

test('kill -9 at any moment leaves whole charts, and the rest comes in afterwards', { timeout: 240_000 }, async () => {
  const numCharts = 40;
  let killed = 0;
  for (const [numLines, delayMs] of [
    [1, 3],
    [4, 11],
    [9, 23],
    [15, 37],
  ] as const) {
    const victim = start('us', numCharts);
    await victim.printed(numLines);
    // Somewhere inside the next commits: opening, reading, writing Parquet, writing the catalog.
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    victim.process.kill('SIGKILL');
    const { signal } = await victim.ended;
    if (signal === 'SIGKILL') killed++;
    const sizes = await rowsOf(lake, 'SELECT chart_date, count(*) AS n FROM chart_entry GROUP BY ALL ORDER BY ALL');
    expect(new Set(sizes.map(({ n }) => n))).toEqual(new Set([200]));
    // All it told us of is there; what it was at may be there whole, or not at all.
    expect(sizes.length).toBeGreaterThanOrEqual(victim.lines.length);
    const reader = await openLake(home.location, { mode: 'read' });
    expect((await reader.freshness(pageOf().chartDate)).length).toBe(1);
    await reader.close();
  }
  expect(killed).toBeGreaterThan(0);
  const last = start('us', numCharts);
  expect(await last.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await rowsOf(lake, 'SELECT count(*) AS n, count(DISTINCT (chart_date, rank)) AS d FROM chart_entry')).toEqual([
    { n: numCharts * 200, d: numCharts * 200 },
  ]);
  expect((await lake.runChecks()).filter(({ isBlocking, passed }) => isBlocking && !passed)).toEqual([]);
});

test('a transaction is tried again on what another process wrote meanwhile', async () => {
  const other = await openLake(home.location, { mode: 'write' });
  let numTries = 0;
  const { value } = await lake.transaction({ author: 'test', text: 'race' }, async (transaction) => {
    numTries++;
    const [row] = await transaction.rows('SELECT count(*) AS n FROM artist');
    if (numTries === 1) await execute(other, `INSERT INTO artist VALUES ('x', 'first')`);
    await transaction.run(`INSERT INTO artist VALUES ('y', 'second')`);
    return row?.n;
  });
  expect(numTries).toBe(2);
  expect(value).toBe(1);
  expect(await rowsOf(lake, 'SELECT artist_id FROM artist ORDER BY ALL')).toEqual([
    { artist_id: 'x' },
    { artist_id: 'y' },
  ]);
  await other.close();
});

test('commits of one process at once queue up', async () => {
  const regions = ['us', 'gb', 'de', 'fr', 'es', 'it'];
  const results = await Promise.all(regions.map((region) => commit(lake, pageOf({ region }))));
  expect(new Set(results.map(({ snapshotId }) => snapshotId)).size).toBe(regions.length);
});
