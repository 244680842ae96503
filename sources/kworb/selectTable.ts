/** Finds the table that holds a page's rows, whole. */
import type { ColumnHeaders } from './headers.ts';
import { hasColumns, headersDiffer, headerTexts } from './headers.ts';
import { layoutChanged, pageTruncated, quote } from './pageErrors.ts';
import type { PageReading, Table } from './pageReading.ts';

/**
 * The table whose headers are the expected ones; else the one that shares most of them, for its difference to be
 * reported.
 *
 * @throws ChartlifeError PageTruncated if the page ends before the table does; LayoutChanged if there is no table, or
 *   more than one.
 */
export function selectTable(reading: PageReading, expected: ColumnHeaders<string>, source: string): Table {
  const texts = Object.values(expected).map((text = '') => text);
  const shared = (table: Table): number => (headerTexts(table) ?? []).filter((text) => texts.includes(text)).length;
  const whole = reading.tables.filter((table) => hasColumns(headerTexts(table) ?? [], expected));
  if (whole.length > 1) throw layoutChanged(source, `${whole.length} tables have the same headers, not 1`);
  const table =
    whole[0] ?? reading.tables.reduce<Table | undefined>((a, b) => (a && shared(a) >= shared(b) ? a : b), undefined);
  if (table === undefined || shared(table) === 0) {
    refuseTruncated(reading, source);
    throw headersDiffer(
      reading.tables.flatMap((other) => headerTexts(other) ?? []),
      texts,
      source,
    );
  }
  refuseOpenTable(table, source);
  refuseStrayParts(reading, source);
  return table;
}

/** @throws ChartlifeError PageTruncated if the table's closing tag is missing. */
export function refuseOpenTable(table: Table, source: string): void {
  if (table.isClosed) return;
  throw pageTruncated(source, `the page ends before its table does, after ${table.rows.length} rows`);
}

/** @throws ChartlifeError PageTruncated if the page has neither the table nor an end. */
function refuseTruncated(reading: PageReading, source: string): void {
  const open = reading.tables.find((table) => !table.isClosed);
  if (open !== undefined) refuseOpenTable(open, source);
  if (reading.hasDocumentEnd) return;
  if (reading.hasDocumentStart || reading.tables.length === 0) {
    throw pageTruncated(source, 'the page ends before its table begins');
  }
}

/** @throws ChartlifeError LayoutChanged if a cell stands in no table, or text in no cell: rows may be lost. */
export function refuseStrayParts(reading: PageReading, source: string): void {
  if (reading.strayText !== null)
    throw layoutChanged(source, `${quote(reading.strayText)} stands in a table but in no cell`);
  if (reading.hasStrayCell) throw layoutChanged(source, 'a cell stands outside the table');
}
