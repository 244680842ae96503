/** The answer of a query as aligned columns. */
import { cellText } from '../../data/export/cellText.ts';
import type { QueryBatch, QueryColumn, QueryResult } from '../../data/query/types.ts';
import { type Output, widthOf } from '../effects.ts';
import { displayWidth, withoutControls } from './displayWidth.ts';
import { plural } from './numbers.ts';
import type { Styles } from './styles.ts';
import { renderTable, type TableColumn } from './textTable.ts';

/** Rows that a terminal gets to see; a pipe gets all. */
const MAX_ROWS_ON_TERMINAL = 100;
/** Rows that are laid out together: the columns of a longer answer may change their widths after so many. */
const ROWS_PER_LAYOUT = 10_000;

const NUMBER_TYPE = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\))$/;

/** A column of text is left out rather than cut to less than this. */
const MIN_TEXT_WIDTH = 12;
const GAP_WIDTH = 2;

export interface WrittenTable {
  /** Rows of the answer that were read. */
  readonly numRows: number;
  /** Columns at the end that the terminal has no room for. */
  readonly numColumnsHidden: number;
}

/** Lines never wrap on a terminal: columns for which there is no room are left out. */
export async function writeResultTable(result: QueryResult, stdout: Output, styles: Styles): Promise<WrittenTable> {
  let columns = result.columns.map(tableColumn);
  const width = widthOf(stdout);
  const maxRows = stdout.isTerminal ? MAX_ROWS_ON_TERMINAL : Number.POSITIVE_INFINITY;
  let waiting: string[][] = [];
  let numRows = 0;
  let isFirst = true;
  const writeOut = async (): Promise<void> => {
    if (isFirst) columns = columns.slice(0, numFitting(columns, waiting, width));
    const lines = renderTable(columns, waiting, { width, styleHeader: styles.bold, keepsEmptyColumns: true });
    const shown = isFirst ? lines : lines.slice(1);
    isFirst = false;
    waiting = [];
    await stdout.write(shown.map((line) => `${line}\n`).join(''));
  };
  try {
    for await (const batch of result.batches) {
      for (const row of rowsOf(batch)) {
        if (numRows < maxRows) waiting.push(row);
        numRows += 1;
      }
      if (numRows > maxRows) break;
      if (waiting.length >= ROWS_PER_LAYOUT) await writeOut();
    }
    if (isFirst || waiting.length > 0) await writeOut();
    if (numRows > maxRows)
      await stdout.write(styles.dim(`… more than ${plural(maxRows, 'row')}: limit it, or use --out FILE.csv\n`));
    else if (stdout.isTerminal) await stdout.write(styles.dim(`${plural(numRows, 'row')}\n`));
    return { numRows, numColumnsHidden: result.columns.length - columns.length };
  } finally {
    result.close();
  }
}

/** How many of the columns, from the first on, fit the width; one at least. */
function numFitting(columns: readonly TableColumn[], rows: readonly (readonly string[])[], width: number): number {
  let taken = -GAP_WIDTH;
  for (const [index, { header, canShrink }] of columns.entries()) {
    const widest = rows.reduce((most, row) => Math.max(most, displayWidth(row[index] ?? '')), displayWidth(header));
    taken += GAP_WIDTH + (canShrink === true ? Math.min(widest, MIN_TEXT_WIDTH) : widest);
    if (taken > width) return Math.max(1, index);
  }
  return columns.length;
}

function tableColumn({ name, sqlType }: QueryColumn): TableColumn {
  return NUMBER_TYPE.test(sqlType)
    ? { header: withoutControls(name), align: 'right' }
    : { header: withoutControls(name), canShrink: true };
}

function rowsOf(batch: QueryBatch): string[][] {
  return Array.from({ length: batch.numRows }, (_, row) =>
    batch.columns.map((column) => {
      const value = column[row] ?? null;
      return value === null ? 'NULL' : withoutControls(cellText(value));
    }),
  );
}
