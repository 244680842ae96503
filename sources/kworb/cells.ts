/**
 * The numbers in kworb's cells, by exact grammar: a text that is not of the form stands for a change of the page, and
 * is never guessed at. All functions are given trimmed text that is not empty.
 */
import type { Movement } from '../../contracts/pages.ts';

const COMMA = 44;
const ZERO = 48;
const NINE = 57;

/** `0`, `2053`, `1,234,567`; NaN for anything else. Days and ranks come without commas, streams with them. */
export function parseCount(text: string): number {
  return parseDigits(text, 0, text.length);
}

/** As {@link parseCount}, but not 0: ranks, peaks, periods. */
export function parsePositiveCount(text: string): number {
  const count = parseCount(text);
  return count === 0 ? Number.NaN : count;
}

/** `+3,955`, `-4,638`, and `0` with or without a sign; NaN for anything else. */
export function parseSignedCount(text: string): number {
  const sign = text[0];
  if (sign === '+') return parseDigits(text, 1, text.length);
  // Minus zero would not equal zero where it is compared by Object.is.
  if (sign === '-') return 0 - parseDigits(text, 1, text.length);
  return text === '0' ? 0 : Number.NaN;
}

/** `(x777)`; NaN for anything else. */
export function parseTimes(text: string): number {
  if (!text.startsWith('(x') || !text.endsWith(')')) return Number.NaN;
  const count = parseDigits(text, 2, text.length - 1);
  return count === 0 ? Number.NaN : count;
}

/** `=`, `+3`, `-12`, `NEW`, `RE`; null for anything else. */
export function parseMovement(text: string): Movement | null {
  if (text === '=') return 0;
  if (text === 'NEW') return 'new';
  if (text === 'RE') return 're-entry';
  const places = parseSignedCount(text);
  return Number.isNaN(places) || places === 0 ? null : places;
}

/** Digits from `start` to `end`, with commas at every third place or with none. */
function parseDigits(text: string, start: number, end: number): number {
  const numChars = end - start;
  if (numChars < 1 || numChars > 24) return Number.NaN;
  if (text.charCodeAt(start) === ZERO) return numChars === 1 ? 0 : Number.NaN;
  const isGrouped = numChars > 3 && text.charCodeAt(end - 4) === COMMA;
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const code = text.charCodeAt(index);
    if (isGrouped && (end - index) % 4 === 0) {
      if (code !== COMMA || index === start) return Number.NaN;
    } else if (code >= ZERO && code <= NINE) {
      value = value * 10 + (code - ZERO);
    } else {
      return Number.NaN;
    }
  }
  return Number.isSafeInteger(value) ? value : Number.NaN;
}
