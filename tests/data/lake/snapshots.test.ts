/** Snapshots, pins, queries as of a snapshot, and the nightly maintenance. */
import { readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLake } from '../../../data/lake/openLake.ts';
import type { Lake } from '../../../data/lake/types.ts';
import { commit, type LakeHome, makeLake, pageOf, rowOf, rowsOf, rowsOfTracks } from '../lakeFixture.ts';

let home: LakeHome;
let lake: Lake;
beforeEach(async () => {
  home = await makeLake();
  lake = home.lake;
});
afterEach(() => home.remove());

const DAY_MS = 86_400_000;
const inDays = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString();
const newestId = async (): Promise<number> => (await lake.snapshots()).at(-1)?.snapshotId ?? -1;
const files = async (): Promise<string[]> =>
  (await readdir(home.location.dataDir, { recursive: true })).filter((name) => name.endsWith('.parquet'));

async function queryAt(snapshot: number, sql: string): Promise<unknown[]> {
  const older = await openLake(home.location, { mode: 'read', snapshot });
  try {
    const rows: unknown[] = [];
    const { batches } = await older.query(sql);
    for await (const batch of batches) rows.push(...(batch.columns[0] ?? []));
    return rows;
  } finally {
    await older.close();
  }
}

describe('snapshots', () => {
  test('are listed oldest first, with author, message and pin', async () => {
    const result = await commit(lake, pageOf());
    const snapshots = await lake.snapshots();
    expect(snapshots.map(({ snapshotId }) => snapshotId)).toEqual(snapshots.map((_, index) => index));
    expect(snapshots.at(-1)).toEqual({
      snapshotId: result.snapshotId,
      committedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      author: 'charts',
      message: 'us/daily 2026-07-16 from https://kworb.net/spotify/country/us_daily.html',
      pin: null,
    });
    expect(Math.abs(Date.parse(snapshots.at(-1)?.committedAt ?? '') - Date.now())).toBeLessThan(DAY_MS);
  });

  test('tables and views answer as of each of them', async () => {
    const first = await commit(lake, pageOf({ rows: rowsOfTracks(['a', 'b'], { movement: 'new' }) }));
    const second = await commit(lake, pageOf({ rows: rowsOfTracks(['c'], { movement: 'new' }) }));
    const sql = 'SELECT title FROM new_entry JOIN chart_entry USING (track_id) ORDER BY title';
    expect(await queryAt(first.snapshotId ?? 0, sql)).toEqual(['a', 'b']);
    expect(await queryAt(second.snapshotId ?? 0, sql)).toEqual(['c']);
    expect(await queryAt((first.snapshotId ?? 0) - 1, sql)).toEqual([]);
    expect(await queryAt(first.snapshotId ?? 0, `SELECT count(*) FROM trajectory WHERE state = 'on chart'`)).toEqual([
      0n,
    ]);
  });

  test('a reader sees what is committed while it is open', async () => {
    const reader = await openLake(home.location, { mode: 'read' });
    await commit(lake, pageOf());
    expect(await reader.freshness(pageOf().chartDate)).toHaveLength(1);
    await reader.close();
  });
});

describe('pins', () => {
  test('are set, shown and lifted', async () => {
    const { snapshotId } = await commit(lake, pageOf());
    await lake.pinSnapshot(snapshotId ?? 0, 'run-1', 'trained on it');
    expect((await lake.snapshots()).find(({ pin }) => pin !== null)).toMatchObject({
      snapshotId,
      pin: { name: 'run-1', reason: 'trained on it' },
    });
    await lake.unpinSnapshot('run-1');
    expect((await lake.snapshots()).every(({ pin }) => pin === null)).toBe(true);
  });

  test.each([
    ['a snapshot that is not there', 999, 'fine', 'SnapshotNotFound'],
    ['a name that is on another snapshot', 0, 'taken', 'InvalidInput'],
    ['a name like a number', 1, '17', 'InvalidInput'],
    ['an empty name', 1, '', 'InvalidInput'],
  ])('refuse %s', async (_what, snapshotId, name, type) => {
    await lake.pinSnapshot(1, 'taken', 'x');
    const before = await newestId();
    await expect(lake.pinSnapshot(snapshotId, name, 'x')).rejects.toMatchObject({ type });
    expect(await newestId()).toBe(before);
  });

  test('unpinning what is not pinned names the pins', async () => {
    await lake.pinSnapshot(1, 'taken', 'x');
    await expect(lake.unpinSnapshot('other')).rejects.toMatchObject({
      type: 'InvalidInput',
      next: expect.stringContaining('taken'),
    });
  });
});

describe('maintenance', () => {
  const fill = async (numDays: number, first = 1): Promise<void> => {
    for (let day = first; day < first + numDays; day++) {
      const rows = Array.from({ length: 120 }, (_, rank) => rowOf(rank + 1, { total: 1000 + day }));
      await commit(lake, pageOf({ date: `2026-06-${String(day).padStart(2, '0')}`, rows }));
    }
  };
  const content = () =>
    rowsOf(lake, 'SELECT count(*) AS n, sum(streams) AS s, sum(total_streams) AS t FROM chart_entry');

  test('merges small files and changes no answer', async () => {
    await fill(6);
    const [before, pages] = [await content(), await rowsOf(lake, 'FROM page ORDER BY recorded_at')];
    const report = await lake.maintain({ keepSnapshotDays: 30 });
    expect(report.numFilesMerged).toBeGreaterThanOrEqual(6);
    expect(report).toMatchObject({ numSnapshotsExpired: 0, numFilesDeleted: 0, snapshotId: await newestId() });
    expect(await content()).toEqual(before);
    expect(await rowsOf(lake, 'FROM page ORDER BY recorded_at')).toEqual(pages);
    const live = await rowsOf(lake, `SELECT count(*) AS n FROM ducklake_list_files('lake', 'chart_entry')`);
    expect(live).toEqual([{ n: 1 }]);
    expect((await lake.snapshots()).at(-1)).toMatchObject({ author: 'maintenance' });
  });

  test('makes no snapshot when there is nothing to do', async () => {
    await fill(2);
    await lake.maintain({ keepSnapshotDays: 30 });
    const before = await lake.snapshots();
    expect(await lake.maintain({ keepSnapshotDays: 30 })).toEqual({
      numFilesMerged: 0,
      numSnapshotsExpired: 0,
      numFilesDeleted: 0,
      snapshotId: null,
    });
    expect(await lake.snapshots()).toEqual(before);
  });

  test('expires old snapshots, never a pinned one nor the newest, and deletes their files a day later', async () => {
    const first = await commit(lake, pageOf({ rows: rowsOfTracks(['a']) }));
    const second = await commit(lake, pageOf({ rows: rowsOfTracks(['b']) }));
    await commit(lake, pageOf({ rows: rowsOfTracks(['c']) }));
    await lake.pinSnapshot(second.snapshotId ?? 0, 'kept', 'a run trained on it');
    const report = await lake.maintain({ keepSnapshotDays: 7, nowIso: inDays(8) });
    expect(report.numSnapshotsExpired).toBeGreaterThan(3);
    const left = (await lake.snapshots()).map(({ snapshotId }) => snapshotId);
    expect(left).toContain(second.snapshotId);
    expect(left).not.toContain(first.snapshotId);
    expect(left).toHaveLength(2);
    expect(await queryAt(second.snapshotId ?? 0, 'SELECT title FROM chart_entry')).toEqual(['b']);
    expect((await rowsOf(lake, 'SELECT title FROM chart_entry')).map(({ title }) => title)).toEqual(['c']);
    await expect(openLake(home.location, { mode: 'read', snapshot: first.snapshotId ?? 0 })).rejects.toMatchObject({
      type: 'SnapshotNotFound',
    });

    const numFiles = (await files()).length;
    const later = await lake.maintain({ keepSnapshotDays: 7, nowIso: inDays(8) });
    expect(later.numFilesDeleted + report.numFilesDeleted).toBeGreaterThan(0);
    expect((await files()).length).toBeLessThan(numFiles + report.numFilesDeleted);
    expect(await queryAt(second.snapshotId ?? 0, 'SELECT title FROM chart_entry')).toEqual(['b']);
  });

  test('deletes no file that a reader may still be at', async () => {
    await fill(4);
    const before = await files();
    // Written long ago, merged away only now.
    const old = new Date(Date.now() - 30 * DAY_MS);
    for (const name of before) await utimes(path.join(home.location.dataDir, name), old, old);
    await lake.maintain({ keepSnapshotDays: 30 });
    expect(await files()).toEqual(expect.arrayContaining(before));
    const report = await lake.maintain({ keepSnapshotDays: 30, nowIso: inDays(3) });
    expect(report.numFilesDeleted).toBeGreaterThanOrEqual(4);
    expect((await files()).filter((name) => name.includes('chart_entry') && before.includes(name))).toEqual([]);
    expect((await content())[0]).toMatchObject({ n: 480 });
  });

  test('deletes what a killed process left, once it is old', async () => {
    await fill(1);
    const orphan = path.join(home.location.dataDir, 'main', 'chart_entry', 'ducklake-left-behind.parquet');
    await writeFile(orphan, 'PAR1');
    await lake.maintain({ keepSnapshotDays: 30 });
    expect(await files()).toContain(path.relative(home.location.dataDir, orphan));
    const old = new Date(Date.now() - 3 * DAY_MS);
    await utimes(orphan, old, old);
    expect((await lake.maintain({ keepSnapshotDays: 30 })).numFilesDeleted).toBe(1);
    expect(await files()).not.toContain(path.relative(home.location.dataDir, orphan));
    expect((await content())[0]).toMatchObject({ n: 120 });
  });

  test('older snapshots answer as before after a merge', async () => {
    await fill(3);
    const snapshot = await newestId();
    await fill(3, 4);
    await lake.maintain({ keepSnapshotDays: 30 });
    expect(await queryAt(snapshot, 'SELECT count(*) FROM chart_entry')).toEqual([360n]);
  });

  test('a query that began before goes on while files are merged', async () => {
    await fill(3);
    const { batches } = await lake.query('SELECT a.rank FROM chart_entry a, chart_entry b, range(20)');
    let numRows = 0;
    for await (const batch of batches) {
      if (numRows === 0) await lake.maintain({ keepSnapshotDays: 0 });
      numRows += batch.numRows;
    }
    expect(numRows).toBe(360 * 360 * 20);
  });

  test('commits go on as before', async () => {
    await fill(2);
    await lake.maintain({ keepSnapshotDays: 0 });
    const again = pageOf({
      date: '2026-06-02',
      rows: Array.from({ length: 120 }, (_, rank) => rowOf(rank + 1, { total: 1002 })),
    });
    expect(await commit(lake, again)).toMatchObject({ outcome: 'unchanged', snapshotId: null });
    expect(await commit(lake, pageOf({ date: '2026-06-03' }))).toMatchObject({ outcome: 'committed' });
  });

  test.each([{ keepSnapshotDays: -1 }, { keepSnapshotDays: Number.NaN }, { keepSnapshotDays: 1, nowIso: 'yesterday' }])(
    'refuses %o',
    async (options) => {
      await expect(lake.maintain(options)).rejects.toMatchObject({ type: 'InvalidInput' });
    },
  );
});
