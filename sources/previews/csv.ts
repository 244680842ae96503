/** The records of a small CSV text: RFC 4180's quotes, any of the three line ends, an optional byte order mark. */

export interface CsvRecord {
  /** The line it starts on, from 1. */
  readonly line: number;
  /** Without spaces around them. */
  readonly cells: readonly string[];
}

export interface CsvRecords {
  /** Without blank lines. */
  readonly records: readonly CsvRecord[];
  /** The line of a cell whose quotation marks don't fit, where reading ended; null where all was read. */
  readonly brokenLine: number | null;
}

export type CsvDelimiter = ',' | ';' | '\t';

export function readCsv(text: string, delimiter: CsvDelimiter): CsvRecords {
  const endOfCell = new RegExp(`${delimiter}|\r\n?|\n|$`, 'y');
  // One that begins with a quotation mark is empty, and so has no end that fits.
  const plain = new RegExp(`(?!")[^${delimiter}\r\n]*`, 'y');
  const plainCell = (start: number): Cell => {
    plain.lastIndex = start;
    const inside = plain.exec(text)?.[0] ?? '';
    return { text: inside, numLineEnds: 0, end: start + inside.length };
  };
  const endAt = (start: number): string | undefined => {
    endOfCell.lastIndex = start;
    return endOfCell.exec(text)?.[0];
  };
  const records: CsvRecord[] = [];
  let cells: string[] = [];
  let line = 1;
  let startLine = 1;
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  for (;;) {
    const quoted = quotedCell(text, at);
    // Where a cell goes on behind its marks, they are letters of it: ` "Heroes" (live)`.
    const cell = quoted !== null && endAt(quoted.end) !== undefined ? quoted : plainCell(at);
    const end = endAt(cell.end);
    if (end === undefined) return { records, brokenLine: line };
    at = cell.end + end.length;
    cells.push(cell.text.trim());
    line += cell.numLineEnds;
    if (end === delimiter) continue;
    if (cells.some((value) => value !== '')) records.push({ line: startLine, cells });
    if (end === '') return { records, brokenLine: null };
    line += 1;
    startLine = line;
    cells = [];
  }
}

interface Cell {
  readonly text: string;
  /** Within the cell. */
  readonly numLineEnds: number;
  /** Where it is over, spaces behind it included. */
  readonly end: number;
}

/**
 * What stands in quotation marks from here on; null where the first that stands here is none, or it has no end. Goes from
 * mark to mark: a pattern with a group per doubled mark needs a stack as deep as there are marks.
 */
function quotedCell(text: string, start: number): Cell | null {
  const open = pastSpaces(text, start);
  if (text[open] !== '"') return null;
  for (let close = text.indexOf('"', open + 1); close >= 0; close = text.indexOf('"', close + 2)) {
    if (text[close + 1] === '"') continue;
    const inside = text.slice(open + 1, close);
    return {
      text: inside.replaceAll('""', '"'),
      numLineEnds: inside.match(/\r\n?|\n/g)?.length ?? 0,
      end: pastSpaces(text, close + 1),
    };
  }
  return null;
}

function pastSpaces(text: string, start: number): number {
  let at = start;
  while (text[at] === ' ') at++;
  return at;
}
