/**
 * DuckDB's values as text: exact, and the same for CSV, JSON and a table on the screen.
 *
 * Dates are `YYYY-MM-DD`, instants ISO 8601 with as many digits as they have (a zoned one ends in Z). An integer or
 * decimal beyond what a JSON reader's double holds exactly becomes text in JSON; NaN and the infinities, which JSON
 * cannot say, become null there.
 */
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
  DuckDBVariantValue,
} from '@duckdb/node-api';

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
/** Every decimal of at most 15 digits survives the way through a double. */
const DOUBLE_DIGITS = 15;

function isSafe(value: bigint): boolean {
  return value <= MAX_SAFE && value >= -MAX_SAFE;
}

/** `2026-07-16 03:00:00` to `2026-07-16T03:00:00`; `infinity` stays as it is. */
function isoInstant(text: string, suffix: string): string {
  return /^\S+ \d/.test(text) ? `${text.replace(' ', 'T')}${suffix}` : text;
}

/** A zoned instant in UTC, whatever zone the process runs in. */
function zonedInstantText(value: DuckDBTimestampTZValue): string {
  return isoInstant(new DuckDBTimestampValue(value.micros).toString(), 'Z');
}

function isNested(value: DuckDBValue): boolean {
  return (
    value instanceof DuckDBListValue ||
    value instanceof DuckDBArrayValue ||
    value instanceof DuckDBStructValue ||
    value instanceof DuckDBMapValue
  );
}

/** One cell as a person or a CSV reader sees it; a list or struct as JSON. NULL is for the caller to show. */
export function cellText(value: Exclude<DuckDBValue, null>): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (isNested(value)) return jsonText(value);
  if (value instanceof DuckDBUnionValue) return value.value === null ? '' : cellText(value.value);
  if (value instanceof DuckDBVariantValue) return jsonText(value);
  if (value instanceof DuckDBTimestampTZValue) return zonedInstantText(value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex');
  if (
    value instanceof DuckDBTimestampValue ||
    value instanceof DuckDBTimestampSecondsValue ||
    value instanceof DuckDBTimestampMillisecondsValue ||
    value instanceof DuckDBTimestampNanosecondsValue
  ) {
    return isoInstant(value.toString(), '');
  }
  return value.toString();
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return 'Infinity';
  return value === Number.NEGATIVE_INFINITY ? '-Infinity' : String(Object.is(value, -0) ? 0 : value);
}

/** One value as JSON text. */
export function jsonText(value: DuckDBValue): string {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? numberText(value) : 'null';
  if (typeof value === 'bigint') return isSafe(value) ? String(value) : `"${value}"`;
  if (value instanceof DuckDBDecimalValue) {
    const digits = value.value.toString().replace('-', '').length;
    return digits <= DOUBLE_DIGITS ? value.toString() : `"${value.toString()}"`;
  }
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return `[${value.items.map(jsonText).join(',')}]`;
  }
  if (value instanceof DuckDBStructValue) {
    const fields = Object.entries(value.entries).map(([key, entry]) => `${JSON.stringify(key)}:${jsonText(entry)}`);
    return `{${fields.join(',')}}`;
  }
  if (value instanceof DuckDBMapValue) {
    // JSON's keys are text; a map's need not be.
    const fields = value.entries.map(
      ({ key, value: entry }) => `${JSON.stringify(key === null ? 'null' : cellText(key))}:${jsonText(entry)}`,
    );
    return `{${fields.join(',')}}`;
  }
  if (value instanceof DuckDBUnionValue) return jsonText(value.value);
  if (value instanceof DuckDBVariantValue) return jsonText(value.value);
  return JSON.stringify(cellText(value));
}
