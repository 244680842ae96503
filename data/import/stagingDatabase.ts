/**
 * The engine in which an import is prepared: a DuckDB database of its own in the staging folder, so that neither the
 * lake's memory nor its connection is touched before everything is known to be sound.
 */
import path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { REGIONS_BY_NAME } from '../../contracts/regions.ts';
import { sqlText } from '../lake/sqlText.ts';
import { type PlainRow, readRows } from '../lake/values.ts';
import { STAGING_TABLES } from './rowSql.ts';
import { TRACK_TABLES } from './trackSql.ts';

export interface StagingDatabase {
  readonly folder: string;
  run(sql: string): Promise<number>;
  rows(sql: string): Promise<PlainRow[]>;
  /** The first column of a query, of type UINTEGER: four bytes for each value, however many there are. */
  numbers(sql: string): Promise<Uint32Array>;
  /** How much of the statement that runs now is done, from 0 to 1, as far as DuckDB can tell. */
  shareDone(): number;
  /** Stops what runs and frees the engine's files. */
  close(): void;
}

export async function openStagingDatabase(folder: string, memoryLimitMb: number): Promise<StagingDatabase> {
  const instance = await DuckDBInstance.create(path.join(folder, 'staging.duckdb'), {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    memory_limit: `${memoryLimitMb}MB`,
    temp_directory: path.join(folder, 'spill'),
    // Rows carry their file and line: their order says nothing, and keeping it costs memory.
    preserve_insertion_order: 'false',
  });
  let connection: DuckDBConnection | undefined;
  try {
    connection = await instance.connect();
    await connection.run(`SET TimeZone = 'UTC'`);
    // It would compute what only a few rows need, such as the slow second look at a cell, for every row.
    await connection.run(`SET disabled_optimizers = 'common_subexpressions'`);
    await connection.run('SET enable_progress_bar = true');
    await connection.run('SET enable_progress_bar_print = false');
    await connection.run(STAGING_TABLES + TRACK_TABLES);
    const names = [...REGIONS_BY_NAME].map(([name, region]) => `(${sqlText(name)}, ${sqlText(region)})`);
    await connection.run(`INSERT INTO region_name VALUES ${names.join(', ')}`);
  } catch (error) {
    connection?.closeSync();
    instance.closeSync();
    throw error;
  }
  const open = connection;
  return {
    folder,
    run: async (sql) => (await open.run(sql)).rowsChanged,
    rows: (sql) => readRows(open, sql),
    numbers: (sql) => readNumbers(open, sql),
    shareDone: () => Math.min(1, Math.max(0, open.progress.percentage / 100)),
    close: () => {
      open.closeSync();
      instance.closeSync();
    },
  };
}

async function readNumbers(connection: DuckDBConnection, sql: string): Promise<Uint32Array> {
  const result = await connection.stream(sql);
  let numbers = new Uint32Array(1024);
  let length = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return numbers.subarray(0, length);
    if (length + chunk.rowCount > numbers.length) {
      const larger = new Uint32Array(2 * (length + chunk.rowCount));
      larger.set(numbers);
      numbers = larger;
    }
    for (const value of chunk.getColumnValues(0)) numbers[length++] = Number(value);
  }
}
