/** A file whose rows go through a statement into a staging table. */
import type { CsvLayout, ParquetLayout } from '../../contracts/imports.ts';

export interface RowFile {
  readonly fileIndex: number;
  readonly path: string;
  readonly sizeBytes: number;
  readonly layout: CsvLayout | ParquetLayout;
  readonly columnNames: readonly string[];
  /** Places of the columns that the statement reads. */
  readonly usedColumns: readonly number[];
  /** Stages the rows of a source with `file_index`, `line` and the used columns as `c0`, `c1`, ... of type VARCHAR. */
  readonly statement: (source: string) => string;
  /** Files of one kind have the same delimiter, columns and statement: they are read together. */
  readonly kind: string;
}

export interface CsvRowFile extends RowFile {
  readonly layout: CsvLayout;
}

export function isCsv(file: RowFile): file is CsvRowFile {
  return file.layout.type === 'csv';
}

export interface ReadingEvents {
  /** After each block: bytes of the stored file so far, and its rows. */
  readonly onProgress: (fileIndex: number, numBytes: number, numRows: number) => void;
  readonly onFileRead: (fileIndex: number, sha256: string, numRows: number) => void;
}
