import { cp, mkdir, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { knownMigrations } from '../../../data/lake/migrate.ts';
import { openLake } from '../../../data/lake/openLake.ts';
import { readSqlFiles } from '../../../data/lake/sqlFiles.ts';
import type { Lake } from '../../../data/lake/types.ts';
import {
  commit,
  EXTENSIONS_DIR,
  execute,
  locationIn,
  makeFolder,
  pageOf,
  provenanceOf,
  rowsOf,
} from '../lakeFixture.ts';

let folder: string;
let open: Lake[];
beforeEach(async () => {
  folder = await makeFolder();
  open = [];
});
afterEach(async () => {
  for (const lake of open) await lake.close();
  await rm(folder, { recursive: true, force: true });
});

async function openAt(place: string, mode: 'read' | 'write' = 'write', snapshot?: number): Promise<Lake> {
  const lake = await openLake(locationIn(place), { mode, ...(snapshot === undefined ? {} : { snapshot }) });
  open.push(lake);
  return lake;
}

async function closeAll(): Promise<void> {
  for (const lake of open.splice(0)) await lake.close();
}

test('a lake is made once: opened again nothing is written', async () => {
  const first = await openAt(folder);
  const snapshots = await first.snapshots();
  await closeAll();
  const second = await openAt(folder);
  expect(await second.snapshots()).toEqual(snapshots);
  expect(await rowsOf(second, 'SELECT number, name, sha256 FROM schema_migration ORDER BY number')).toEqual(
    knownMigrations().map(({ number, name, sha256 }) => ({ number, name, sha256 })),
  );
  expect((await rowsOf(second, 'SELECT name FROM schema_view ORDER BY name')).map(({ name }) => name)).toEqual(
    readSqlFiles('views').map(({ name }) => name),
  );
});

test('the catalog is in WAL mode: readers and a writer do not wait for each other', async () => {
  await commit(await openAt(folder), pageOf());
  const header = (await readFile(locationIn(folder).catalogPath)).subarray(18, 20);
  expect([...header]).toEqual([2, 2]);
});

/** What later schemas added: a lake of an earlier one is made by taking them away. */
const TABLES = {
  sound: ['preview', 'spectrogram', 'shard', 'feature_version', 'track_detail'],
  runs: ['run', 'run_metric', 'checkpoint', 'sweep_run', 'publication', 'forecast'],
} as const;

describe('a lake that can not be opened', () => {
  test('absent: says how to get one', async () => {
    await expect(openAt(folder, 'read')).rejects.toMatchObject({
      type: 'LakeUnusable',
      message: expect.stringContaining('catalog.sqlite'),
      next: expect.stringContaining('chartlife import'),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('of a newer schema: refused, to read and to write', async () => {
    const lake = await openAt(folder);
    const number = knownMigrations().length + 1;
    await execute(lake, `INSERT INTO schema_migration VALUES (${number}, '0099_future', 'abc', now()::TIMESTAMP)`);
    await closeAll();
    for (const mode of ['read', 'write'] as const) {
      await expect(openAt(folder, mode)).rejects.toMatchObject({
        type: 'LakeUnusable',
        message: expect.stringContaining('0099_future'),
        next: expect.stringContaining('Update chartlife'),
      });
    }
  });

  test('made by an edited migration: refused', async () => {
    const lake = await openAt(folder);
    await execute(lake, `UPDATE schema_migration SET sha256 = 'abc' WHERE number = 1`);
    await closeAll();
    await expect(openAt(folder)).rejects.toMatchObject({
      type: 'LakeUnusable',
      message: expect.stringContaining('0001_charts'),
    });
  });

  test('of an older schema: read refuses, write brings it up to date', async () => {
    const lake = await openAt(folder);
    // As one that was made before there was sound.
    await execute(
      lake,
      ...[...TABLES.sound, ...TABLES.runs].map((table) => `DROP TABLE ${table}`),
      'DELETE FROM schema_migration WHERE number >= 3',
    );
    await closeAll();
    await expect(openAt(folder, 'read')).rejects.toMatchObject({
      type: 'LakeUnusable',
      message: expect.stringContaining('schema 2'),
    });
    const mended = await openAt(folder);
    expect(await rowsOf(mended, 'SELECT count(*) AS n FROM spectrogram')).toEqual([{ n: 0 }]);
    await closeAll();
    await openAt(folder, 'read');
  });

  test('of a schema that knew no checks: what is gone is dated, and nothing is lost', async () => {
    const lake = await openAt(folder);
    const { text } = knownMigrations().find(({ number }) => number === 3)!;
    const row = (id: string, state: string): string =>
      `INSERT INTO preview BY NAME SELECT '${id}' AS track_id, 'spotify' AS source, '${state}' AS state,
        DATE '2026-07-01' AS first_asked_on, DATE '2026-07-16' AS last_asked_on, false AS is_synthetic, 'h' AS url_host,
        false AS is_kept, 29.7 AS seconds, now()::TIMESTAMP AS recorded_at`;
    await execute(
      lake,
      ...[...TABLES.sound, ...TABLES.runs].map((table) => `DROP TABLE ${table}`),
      text,
      'DELETE FROM schema_migration WHERE number >= 4',
      row('a', 'gone'),
      row('b', 'found'),
    );
    await closeAll();
    const mended = await openAt(folder);
    expect(
      await rowsOf(mended, 'SELECT track_id, state, gone_on, address_sha256, seconds FROM preview ORDER BY track_id'),
    ).toEqual([
      { track_id: 'a', state: 'gone', gone_on: '2026-07-16', address_sha256: null, seconds: 29.7 },
      { track_id: 'b', state: 'found', gone_on: null, address_sha256: null, seconds: 29.7 },
    ]);
  });

  test.each([
    [
      'something else',
      async (file: string) => writeFile(file, 'this is no database at all, but long enough to be looked at'),
    ],
    ['cut short', async (file: string) => truncate(file, 5000)],
  ])('the catalog is %s', async (_what, damage) => {
    await openAt(folder);
    await closeAll();
    await damage(locationIn(folder).catalogPath);
    await expect(openAt(folder, 'read')).rejects.toMatchObject({
      type: 'LakeUnusable',
      details: { catalogPath: locationIn(folder).catalogPath },
    });
  });

  test('a data file is gone: a read says which', async () => {
    const lake = await openAt(folder);
    await commit(lake, pageOf());
    await rm(path.join(folder, 'lake', 'data', 'main', 'chart_entry'), { recursive: true });
    await expect(lake.freshness(pageOf().chartDate)).rejects.toMatchObject({
      type: 'LakeUnusable',
      message: expect.stringMatching(/chart_entry.*parquet.*missing or damaged/),
      next: expect.stringContaining('backup'),
    });
  });

  test('no extension: names the set-up', async () => {
    const location = { ...locationIn(folder), extensionsDir: path.join(folder, 'nowhere') };
    await expect(openLake(location, { mode: 'write' })).rejects.toMatchObject({
      type: 'SetupMissing',
      details: { file: path.join(folder, 'nowhere', 'sqlite_scanner.duckdb_extension') },
    });
  });

  test('a snapshot that never was', async () => {
    await openAt(folder);
    await expect(openAt(folder, 'read', 999)).rejects.toMatchObject({ type: 'SnapshotNotFound' });
  });

  test('a snapshot to write to', async () => {
    await expect(openAt(folder, 'write', 1)).rejects.toMatchObject({ type: 'InvalidInput' });
  });

  test('a snapshot before the first table', async () => {
    await openAt(folder);
    await expect(openAt(folder, 'read', 0)).rejects.toMatchObject({
      type: 'LakeUnusable',
      next: expect.stringContaining('later one'),
    });
  });
});

test('a lake opened to read changes nothing and says so', async () => {
  await commit(await openAt(folder), pageOf());
  await closeAll();
  const lake = await openAt(folder, 'read');
  await expect(commit(lake, pageOf({ date: '2026-07-17' }))).rejects.toMatchObject({ type: 'InvalidInput' });
  await expect(lake.maintain({ keepSnapshotDays: 1 })).rejects.toMatchObject({ type: 'InvalidInput' });
  const { url, sha256, parserVersion } = provenanceOf(pageOf());
  expect(await lake.hasPage(url, sha256, parserVersion)).toBe(true);
});

describe('a lake that lies elsewhere now', () => {
  const countAt = async (place: string, mode: 'read' | 'write'): Promise<unknown> => {
    const lake = await openAt(place, mode);
    const { batches } = await lake.query('SELECT count(*) FROM chart_entry');
    const answers: unknown[] = [];
    for await (const batch of batches) answers.push(batch.columns[0]?.[0]);
    return answers[0];
  };

  test('moved, copied, or reached by another path it opens, to read and to write', async () => {
    await commit(await openAt(path.join(folder, 'old')), pageOf());
    await closeAll();
    await rename(path.join(folder, 'old'), path.join(folder, 'new'));
    expect(await countAt(path.join(folder, 'new'), 'read')).toBe(5n);
    await closeAll();
    const moved = await openAt(path.join(folder, 'new'));
    await commit(moved, pageOf({ date: '2026-07-17' }));
    await closeAll();
    await symlink(path.join(folder, 'new'), path.join(folder, 'alias'));
    expect(await countAt(path.join(folder, 'alias'), 'write')).toBe(10n);
    await closeAll();
    await cp(path.join(folder, 'new'), path.join(folder, "cop y'd"), { recursive: true });
    await rm(path.join(folder, 'new'), { recursive: true });
    expect(await countAt(path.join(folder, "cop y'd"), 'write')).toBe(10n);
  });

  test('other DuckDB clients find its files again once it was opened to write', async () => {
    await commit(await openAt(path.join(folder, 'old')), pageOf());
    await closeAll();
    await rename(path.join(folder, 'old'), path.join(folder, 'new'));
    await openAt(path.join(folder, 'new'));
    await closeAll();
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    for (const name of ['sqlite_scanner', 'ducklake']) {
      await connection.run(`LOAD '${path.join(EXTENSIONS_DIR, `${name}.duckdb_extension`)}'`);
    }
    await connection.run(
      `ATTACH 'ducklake:sqlite:${locationIn(path.join(folder, 'new')).catalogPath}' AS charts (READ_ONLY)`,
    );
    const reader = await connection.runAndReadAll('SELECT count(*) FROM charts.chart_entry');
    expect(reader.getRows()).toEqual([[5n]]);
    // The alias is the client's own: views name no catalog.
    expect((await connection.runAndReadAll('SELECT num_ranks FROM charts.chart_cut')).getRows()).toEqual([[5n]]);
    connection.closeSync();
    instance.closeSync();
  });
});

test('a folder that is not there yet is made', async () => {
  await mkdir(path.join(folder, 'a'));
  await openAt(path.join(folder, 'a', 'b', 'c'));
  expect(await readdir(path.join(folder, 'a', 'b', 'c', 'lake'))).toContain('catalog.sqlite');
});

test('views are made anew when their file has changed', async () => {
  const lake = await openAt(folder);
  await execute(
    lake,
    `CREATE OR REPLACE VIEW freshness AS SELECT 1 AS outdated`,
    `UPDATE schema_view SET sha256 = 'old' WHERE name = 'freshness'`,
  );
  await closeAll();
  const again = await openAt(folder);
  expect(await again.freshness(pageOf().chartDate)).toEqual([]);
});
