/** JSON from outside, read field by field: what is not of the type that was asked for is null. */

import { wellFormedText } from '../../contracts/wellFormedText.ts';

/** Of a text from outside, in UTF-16 units: titles and names are a tenth of it, and what is longer is cut here. */
export const MAX_TEXT_LENGTH = 1_000;
/** A longer address is none: servers refuse it. */
const MAX_ADDRESS_LENGTH = 8_192;

export type JsonRecord = Readonly<Record<string, unknown>>;

/** The value of a text; undefined where it is no JSON. Never says what stands in the text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The object that a value is; null for anything else. */
export function recordOf(value: unknown): JsonRecord | null {
  return isRecord(value) ? value : null;
}

/** The object under a path of keys. */
export function recordAt(value: unknown, ...path: readonly string[]): JsonRecord | null {
  return recordOf(path.reduce((inner, key) => recordOf(inner)?.[key], value));
}

export function listOf(value: unknown): readonly unknown[] | null {
  return Array.isArray(value) ? value : null;
}

/** A text with something in it, well formed (JSON may hold half a surrogate pair) and at most {@link MAX_TEXT_LENGTH} long. */
export function textOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.trim() === '') return null;
  // Cut first: the cut may go through a pair.
  return wellFormedText(value.slice(0, MAX_TEXT_LENGTH));
}

export function booleanOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** How long a track can last, in whole milliseconds. */
export function durationOf(value: unknown, msPerUnit = 1): number | null {
  const durationMs = typeof value === 'number' ? Math.round(value * msPerUnit) : 0;
  return durationMs > 0 && Number.isSafeInteger(durationMs) ? durationMs : null;
}

/** An address that can be asked as it stands. */
export function webAddressOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_ADDRESS_LENGTH || !URL.canParse(value)) return null;
  const { protocol, username, password } = new URL(value);
  return (protocol === 'https:' || protocol === 'http:') && username + password === '' ? value : null;
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
