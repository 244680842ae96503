/**
 * Parquet, written by DuckDB itself: the answer's batches go into an engine of their own, because the one that ran a
 * person's SQL may write nothing. What doesn't fit in memory spills beside the file.
 */
import { DuckDBDataChunk, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { QueryResult } from '../query/types.ts';
import { distinctNames } from './formats.ts';

function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The digits of Parquet's widest exact number. */
const MAX_DIGITS = 38;
const TOO_LARGE = 10n ** BigInt(MAX_DIGITS);

/**
 * Parquet has no 128-bit integer, and DuckDB would round each to a double without a word, also one inside a list or a
 * struct. The type with decimals in their place; the same text where there is none.
 */
function withoutHugeIntegers(sqlType: string): string {
  // Names of a struct's fields stand in quotation marks, and may be called anything.
  return sqlType.replace(/"(?:[^"]|"")*"|'(?:[^']|'')*'|\bU?HUGEINT\b/g, (part) =>
    /^["']/.test(part) ? part : `DECIMAL(${MAX_DIGITS}, 0)`,
  );
}

/** Parquet has no 128-bit integer: DuckDB would round it to a double, and its cast to a decimal does not name the column. */
function expectFits(name: string, values: readonly DuckDBValue[]): void {
  for (const value of values) {
    if (typeof value !== 'bigint' || (value < TOO_LARGE && value > -TOO_LARGE)) continue;
    throw new ChartlifeError(
      'QueryFailed',
      `column ${sqlName(name)} holds ${value}, which has more than the ${MAX_DIGITS} digits that Parquet can hold`,
      {
        next: `Cast it, as in \`${sqlName(name)}::VARCHAR\` or \`::DOUBLE\`, or export CSV or JSON.`,
        details: { column: name, value: String(value) },
      },
    );
  }
}

/** Of integers inside a list or a struct, which only the cast finds. */
function throwIfTooLarge(error: unknown): never {
  const message = error instanceof Error ? error.message : String(error);
  if (!message.startsWith('Conversion Error')) throw error;
  throw new ChartlifeError('QueryFailed', `an integer has more digits than Parquet can hold: ${message}`, {
    next: 'Cast it to VARCHAR or DOUBLE, or export CSV or JSON.',
    cause: error,
  });
}

/**
 * Writes the file (over one that is there); gives the number of rows.
 *
 * @throws ChartlifeError QueryFailed: an integer that Parquet cannot hold.
 */
export async function writeParquet(result: QueryResult, filePath: string): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:', { temp_directory: `${filePath}.spill` });
  try {
    const connection = await instance.connect();
    const names = distinctNames(result.columns.map((column) => column.name));
    const definitions = result.columns.map((column, i) => `${sqlName(names[i] ?? '')} ${column.sqlType}`);
    await connection.run(`CREATE TABLE answer (${definitions.join(', ')})`);
    const types = result.columns.map((column) => column.type);
    const appender = await connection.createAppender('answer');
    let numRows = 0;
    for await (const batch of result.batches) {
      result.columns.forEach(({ name, sqlType }, i) => {
        if (sqlType === 'HUGEINT' || sqlType === 'UHUGEINT') expectFits(name, batch.columns[i] ?? []);
      });
      const chunk = DuckDBDataChunk.create(types, batch.numRows);
      chunk.setColumns(batch.columns);
      appender.appendDataChunk(chunk);
      numRows += batch.numRows;
    }
    appender.closeSync();
    // HUGEINT is the type of every sum of streams.
    const selection = result.columns.map(({ sqlType }, i) => {
      const name = sqlName(names[i] ?? '');
      const exactType = withoutHugeIntegers(sqlType);
      return exactType === sqlType ? name : `${name}::${exactType} AS ${name}`;
    });
    await connection
      .run(
        `COPY (SELECT ${selection.join(', ')} FROM answer)
         TO '${filePath.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`,
      )
      .catch(throwIfTooLarge);
    connection.closeSync();
    return numRows;
  } finally {
    instance.closeSync();
  }
}
