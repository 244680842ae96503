/** The day, month or year in which Spotify's pages say that a track came out. */
import { type CalendarDate, tryParseDate } from '../../contracts/dates.ts';
import { RELEASE_DATE_PRECISIONS, type ReleaseDate, type ReleaseDatePrecision } from '../../contracts/previews.ts';
import { recordOf, textOf } from './json.ts';

/** The first sound that was recorded is of 1860: an earlier year stands for "unknown". */
const FIRST_YEAR = 1860;
const ISO_INSTANT = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?:T[\d:.]+Z?)?$/;

/**
 * Reads `{"isoString": "2016-06-13T00:00:00Z"}`, with or without a `precision`; null for anything else.
 *
 * Pages leave the precision out, and write a year that is all they know as its first of January. So that day, unstated,
 * is taken for the year: true in either case, where "the day" would often be false.
 */
export function releaseDateOf(value: unknown): ReleaseDate | null {
  const release = recordOf(value);
  const [, year, month, day] = ISO_INSTANT.exec(textOf(release?.isoString) ?? '') ?? [];
  const date = tryParseDate(`${year}-${month ?? '01'}-${day ?? '01'}`);
  if (date === null || Number(year) < FIRST_YEAR) return null;
  const written = day !== undefined ? 'day' : month !== undefined ? 'month' : 'year';
  const stated = statedPrecision(release?.precision);
  const precision = stated ?? (written === 'day' && date.endsWith('-01-01') ? 'year' : written);
  return { date: firstDayOf(date, precision), precision };
}

function statedPrecision(value: unknown): ReleaseDatePrecision | null {
  const text = textOf(value)?.toLowerCase();
  return RELEASE_DATE_PRECISIONS.find((known) => known === text) ?? null;
}

function firstDayOf(date: CalendarDate, precision: ReleaseDatePrecision): CalendarDate {
  const first = { day: date, month: `${date.slice(0, 7)}-01`, year: `${date.slice(0, 4)}-01-01` }[precision];
  return tryParseDate(first) ?? date;
}
