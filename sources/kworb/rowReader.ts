/** Goes through a table's rows and reads their cells by column name, with an error that names the cell's place. */
import type { ChartlifeError } from '../../contracts/errors.ts';
import { parseCount, parsePositiveCount, parseSignedCount, parseTimes } from './cells.ts';
import type { ColumnHeaders, ColumnIndex } from './headers.ts';
import type { CellPlace } from './pageErrors.ts';
import { badCell, layoutChanged, pageTruncated, quote } from './pageErrors.ts';
import type { Table, TableRow, TextRun } from './pageReading.ts';

/**
 * A table's row, seen to be whole.
 *
 * @param index From 0.
 * @throws ChartlifeError LayoutChanged if it does not fit; PageTruncated if it is the last one and the table was not closed.
 */
export function checkRow(table: Table, index: number, numColumns: number, source: string): TableRow {
  const row = table.rows[index];
  if (row === undefined) throw new RangeError(`no row ${index}`);
  if (row.problem !== null) {
    throw layoutChanged(source, `row ${index + 1} cannot be read: ${quote(row.problem)}`, { row: index + 1 });
  }
  if (row.cells.length === numColumns) return row;
  const counts = `row ${index + 1} has ${row.cells.length} cells, not ${numColumns}`;
  if (row.cells.length < numColumns && index === table.rows.length - 1 && !table.isClosed) {
    throw pageTruncated(source, `the page was cut: the last ${counts}`);
  }
  throw layoutChanged(source, counts, { row: index + 1 });
}

export class RowReader<Name extends string> {
  readonly #table: Table;
  readonly #columns: ColumnIndex<Name>;
  readonly #headers: ColumnHeaders<Name>;
  readonly #source: string;
  #cells: readonly TextRun[] = [];
  #row = 0;

  constructor(table: Table, columns: ColumnIndex<Name>, headers: ColumnHeaders<Name>, source: string) {
    this.#table = table;
    this.#columns = columns;
    this.#headers = headers;
    this.#source = source;
  }

  /** Steps to a row, from 0. */
  moveTo(index: number): void {
    this.#cells = checkRow(this.#table, index, this.#columns.count, this.#source).cells;
    this.#row = index + 1;
  }

  run(column: Name): TextRun {
    const cell = this.#cells[this.#columns.at[column] ?? -1];
    if (cell === undefined) throw new RangeError(`no column ${column}`);
    return cell;
  }

  text(column: Name): string {
    return this.run(column).text.trim();
  }

  /** A whole number, 0 included; null where the cell is empty. */
  count(column: Name): number | null {
    return this.#number(column, parseCount, 'a whole number such as 1,234');
  }

  /** A whole number from 1; null where the cell is empty. */
  positiveCount(column: Name): number | null {
    return this.#number(column, parsePositiveCount, 'a whole number from 1, such as 12');
  }

  /** A change: signed, or 0; null where the cell is empty. */
  change(column: Name): number | null {
    return this.#number(column, parseSignedCount, 'a change such as +3,955, -4,638 or 0');
  }

  /** `(x12)`; null where the cell is empty. */
  times(column: Name): number | null {
    return this.#number(column, parseTimes, 'a number of times such as (x12)');
  }

  place(column: Name): CellPlace {
    return { source: this.#source, row: this.#row, column: this.#headers[column] ?? column };
  }

  /** `LayoutChanged` for the current row's cell; `expected` completes the phrase "… is not". */
  fail(column: Name, expected: string): ChartlifeError {
    return badCell(this.place(column), this.run(column).text, expected);
  }

  #number(column: Name, parse: (text: string) => number, expected: string): number | null {
    const text = this.text(column);
    if (text === '') return null;
    const value = parse(text);
    if (Number.isNaN(value)) throw this.fail(column, expected);
    return value;
  }
}

/** Ranks as they are read: each between 1 and the number of rows, none twice, so that all together are 1..n. */
export class RankCheck {
  readonly #seen: Uint8Array;

  constructor(numRows: number) {
    this.#seen = new Uint8Array(numRows + 1);
  }

  /** @throws ChartlifeError LayoutChanged if the cell is empty, out of range, or a rank that came before. */
  read<Name extends string>(reader: RowReader<Name>, column: Name): number {
    const numRows = this.#seen.length - 1;
    const rank = reader.positiveCount(column);
    if (rank === null || rank > numRows) throw reader.fail(column, `a rank of 1 to ${numRows}, the number of rows`);
    if (this.#seen[rank] === 1) throw reader.fail(column, 'a rank that no row before has');
    this.#seen[rank] = 1;
    return rank;
  }
}
