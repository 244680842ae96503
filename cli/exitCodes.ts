/** What the shell learns: 0, 1, 130 and the codes of the closed list of errors. */
import { ERROR_TYPES } from '../contracts/errors.ts';

export const EXIT_DONE = 0;
export const EXIT_UNEXPECTED = 1;
/** As shells count it: 128 + SIGINT. */
export const EXIT_INTERRUPTED = 130;

const GAP = '  ';

/** The exit codes in order with what they mean, made from the list of errors itself, wrapped to a width. */
export function describeExitCodes(width: number): string[] {
  const byCode = new Map<number, string[]>([
    [EXIT_DONE, ['done']],
    [EXIT_UNEXPECTED, ['unexpected: a defect in chartlife']],
    [EXIT_INTERRUPTED, ['interrupted (Ctrl-C)']],
  ]);
  for (const [type, { exitCode }] of Object.entries(ERROR_TYPES)) {
    byCode.set(exitCode, [...(byCode.get(exitCode) ?? []), type]);
  }
  const codeWidth = String(EXIT_INTERRUPTED).length;
  return [...byCode]
    .sort(([a], [b]) => a - b)
    .flatMap(([code, meanings]) => {
      const lines = wrapList(meanings, width - codeWidth - GAP.length);
      return lines.map((line, index) => `${(index === 0 ? String(code) : '').padStart(codeWidth)}${GAP}${line}`);
    });
}

/** What each code tells in a few words; the types of errors stand in the program's own help. */
const SHORT_MEANINGS: Readonly<Record<number, string>> = {
  [EXIT_DONE]: 'done',
  [EXIT_UNEXPECTED]: 'a defect',
  2: 'wrong input',
  3: 'a page or file does not fit',
  4: 'the source does not answer',
  5: 'a check failed',
  6: 'the lake',
  7: 'disk full',
  8: 'set-up or server',
  9: 'training',
  [EXIT_INTERRUPTED]: 'interrupted',
};

/** The codes that only some verbs give, beside done, defect, wrong input and interrupted. */
export const OWN_EXIT_CODES: Readonly<Record<string, readonly number[]>> = {
  demo: [5, 6, 7, 8, 9],
  up: [6, 7, 8],
  ingest: [3, 4, 5, 6, 7, 8],
  schedule: [8],
  backfill: [3, 5, 6, 7, 8],
  status: [6, 8],
  doctor: [8],
  sql: [6, 7, 8],
  snapshot: [6, 7, 8],
  import: [3, 6, 7, 8],
  parse: [3],
  audio: [3, 4, 5, 6, 7, 8],
  model: [6, 7, 8, 9],
  train: [5, 6, 7, 8, 9],
  forecast: [6, 7, 8, 9],
  runs: [5, 6, 7, 8, 9],
};

/** The codes of one verb, in two or three lines. */
export function describeExitCodesOf(verb: string, width: number): string[] {
  const codes = [EXIT_DONE, EXIT_UNEXPECTED, 2, ...(OWN_EXIT_CODES[verb] ?? []), EXIT_INTERRUPTED];
  return wrapList(
    codes.map((code) => `${code} ${SHORT_MEANINGS[code]}`),
    width,
  );
}

function wrapList(items: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [index, item] of items.entries()) {
    const text = index < items.length - 1 ? `${item},` : item;
    if (line !== '' && line.length + 1 + text.length > width) {
      lines.push(line);
      line = text;
    } else {
      line = line === '' ? text : `${line} ${text}`;
    }
  }
  return [...lines, line];
}
