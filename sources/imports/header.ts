/** The names of a file's columns, wherever they stand in it. */
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { CsvLayout, FileHead, ParquetLayout } from '../../contracts/imports.ts';

export interface Header {
  readonly path: string;
  readonly fileName: string;
  readonly layout: CsvLayout | ParquetLayout;
  /** Those of a CSV file without spaces around them. */
  readonly names: readonly string[];
  /** The type of each column that has no one text, such as a list; null for every other. */
  readonly unreadable: readonly (string | null)[];
  /** The first rows below it; null for a null. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Lines above the header of a CSV file, such as the note of old official exports, fill one cell at most. */
const MAX_LINES_ABOVE = 5;
/** Cells that are text or can be written as one: not lists, structs, maps, blobs. */
const PLAIN_TYPE =
  /^(?:VARCHAR|ENUM\(.*|U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|DECIMAL\(.*|BOOLEAN|DATE|TIMESTAMP.*|UUID)$/;

/** @throws ChartlifeError ImportRejected: no header. */
export function readHeader(head: FileHead): Header {
  const identity = { path: head.path, fileName: path.basename(head.path) };
  if (head.type === 'parquet') {
    return {
      ...identity,
      layout: { type: 'parquet' },
      names: head.columns.map(({ name }) => name),
      unreadable: head.columns.map(({ sqlType }) => (PLAIN_TYPE.test(sqlType) ? null : sqlType)),
      rows: head.rows,
    };
  }
  const numAbove = head.records.findIndex((record) => record.filter((cell) => cell.trim() !== '').length > 1);
  const names = head.records[numAbove]?.map((name) => name.trim());
  if (names === undefined || numAbove > MAX_LINES_ABOVE) {
    throw new ChartlifeError('ImportRejected', `${head.path} has no line with the names of columns`, {
      next: 'A chart file starts with a line such as rank,uri,artist_names,track_name,streams: check the file.',
      details: { path: head.path, firstLine: head.records[0]?.join(head.delimiter).slice(0, 200) ?? '' },
    });
  }
  return {
    ...identity,
    layout: { type: 'csv', delimiter: head.delimiter, numHeaderRecords: numAbove + 1 },
    names,
    unreadable: names.map(() => null),
    rows: head.records.slice(numAbove + 1),
  };
}

/** @throws ChartlifeError ImportRejected: a column that is needed has no one text. */
export function checkReadable(header: Header, indexes: readonly number[]): void {
  for (const index of indexes) {
    const type = header.unreadable[index];
    if (type === null || type === undefined) continue;
    throw new ChartlifeError(
      'ImportRejected',
      `column "${header.names[index]}" of ${header.path} is ${type}, not text`,
      {
        next: "Write it as text first, for example with array_to_string(column, ', ') in DuckDB.",
        details: { path: header.path, column: header.names[index] ?? '', type },
      },
    );
  }
}

/** What stands in a column of the first rows, empty cells left out. */
export function cellsOf(header: Header, index: number): string[] {
  return header.rows.flatMap((row) => {
    const cell = row[index]?.trim() ?? '';
    return cell === '' ? [] : [cell];
  });
}
