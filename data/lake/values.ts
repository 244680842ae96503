/** DuckDB's values as plain ones: dates as `YYYY-MM-DD`, instants as ISO 8601, big integers as safe numbers. */
import {
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  type DuckDBResultReader,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { ChartlifeError } from '../../contracts/errors.ts';

export type PlainValue =
  | string
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue };
export type PlainRow = Readonly<Record<string, PlainValue>>;

/** A 64-bit count as a number. @throws ChartlifeError LakeUnusable above 2^53 - 1, where numbers stop being exact. */
export function toSafeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) {
    throw new ChartlifeError('LakeUnusable', `the lake holds ${value}, which is above 2^53 - 1`, {
      next: 'No stream count is that large: find the row with `chartlife sql` and report where it came from.',
      details: { value: value.toString() },
    });
  }
  return Number(value);
}

export function toPlain(value: DuckDBValue): PlainValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  if (typeof value === 'bigint') return toSafeNumber(value);
  if (value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    return new Date(Number(value.micros / 1000n)).toISOString();
  }
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBListValue) return value.items.map(toPlain);
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([key, entry]) => [key, toPlain(entry)]));
  }
  throw new TypeError(`the lake's own code reads no value of type ${value.constructor.name}`);
}

export type SqlParameters = DuckDBValue[] | Record<string, DuckDBValue>;

/** All rows of an answer, as plain values. */
export function plainRows(reader: DuckDBResultReader): PlainRow[] {
  return reader.getRowObjects().map((row) => {
    const plain: Record<string, PlainValue> = {};
    for (const [name, value] of Object.entries(row)) plain[name] = toPlain(value);
    return plain;
  });
}

/** All rows of a query, as plain values. */
export async function readRows(
  connection: DuckDBConnection,
  sql: string,
  parameters?: SqlParameters,
): Promise<PlainRow[]> {
  return plainRows(await connection.runAndReadAll(sql, parameters));
}

function wrongType(row: PlainRow, column: string, wanted: string): TypeError {
  return new TypeError(`column ${column} is ${JSON.stringify(row[column])}, not ${wanted}`);
}

/** A column that is never null and holds text (dates and instants too). */
export function textOf(row: PlainRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw wrongType(row, column, 'text');
  return value;
}

export function textOrNullOf(row: PlainRow, column: string): string | null {
  return row[column] === null ? null : textOf(row, column);
}

export function numberOf(row: PlainRow, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw wrongType(row, column, 'a number');
  return value;
}

export function numberOrNullOf(row: PlainRow, column: string): number | null {
  return row[column] === null ? null : numberOf(row, column);
}

export function booleanOf(row: PlainRow, column: string): boolean {
  const value = row[column];
  if (typeof value !== 'boolean') throw wrongType(row, column, 'true or false');
  return value;
}
