/**
 * CSV after RFC 4180 with `\n` line ends. NULL is an empty field, empty text is `""`, so the two stay apart;
 * a list or struct is JSON within its field.
 */
import type { DuckDBValue } from '@duckdb/node-api';
import type { QueryResult } from '../query/types.ts';
import { cellText } from './cellText.ts';
import type { ByteSink } from './formats.ts';

function field(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function cell(value: DuckDBValue): string {
  return value === null ? '' : field(cellText(value));
}

/** Writes a header line and a line a row; gives the number of rows. */
export async function writeCsv(result: QueryResult, sink: ByteSink): Promise<number> {
  await sink(`${result.columns.map((column) => field(column.name)).join(',')}\n`);
  let numRows = 0;
  for await (const batch of result.batches) {
    const lines: string[] = [];
    for (let row = 0; row < batch.numRows; row += 1) {
      lines.push(`${batch.columns.map((column) => cell(column[row] ?? null)).join(',')}\n`);
    }
    numRows += batch.numRows;
    await sink(lines.join(''));
  }
  return numRows;
}
