/**
 * Calendar dates without a clock or a time zone. A chart date is the page's own, never the clock's.
 * Weeks of weekly charts run Friday to Thursday and are named by the Thursday that ends them.
 */
import { ChartlifeError } from './errors.ts';

declare const brand: unique symbol;
/** A calendar day as `YYYY-MM-DD`, known to exist. Compares rightly as a string. */
export type CalendarDate = string & { readonly [brand]: 'CalendarDate' };

const MS_PER_DAY = 86_400_000;
const DATE = /^(\d{4})[-/](\d{2})[-/](\d{2})$/;

/** A date from `YYYY-MM-DD` or kworb's `YYYY/MM/DD`; null if there is no such day. */
export function tryParseDate(value: string): CalendarDate | null {
  const match = DATE.exec(value.trim());
  if (match === null) return null;
  const text = `${match[1]}-${match[2]}-${match[3]}`;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? null : (text as CalendarDate);
}

/** As {@link tryParseDate}; throws `InvalidInput` where that gives null. */
export function parseDate(value: string): CalendarDate {
  const date = tryParseDate(value);
  if (date === null) {
    throw new ChartlifeError('InvalidInput', `"${value}" is not a date`, {
      next: 'Give a day that exists as YYYY-MM-DD.',
      details: { value },
    });
  }
  return date;
}

/** Whole days since 1970-01-01. */
export function toEpochDay(date: CalendarDate): number {
  return Date.parse(`${date}T00:00:00Z`) / MS_PER_DAY;
}

export function fromEpochDay(epochDay: number): CalendarDate {
  return new Date(epochDay * MS_PER_DAY).toISOString().slice(0, 10) as CalendarDate;
}

export function addDays(date: CalendarDate, numDays: number): CalendarDate {
  return fromEpochDay(toEpochDay(date) + numDays);
}

/** Days from `from` to `to`; negative if `to` is earlier. */
export function daysBetween(from: CalendarDate, to: CalendarDate): number {
  return toEpochDay(to) - toEpochDay(from);
}

/** Every day from `first` to `last`, both included. */
export function dateRange(first: CalendarDate, last: CalendarDate): CalendarDate[] {
  const start = toEpochDay(first);
  return Array.from({ length: Math.max(0, daysBetween(first, last) + 1) }, (_, i) => fromEpochDay(start + i));
}

/** The Thursday that ends the Friday-to-Thursday chart week of a day. */
export function endOfChartWeek(date: CalendarDate): CalendarDate {
  const epochDay = toEpochDay(date);
  // 1970-01-01 was a Thursday, so Thursdays are the multiples of 7.
  return fromEpochDay(Math.ceil(epochDay / 7) * 7);
}

/** The UTC calendar day of an instant given in milliseconds since the epoch. */
export function dateOfInstant(epochMs: number): CalendarDate {
  return fromEpochDay(Math.floor(epochMs / MS_PER_DAY));
}
