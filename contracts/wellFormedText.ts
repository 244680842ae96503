/** Text from outside, such that every part of the system can hold it. */

const REPLACEMENT = '\uFFFD';

/**
 * The same text with U+FFFD for what is no character: halves of surrogate pairs, which DuckDB refuses in JSON, and NUL,
 * which DuckLake fails on within a list. Either takes everything down that is written beside it.
 */
export function wellFormedText(text: string): string {
  return text.replace(/\p{Surrogate}/gu, REPLACEMENT).replaceAll('\0', REPLACEMENT);
}
