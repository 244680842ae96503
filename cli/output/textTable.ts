/** Aligned columns for people. Machines get `--json`. */
import { displayWidth, padEnd, padStart, truncate } from './displayWidth.ts';

export interface TableColumn {
  readonly header: string;
  /** Numbers stand at the right. Default `left`. */
  readonly align?: 'left' | 'right';
  /** A column that may be cut when the terminal is narrow; others never are. */
  readonly canShrink?: boolean;
}

export interface TableOptions {
  /** The width to fit, in columns of the terminal. */
  readonly width: number;
  readonly indent?: number;
  readonly styleHeader?: (text: string) => string;
  /** Also columns whose cells are all empty. Default false. */
  readonly keepsEmptyColumns?: boolean;
}

const GAP = '  ';
const MIN_SHRUNK_WIDTH = 8;

/** The lines of a table, header first. Cells must be free of control characters; colours are allowed. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  options: TableOptions,
): string[] {
  const shown = columns
    .map((column, index) => ({ column, index }))
    .filter(({ index }) => options.keepsEmptyColumns === true || isUsed(rows, index));
  const widths = shown.map(({ column, index }) =>
    Math.max(displayWidth(column.header), ...rows.map((row) => displayWidth(row[index] ?? ''))),
  );
  const indent = ' '.repeat(options.indent ?? 0);
  shrinkToFit(
    widths,
    shown.map(({ column }) => column.canShrink === true),
    options.width - indent.length,
  );
  const line = (cells: readonly string[]): string => (indent + cells.join(GAP)).replace(/ +$/, '');
  const cell = (text: string, position: number): string => {
    const width = widths[position] ?? 0;
    const cut = truncate(text, width);
    return shown[position]?.column.align === 'right' ? padStart(cut, width) : padEnd(cut, width);
  };
  const styleHeader = options.styleHeader ?? ((text: string) => text);
  return [
    line(shown.map(({ column }, position) => styleHeader(cell(column.header, position)))),
    ...rows.map((row) => line(shown.map(({ index }, position) => cell(row[index] ?? '', position)))),
  ];
}

function isUsed(rows: readonly (readonly string[])[], index: number): boolean {
  return rows.length === 0 || rows.some((row) => (row[index] ?? '') !== '');
}

/** Takes from the widest column that may shrink, until the line fits or none can give more. */
function shrinkToFit(widths: number[], canShrink: readonly boolean[], maxWidth: number): void {
  let excess = widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1)) - maxWidth;
  while (excess > 0) {
    let widest = -1;
    for (const [position, width] of widths.entries()) {
      if (canShrink[position] && width > MIN_SHRUNK_WIDTH && width > (widths[widest] ?? 0)) widest = position;
    }
    if (widest === -1) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
}
