/** Columns found by the text of their headers, and the difference where they are not the ones expected. */
import type { ChartlifeError } from '../../contracts/errors.ts';
import { layoutChanged, quote } from './pageErrors.ts';
import type { Table, TableRow } from './pageReading.ts';

/** sorttable.js, which kworb uses, adds an arrow to the header of the sorted column. */
const SORT_ARROW = / ?[▾▴]$/;

/** The table's header texts with white space collapsed; null if it has no header. */
export function headerTexts(table: Table): string[] | null {
  return table.header === null ? null : rowTexts(table.header);
}

export function rowTexts(row: TableRow): string[] {
  return row.cells.map((cell) => cell.text.replace(/\s+/g, ' ').trim().replace(SORT_ARROW, ''));
}

/** Header texts by the names that the parsers give the columns; a kind of page need not have them all. */
export type ColumnHeaders<Name extends string> = Readonly<Partial<Record<Name, string>>>;

/** Where each column stands. `count` is the number of cells that a row must have. */
export interface ColumnIndex<Name extends string> {
  readonly at: Readonly<Partial<Record<Name, number>>>;
  readonly count: number;
}

/** Whether the headers are the expected ones, in any order, none missing, none else, none twice. */
export function hasColumns(found: readonly string[], expected: ColumnHeaders<string>): boolean {
  const texts = Object.values(expected);
  return found.length === texts.length && texts.every((text) => found.includes(text ?? ''));
}

/**
 * Finds every expected column.
 *
 * @throws ChartlifeError LayoutChanged, with the difference in its message and details.
 */
export function findColumns<Name extends string>(
  found: readonly string[],
  expected: ColumnHeaders<Name>,
  source: string,
): ColumnIndex<Name> {
  const entries = Object.entries<string | undefined>(expected).map(([name, text = '']) => [name, text] as const);
  if (!hasColumns(found, expected)) {
    throw headersDiffer(
      found,
      entries.map(([, text]) => text),
      source,
    );
  }
  const at = Object.fromEntries(entries.map(([name, text]) => [name, found.indexOf(text)]));
  return { at: at as Partial<Record<Name, number>>, count: found.length };
}

/** `LayoutChanged` that says which headers were expected, found, missing and unexpected. */
export function headersDiffer(found: readonly string[], expected: readonly string[], source: string): ChartlifeError {
  const missing = expected.filter((text) => !found.includes(text));
  const unexpected = found.filter((text, index) => !expected.includes(text) || found.indexOf(text) !== index);
  const list = (texts: readonly string[]): string => (texts.length === 0 ? 'none' : texts.map(quote).join(', '));
  return layoutChanged(
    source,
    `the table's headers have changed. Missing: ${list(missing)}. Unexpected: ${list(unexpected)}. ` +
      `Expected: ${list(expected)}. Found: ${list(found)}`,
    { expected, found, missing, unexpected },
  );
}
