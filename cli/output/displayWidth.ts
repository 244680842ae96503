/** How many columns of a terminal a text takes: CJK and emoji take two, marks and controls none. */

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' });
const NO_WIDTH = /^[\p{Control}\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;
const TWO_COLUMNS =
  /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}])/u;
const ESCAPE_SEQUENCE = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

export function stripStyles(text: string): string {
  return text.replace(ESCAPE_SEQUENCE, '');
}

/** Text from outside for a terminal: control characters (line breaks, escape sequences) show as `·`. */
export function withoutControls(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(/\p{Control}/gu, '·');
}

/** Printable ASCII: each takes one column, and most of what is shown is nothing else. */
const PLAIN = /^[ -~]*$/;

/** Columns of a text; colour codes take none. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  const plain = stripStyles(text);
  let width = 0;
  for (const { segment } of SEGMENTER.segment(plain)) width += graphemeWidth(segment);
  return width;
}

/** The text, cut to at most `maxWidth` columns; what was cut shows as `…`. Colour codes are dropped from a cut text. */
export function truncate(text: string, maxWidth: number): string {
  if (displayWidth(text) <= maxWidth) return text;
  let kept = '';
  let width = 0;
  for (const { segment } of SEGMENTER.segment(stripStyles(text))) {
    const segmentWidth = graphemeWidth(segment);
    if (width + segmentWidth > maxWidth - 1) break;
    kept += segment;
    width += segmentWidth;
  }
  return `${kept}…`;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

function graphemeWidth(grapheme: string): number {
  if (NO_WIDTH.test(grapheme)) return 0;
  return TWO_COLUMNS.test(grapheme) ? 2 : 1;
}

/** Breaks a text at spaces into lines of at most `width` columns; a word that is longer stands alone. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** The same, each line after so many spaces. */
export function indented(text: string, numSpaces: number, width: number): string[] {
  return wrapWords(text, width - numSpaces).map((line) => ' '.repeat(numSpaces) + line);
}
