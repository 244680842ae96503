/** Numbers and dates as people read them in tables; empty where there is none. */

/** `4,326,239`. */
export function count(value: number | null): string {
  return value === null ? '' : value.toLocaleString('en-US');
}

/** `+3,955`, `-12`, `0`. */
export function signedCount(value: number | null): string {
  if (value === null) return '';
  return `${value > 0 ? '+' : ''}${value.toLocaleString('en-US')}`;
}

/** `1 page`, `2 pages`, `1,000 pages`. */
export function plural(numThings: number, singular: string, pluralForm = `${singular}s`): string {
  return `${count(numThings)} ${numThings === 1 ? singular : pluralForm}`;
}
