/** JSON from outside, read field by field: what is not of the type that was asked for is null. */

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

/** A text with something in it. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
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
  const text = textOf(value);
  if (text === null || !URL.canParse(text)) return null;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'https:' || protocol === 'http:') && username + password === '' ? text : null;
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
