/** What a person's SQL may do and what it is told. The lake here is a small one, made with DuckLake itself. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDate } from '../../../contracts/dates.ts';
import { type LakeDatabase, openDatabase } from '../../../data/lake/connection.ts';
import type { LakeLocation } from '../../../data/lake/types.ts';
import { openQueryEngine } from '../../../data/query/openQueryEngine.ts';
import { runQuery } from '../../../data/query/runQuery.ts';
import type { QueryOptions, QueryResult } from '../../../data/query/types.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../../runtime/nativeParts.ts';

let folder: string;
let location: LakeLocation;
let engine: LakeDatabase;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'query-'));
  location = {
    catalogPath: path.join(folder, 'lake', 'catalog.sqlite'),
    dataDir: path.join(folder, 'lake', 'data'),
    extensionsDir: nativeCacheAt(nativeCacheRoot(process.env)).duckdbExtensionsDir,
  };
  const database = await openDatabase(location, { mode: 'write' });
  const connection = await database.connect();
  await connection.run('CREATE TABLE numbers (n BIGINT)');
  await connection.run('INSERT INTO numbers SELECT range FROM range(10000)');
  await connection.run('INSERT INTO numbers SELECT range FROM range(5)');
  connection.closeSync();
  database.close();
  engine = await openQueryEngine(location, undefined);
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

async function answerOf(sql: string, options?: QueryOptions, of = engine): Promise<QueryResult> {
  return runQuery(await of.connect(), sql, location, options);
}

async function rowsOf(sql: string, of = engine): Promise<unknown[][]> {
  const answer = await answerOf(sql, undefined, of);
  const rows: unknown[][] = [];
  for await (const batch of answer.batches) {
    for (let row = 0; row < batch.numRows; row += 1) rows.push(batch.columns.map((column) => column[row]));
  }
  return rows;
}

const failureOf = (sql: string) => expect(rowsOf(sql)).rejects;

test('answers come whole, in order, in batches', async () => {
  const rows = await rowsOf('SELECT n FROM numbers ORDER BY n DESC');
  expect(rows).toHaveLength(10005);
  expect([rows[0], rows[10004]]).toEqual([[9999n], [0n]]);
});

test('today is what the caller says, unless the SQL says otherwise, and positions in errors stay those of the SQL', async () => {
  const today = parseDate('2019-12-13');
  const dayOf = async (sql: string) => {
    for await (const { columns } of (await answerOf(sql, { today })).batches) return String(columns[0]?.[0]);
    return null;
  };
  expect(await dayOf("SELECT getvariable('today')")).toBe('2019-12-13');
  expect(await dayOf("SET VARIABLE today = DATE '2020-01-01'; SELECT getvariable('today')")).toBe('2020-01-01');
  await expect(answerOf('SELECT nothing', { today })).rejects.toThrow(/LINE 1: SELECT nothing/);
});

test('a query that breaks midway is an error, never a short answer', async () => {
  await failureOf(
    "SELECT CASE WHEN range = 3000000 THEN error('stop here') ELSE range::VARCHAR END FROM range(4000000)",
  ).toMatchObject({ type: 'QueryFailed', message: expect.stringContaining('stop here') });
});

test('an older snapshot answers as it was', async () => {
  const older = await openQueryEngine(location, 2);
  expect(await rowsOf('SELECT count(*) FROM numbers', older)).toEqual([[10000n]]);
  older.close();
  await expect(openQueryEngine(location, 99)).rejects.toMatchObject({ type: 'SnapshotNotFound' });
});

test('statements may set and make things for the one that answers', async () => {
  expect(
    await rowsOf("SET VARIABLE least = 9998; SELECT n FROM numbers WHERE n >= getvariable('least') -- two"),
  ).toEqual([[9998n], [9999n]]);
  expect(await rowsOf('CREATE TEMP TABLE few AS FROM numbers LIMIT 3; SELECT count(*) FROM few;')).toEqual([[3n]]);
  expect(await rowsOf('PIVOT (FROM numbers LIMIT 4) ON n % 2 USING count(*)')).toEqual([[2n, 2n]]);
  await failureOf('FROM few').toMatchObject({ type: 'QueryFailed' });
});

test('EXPLAIN shows the plan of a SELECT', async () => {
  expect((await rowsOf('-- how\nEXPLAIN SELECT n FROM numbers'))[0]?.[1]).toContain('numbers');
  expect((await rowsOf('explain analyze FROM numbers'))[0]?.[1]).toContain('Total Time');
});

test('what one query sets or makes is gone with it', async () => {
  await rowsOf("SET VARIABLE least = 1; CREATE TEMP TABLE gone AS SELECT 1; SELECT getvariable('least')");
  expect(await rowsOf("SELECT getvariable('least')")).toEqual([[null]]);
  await failureOf('FROM gone').toMatchObject({ type: 'QueryFailed' });
});

test('memory and disk spill beside the lake, nowhere else', async () => {
  expect(await rowsOf("SELECT value FROM duckdb_settings() WHERE name = 'temp_directory'")).toEqual([
    [path.join(folder, 'lake', 'spill')],
  ]);
});

describe('refused', () => {
  const place = (sql: string) =>
    sql
      .replace('TARGET', path.join(folder, 'written'))
      .replace('DATA/', path.join(folder, 'lake', 'data', path.sep))
      .replace('CATALOG', location.catalogPath)
      .replace('LIST', path.join(folder, 'list.csv'));
  beforeAll(() => writeFile(path.join(folder, 'list.csv'), 'n\n7\n'));
  test.each([
    ['INSERT INTO numbers VALUES (1)', /read-only/],
    ['DELETE FROM numbers', /read-only/],
    ['CREATE TABLE lake.main.more (n INT)', /read-only/],
    ['DROP TABLE numbers', /read-only/],
    ["COPY numbers TO 'TARGET'", /access to ".*written" is refused/],
    ["EXPORT DATABASE 'TARGET'", /EXPORT is refused/],
    ["ATTACH 'TARGET' AS other", /ATTACH is refused/],
    ['INSTALL httpfs', /LOAD or INSTALL is refused/],
    ["EXPLAIN ANALYZE COPY numbers TO 'TARGET'", /refused/],
    ["COPY numbers TO 'DATA/written.csv'", /COPY is refused/],
    ["EXPLAIN ANALYZE COPY numbers TO 'DATA/written.csv'", /EXPLAIN is refused/],
    ["EXPLAIN SELECT 1; COPY numbers TO 'DATA/written.csv'", /refused/],
    ["PREPARE p AS COPY numbers TO 'DATA/written.csv'", /PREPARE is refused/],
    ['CREATE TEMP TABLE t (n INT)', /CREATE is refused/],
    ['CREATE PERSISTENT SECRET s (TYPE s3); SELECT 1', /./],
    ['LOAD httpfs; SELECT 1', /./],
    ['SET threads = 1; SELECT 1', /locked/],
    ['SET enable_external_access = true; SELECT 1', /locked|Cannot/],
    ['BEGIN; SELECT 1', /refused/],
    ["SELECT * FROM sqlite_scan('LIST', 't')", /sqlite_scan\(\) is refused/],
    [`SELECT * FROM "sqlite_scan" ('LIST', 't')`, /sqlite_scan\(\) is refused/],
    ["FROM read_csv('LIST')", /access to ".*list.csv" is refused/],
    ["FROM 'LIST'", /refused/],
    ["FROM glob('LIST')", /refused/],
    ["CALL lake.set_option('parquet_compression', 'zstd')", /CALL is refused/],
    [
      "SELECT * FROM ducklake_expire_snapshots('lake', older_than => now())",
      /ducklake_expire_snapshots\(\) is refused/,
    ],
    ["SELECT 1; COPY numbers TO 'DATA/written.csv'", /not only the last answers/],
    [`SELECT '--' AS x, a FROM sqlite_scan('CATALOG', 'ducklake_snapshot')`, /sqlite_scan/],
    [`SELECT $$/*$$ x, a FROM sqlite_scan('CATALOG', 'ducklake_snapshot') -- */`, /sqlite_scan/],
    [`FROM query('from sqlite' || '_scan(''CATALOG'', ''ducklake_snapshot'')')`, /query\(\) is refused/],
    [`FROM "query" /* /* */ */ ('select 1')`, /query\(\) is refused/],
    [`FROM query\u00a0('select 1')`, /query\(\) is refused/],
    [`FROM U&"quer\\0079"('select 1')`, /refused/],
    [`FROM json_execute_serialized_sql(json_serialize_sql('select 1'))`, /json_execute_serialized_sql/],
    [`FROM enable_logging('QueryLog', storage := 'file')`, /enable_logging/],
    [`FROM enable_profiling(save_location := 'TARGET')`, /enable_profiling/],
    [`FROM checkpoint('lake')`, /checkpoint/],
    [`EXPORT /* '*/ DATABASE 'TARGET'`, /EXPORT is refused/],
    ["EXPLAIN ANALYZE /* /* */ select 1 -- */ COPY numbers TO 'DATA/written.csv'", /refused/],
    ["EXPLAIN ANALYZE /* /* */ select 1 -- */\nCOPY numbers TO 'DATA/written.csv'", /refused/],
    ["SET VARIABLE x = 1; COPY numbers TO 'DATA/written.csv'", /COPY is refused/],
  ])('%s', async (sql, message) => {
    await failureOf(place(sql)).toMatchObject({
      type: 'QueryFailed',
      message: expect.stringMatching(message),
    });
    expect(await readdir(folder)).not.toContain('written');
    expect(await readdir(path.join(folder, 'lake', 'data'))).toEqual(['main']);
    expect(await rowsOf('SELECT count(*) FROM numbers')).toEqual([[10005n]]);
  });
});

describe('what would delete or write files of the lake is refused before it runs', () => {
  const cleanup = "ducklake_cleanup_old_files('lake', cleanup_all => true)";
  let home: string;
  let place: LakeLocation;
  let reader: LakeDatabase;
  const files = () => readdir(place.dataDir, { recursive: true }).then((names) => names.sort());
  beforeAll(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'query-'));
    place = { ...location, catalogPath: path.join(home, 'catalog.sqlite'), dataDir: path.join(home, 'data') };
    const database = await openDatabase(place, { mode: 'write' });
    const connection = await database.connect();
    for (const sql of [
      'CREATE TABLE numbers AS SELECT range AS n FROM range(10000)',
      'DROP TABLE numbers',
      'CREATE TABLE small (n BIGINT)',
      "CALL lake.set_option('data_inlining_row_limit', 100)",
      'INSERT INTO small VALUES (1), (2)',
      "CALL ducklake_expire_snapshots('lake', older_than => now())",
    ])
      await connection.run(sql);
    connection.closeSync();
    database.close();
    reader = await openQueryEngine(place, undefined);
  });
  afterAll(async () => {
    reader.close();
    await rm(home, { recursive: true, force: true });
  });

  test.each([
    `FROM ${cleanup}`,
    `SELECT '--' AS x, path FROM ${cleanup}`,
    `SELECT $$/*$$ AS x, path FROM ${cleanup} -- */`,
    `FROM query('from ducklake_cleanup' || '_old_files(''lake'', cleanup_all => true)')`,
    `FROM "ducklake_cleanup_old_files" /* /* */ */ ('lake', cleanup_all => true)`,
    `FROM system.main."DuckLake_Cleanup_Old_Files"\n('lake', cleanup_all => true)`,
    `SET VARIABLE x = (SELECT count(*) FROM ${cleanup}); SELECT 1`,
    `CREATE TEMP TABLE t AS FROM ${cleanup}; SELECT 1`,
    `CREATE TEMP MACRO f() AS TABLE FROM ${cleanup}; FROM f()`,
    `PIVOT (FROM ${cleanup}) ON path USING count(*)`,
    `EXPLAIN ANALYZE FROM ${cleanup}`,
    "FROM ducklake_flush_inlined_data('lake')",
    "FROM ducklake_delete_orphaned_files('lake', cleanup_all => true)",
    "FROM lake.set_option('parquet_compression', 'zstd')",
    'FROM lake.cleanup_old_files(cleanup_all => true)',
    'FROM lake.flush_inlined_data()',
  ])('%s', async (sql) => {
    const before = await files();
    expect(before.filter((name) => name.endsWith('.parquet'))).toHaveLength(1);
    await expect(rowsOf(sql, reader)).rejects.toMatchObject({ type: 'QueryFailed' });
    expect(await files()).toEqual(before);
  });
});

test("what only reads DuckLake's record of the lake is allowed", async () => {
  for (const sql of [
    "FROM ducklake_snapshots('lake')",
    'FROM lake.snapshots()',
    'FROM lake.current_snapshot()',
    "FROM lake.table_changes('numbers', 0, 3)",
    "FROM ducklake_table_insertions('lake', 'main', 'numbers', 0, 3)",
    "FROM ducklake_list_files('lake', 'numbers')",
    "FROM ducklake_table_info('lake')",
    'FROM __ducklake_metadata_lake.ducklake_snapshot',
  ]) {
    expect([sql, (await rowsOf(sql)).length]).toEqual([sql, expect.any(Number)]);
    expect((await rowsOf(sql)).length).toBeGreaterThan(0);
  }
  expect(await rowsOf("SELECT 'a -- b' AS x, $$/*$$ AS y -- */")).toEqual([['a -- b', '/*']]);
});

test.each([
  ['SELEC 1', /syntax error/i],
  ['SELECT nope FROM numbers', /nope/],
  ['FROM nowhere', /nowhere/],
  ["FROM read_csv('/nowhere/at/all.csv')", /all\.csv/],
  ['', /no SQL statement/],
  ['-- only a comment', /no SQL statement/],
])('%s is told in words', async (sql, message) => {
  await failureOf(sql).toMatchObject({ type: 'QueryFailed', message: expect.stringMatching(message) });
});

test('an abort stops a long query', async () => {
  const stop = new AbortController();
  const answer = answerOf('SELECT sum(a.n * b.n) FROM numbers a, numbers b, numbers c', { signal: stop.signal });
  setTimeout(() => stop.abort(new Error('enough')), 200);
  const drained = answer.then(async ({ batches }) => {
    for await (const batch of batches) expect(batch.numRows).toBe(0);
  });
  await expect(drained).rejects.toThrow('enough');
});

test('an abort between two batches stops the answer', async () => {
  const stop = new AbortController();
  const { batches } = await answerOf('SELECT range FROM range(100000000)', { signal: stop.signal });
  const read = (async () => {
    for await (const batch of batches) {
      expect(batch.numRows).toBeGreaterThan(0);
      stop.abort(new Error('enough'));
    }
  })();
  await expect(read).rejects.toThrow('enough');
  await expect(answerOf('SELECT 1', { signal: stop.signal })).rejects.toThrow('enough');
});

test('queries run side by side', async () => {
  const answers = Array.from({ length: 8 }, (_, i) => rowsOf(`SELECT count(*) + ${i} FROM numbers`));
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 8 }, (_, i) => [[10005n + BigInt(i)]]));
});

test('an answer that is left early, or closed twice, frees its engine', async () => {
  const answer = await answerOf('FROM numbers');
  for await (const batch of answer.batches) {
    expect(batch.numRows).toBeGreaterThan(0);
    break;
  }
  answer.close();
  answer.close();
});
