/** JSON with the keys of every record in order: what says the same is the same text, and has one hash. */
import { ChartlifeError } from '../contracts/errors.ts';

/** @throws ChartlifeError InvalidInput for a number that JSON does not have: it would be the same text as null */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (typeof inner === 'number' && !Number.isFinite(inner)) throw notFinite(key, inner);
    return typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner;
  });
}

function notFinite(key: string, value: number): ChartlifeError {
  const where = key === '' ? 'the value' : `"${key}"`;
  return new ChartlifeError('InvalidInput', `${where} is ${value}, which JSON can't write`, {
    next: 'Give a finite number.',
    details: { key, value: String(value) },
  });
}
