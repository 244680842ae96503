import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Table, tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportToFile, exportToSink } from '../../../data/export/exportResult.ts';
import { distinctNames, type ExportFormat } from '../../../data/export/formats.ts';
import { answerOf, brokenAnswerOf } from './answer.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'export-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function exported(sql: string, format: ExportFormat): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const sink = async (chunk: Uint8Array | string): Promise<void> => {
    chunks.push(Buffer.from(chunk as Uint8Array));
  };
  await exportToSink(await answerOf(sql), format, sink, folder);
  return Buffer.concat(chunks);
}

const text = async (sql: string, format: ExportFormat): Promise<string> => (await exported(sql, format)).toString();
const arrow = async (sql: string): Promise<Table> => tableFromIPC(await exported(sql, 'arrow'));

/** One row of every type the lake has, and those that aggregates make of them. */
const EVERY_TYPE = `
  SELECT 42::INTEGER AS i, 9007199254740993::BIGINT AS big, 7::BIGINT AS small, true AS yes,
    170141183460469231731687303715884105727::HUGEINT AS huge, (-5)::HUGEINT AS minus_five,
    123.45::DECIMAL(18, 2) AS cents, 0.1::DOUBLE AS tenth, 'NaN'::DOUBLE AS nan, '打上花火, "x"' AS title, '' AS empty,
    DATE '2017-01-01' AS day, TIMESTAMP '2026-07-16 03:00:00.123456' AS at,
    TIMESTAMPTZ '2026-07-16 03:00:00.000001+00' AS at_utc, NULL::DATE AS no_day,
    [{id: 'a', name: 'A'}, {id: NULL, name: 'B, C'}] AS artists, []::INTEGER[] AS none`;

/** The largest sum that Parquet's 38 decimal digits hold. */
const SUMMED = EVERY_TYPE.replace('170141183460469231731687303715884105727', '9'.repeat(38));

describe('CSV', () => {
  test('says every type exactly; NULL and empty text stay apart', async () => {
    expect(await text(EVERY_TYPE, 'csv')).toBe(
      'i,big,small,yes,huge,minus_five,cents,tenth,nan,title,empty,day,at,at_utc,no_day,artists,none\n' +
        '42,9007199254740993,7,true,170141183460469231731687303715884105727,-5,123.45,0.1,NaN,"打上花火, ""x""","",' +
        '2017-01-01,2026-07-16T03:00:00.123456,2026-07-16T03:00:00.000001Z,,' +
        '"[{""id"":""a"",""name"":""A""},{""id"":null,""name"":""B, C""}]",[]\n',
    );
  });

  test('is read back by DuckDB as it was, for any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' }).filter((s) => !s.includes('\0'))), async (titles) => {
        const values = titles.map((title, i) => `(${i}, '${title.replaceAll("'", "''")}')`);
        const sql = `SELECT * FROM (VALUES (-1, 'x')${values.map((value) => `, ${value}`).join('')}) t(n, title) ORDER BY n`;
        const file = path.join(folder, 'titles.csv');
        await exportToFile(await answerOf(sql), 'csv', file);
        const again = await text(
          `SELECT * FROM read_csv('${file}', header = true, all_varchar = true, nullstr = '␀', quote = '"', escape = '"',
             delim = ',', new_line = '\\n', strict_mode = true, auto_detect = false, columns = {n: 'INT', title: 'VARCHAR'}) ORDER BY n`,
          'json',
        );
        expect(JSON.parse(again)).toEqual(['x', ...titles].map((title, i) => ({ n: i - 1, title })));
      }),
      { numRuns: 30 },
    );
  });
});

describe('JSON', () => {
  test('keeps what a double holds as a number and the rest as text', async () => {
    expect(JSON.parse(await text(EVERY_TYPE, 'json'))).toEqual([
      {
        i: 42,
        big: '9007199254740993',
        small: 7,
        yes: true,
        huge: '170141183460469231731687303715884105727',
        minus_five: -5,
        cents: 123.45,
        tenth: 0.1,
        nan: null,
        title: '打上花火, "x"',
        empty: '',
        day: '2017-01-01',
        at: '2026-07-16T03:00:00.123456',
        at_utc: '2026-07-16T03:00:00.000001Z',
        no_day: null,
        artists: [
          { id: 'a', name: 'A' },
          { id: null, name: 'B, C' },
        ],
        none: [],
      },
    ]);
  });

  test('is an array even of nothing, and of more than one batch', async () => {
    expect(await text('SELECT 1 AS n WHERE false', 'json')).toBe('[]\n');
    const rows = JSON.parse(await text('SELECT range AS n, 1 AS n FROM range(5000)', 'json'));
    expect(rows).toHaveLength(5000);
    expect(rows[4999]).toEqual({ n: 4999, n_1: 1 });
  });
});

describe('Arrow', () => {
  test('has DuckDB types and exact values', async () => {
    const table = await arrow(EVERY_TYPE);
    expect(Object.fromEntries(table.schema.fields.map((field) => [field.name, String(field.type)]))).toEqual({
      i: 'Int32',
      big: 'Int64',
      small: 'Int64',
      yes: 'Bool',
      huge: 'Decimal[38e0]',
      minus_five: 'Decimal[38e0]',
      cents: 'Decimal[18e+2]',
      tenth: 'Float64',
      nan: 'Float64',
      title: 'Utf8',
      empty: 'Utf8',
      day: 'Date32<DAY>',
      at: 'Timestamp<MICROSECOND>',
      at_utc: 'Timestamp<MICROSECOND, UTC>',
      no_day: 'Date32<DAY>',
      artists: 'List<Struct<{id:Utf8, name:Utf8}>>',
      none: 'List<Int32>',
    });
    const column = (name: string) => table.getChild(name)?.data[0];
    expect(column('big')?.values[0]).toBe(9007199254740993n);
    expect([...(column('huge')?.values ?? [])]).toEqual([0xffffffff, 0xffffffff, 0xffffffff, 0x7fffffff]);
    expect([...(column('minus_five')?.values ?? [])]).toEqual([0xfffffffb, 0xffffffff, 0xffffffff, 0xffffffff]);
    expect(column('at')?.values[0]).toBe(BigInt(Date.UTC(2026, 6, 16, 3)) * 1000n + 123456n);
    expect(column('day')?.values[0]).toBe(17167);
    expect(table.getChild('no_day')?.get(0)).toBeNull();
    expect(JSON.parse(JSON.stringify(table.getChild('artists')?.get(0)))).toEqual([
      { id: 'a', name: 'A' },
      { id: null, name: 'B, C' },
    ]);
  });

  test('holds nulls at the right places over several batches', async () => {
    const table = await arrow(`SELECT CASE WHEN range % 3 = 0 THEN NULL ELSE range END AS n,
      CASE WHEN range % 5 = 0 THEN NULL ELSE range % 2 = 0 END AS even FROM range(5000)`);
    expect(table.numRows).toBe(5000);
    for (let i = 0; i < 5000; i += 1) {
      expect(table.getChild('n')?.get(i)).toBe(i % 3 === 0 ? null : BigInt(i));
      expect(table.getChild('even')?.get(i)).toBe(i % 5 === 0 ? null : i % 2 === 0);
    }
  });

  test('is the stream format in a stream and the file format in a file, with the same rows', async () => {
    const sql = 'SELECT range AS n FROM range(5000)';
    const stream = await exported(sql, 'arrow');
    // A message begins with this mark, a file with its name: a pipe can't be sought in for the file's footer.
    expect(stream.readUInt32LE(0)).toBe(0xffffffff);
    expect(stream.readBigUInt64LE(stream.length - 8)).toBe(0xffffffffn);
    const file = path.join(folder, 'answer.arrow');
    expect(await exportToFile(await answerOf(sql), 'arrow', file)).toBe(5000);
    const bytes = await readFile(file);
    expect([bytes.subarray(0, 6).toString(), bytes.subarray(-6).toString()]).toEqual(['ARROW1', 'ARROW1']);
    // A file is a stream between its magics: some read it from its start and never look at its footer.
    for (const table of [tableFromIPC(stream), tableFromIPC(bytes), tableFromIPC(bytes.subarray(8))]) {
      expect([...(table.getChild('n') ?? [])]).toEqual(Array.from({ length: 5000 }, (_, n) => BigInt(n)));
    }
  });

  test('is whole even of no row', async () => {
    const table = await arrow('SELECT 1 AS n WHERE false');
    expect([table.numRows, table.schema.fields[0]?.name]).toEqual([0, 'n']);
  });

  test('ends with the sink that fails, and says why', async () => {
    const broken = exportToSink(
      await answerOf('SELECT range AS n FROM range(500000)'),
      'arrow',
      () => Promise.reject(new Error('the reader went away')),
      folder,
    );
    await expect(broken).rejects.toThrow('the reader went away');
  });
});

describe('Parquet', () => {
  test('is read back by DuckDB with the same types and values', async () => {
    const file = path.join(folder, "it's.parquet");
    const numRows = await exportToFile(await answerOf(SUMMED), 'parquet', file);
    expect(numRows).toBe(1);
    const read = `SELECT * FROM read_parquet('${file.replaceAll("'", "''")}')`;
    expect(await text(read, 'csv')).toBe(await text(SUMMED, 'csv'));
    const types = async (sql: string) => (await answerOf(sql)).columns.map((column) => column.sqlType);
    const expected = (await types(SUMMED)).map((type) => (type === 'HUGEINT' ? 'DECIMAL(38,0)' : type));
    expect(await types(read)).toEqual(expected);
  });

  test.each(['', '-'])(
    'an integer of more than 38 digits (%s) is refused by its column, and leaves no file',
    async (sign) => {
      const sql = (digits: string) => `SELECT 1 AS n, '${sign}${digits}'::HUGEINT AS "the sum"`;
      const file = path.join(folder, `huge${sign}.parquet`);
      const tooLong = `1${'0'.repeat(38)}`;
      await expect(exportToFile(await answerOf(sql(tooLong)), 'parquet', file)).rejects.toMatchObject({
        type: 'QueryFailed',
        message: expect.stringContaining(`column "the sum" holds ${sign}${tooLong}`),
        next: expect.stringContaining('::VARCHAR'),
      });
      expect((await readdir(folder)).filter((name) => name.startsWith(`huge${sign}.`))).toEqual([]);
      expect(await exportToFile(await answerOf(sql('9'.repeat(38))), 'parquet', file)).toBe(1);
    },
  );

  test('a large integer within a list, a struct or a map stays exact, or is refused', async () => {
    const nested = (digits: string) =>
      `SELECT ['${digits}'::HUGEINT, NULL] AS list, {'HUGEINT': '-${digits}'::HUGEINT} AS struct,
        MAP {'a': '${digits}'::UHUGEINT} AS map`;
    const file = path.join(folder, 'nested.parquet');
    await exportToFile(await answerOf(nested('9'.repeat(38))), 'parquet', file);
    const read = `SELECT * FROM read_parquet('${file}')`;
    expect(await text(read, 'csv')).toBe(await text(nested('9'.repeat(38)), 'csv'));
    await expect(exportToFile(await answerOf(nested(`1${'0'.repeat(38)}`)), 'parquet', file)).rejects.toMatchObject({
      type: 'QueryFailed',
    });
    expect(await text(read, 'csv')).toBe(await text(nested('9'.repeat(38)), 'csv'));
  });

  test('goes to a stream as well', async () => {
    const bytes = await exported('SELECT range AS n FROM range(3000)', 'parquet');
    expect(bytes.subarray(0, 4).toString()).toBe('PAR1');
    expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('answer-'));
  });
});

describe('a file', () => {
  test.each(['csv', 'json', 'arrow', 'parquet'] as const)(
    'that was there stays whole when a %s breaks midway',
    async (format) => {
      const file = path.join(folder, `kept.${format}`);
      await writeFile(file, 'before');
      const answer = await brokenAnswerOf('SELECT range::VARCHAR AS n FROM range(5000)', new Error('stop here'));
      await expect(exportToFile(answer, format, file)).rejects.toThrow('stop here');
      expect(await readFile(file, 'utf8')).toBe('before');
      expect((await readdir(folder)).filter((name) => name.startsWith(`kept.${format}.`))).toEqual([]);
    },
  );

  test('in a folder that is not there is an error that says so', async () => {
    const answer = await answerOf('SELECT 1');
    await expect(exportToFile(answer, 'csv', path.join(folder, 'nowhere', 'x.csv'))).rejects.toMatchObject({
      type: 'InvalidInput',
    });
  });
});

test('equal column names are told apart, also from names that look like that', () => {
  expect(distinctNames(['n', 'n', 'n_1', 'n'])).toEqual(['n', 'n_1', 'n_1_1', 'n_2']);
});

test('the engine behind the Parquet writer is the pinned one', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll('SELECT version()');
  expect(reader.getRows()).toEqual([['v1.5.5']]);
  instance.closeSync();
});
