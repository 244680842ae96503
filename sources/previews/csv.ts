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
  // A whole quoted cell or a plain one, and what ends it.
  const cell = new RegExp(
    `(?: *"([^"]*(?:""[^"]*)*)" *|([^"${delimiter}\r\n][^${delimiter}\r\n]*)?)(${delimiter}|\r\n?|\n|$)`,
    'y',
  );
  const records: CsvRecord[] = [];
  let cells: string[] = [];
  let line = 1;
  let startLine = 1;
  cell.lastIndex = text.startsWith('\uFEFF') ? 1 : 0;
  for (;;) {
    const match = cell.exec(text);
    if (match === null) return { records, brokenLine: line };
    const [, quoted, plain = '', end] = match;
    cells.push((quoted?.replaceAll('""', '"') ?? plain).trim());
    line += countLineEnds(quoted ?? '');
    if (end === delimiter) continue;
    if (cells.some((value) => value !== '')) records.push({ line: startLine, cells });
    if (end === '') return { records, brokenLine: null };
    line += 1;
    startLine = line;
    cells = [];
  }
}

function countLineEnds(text: string): number {
  return text.match(/\r\n?|\n/g)?.length ?? 0;
}
