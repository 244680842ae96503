/** Which of a track page's tables holds weeks and which days: nothing on the page says so. */
import { toEpochDay } from '../../contracts/dates.ts';
import { layoutChanged } from './pageErrors.ts';
import type { TrackTable } from './trackTable.ts';

export interface TrackTables {
  readonly weekly: TrackTable | null;
  readonly daily: TrackTable | null;
}

const DAYS_PER_WEEK = 7;
/** The daily table goes back about a month. */
const DAILY_TABLE_SPAN_DAYS = 31;
/** There are no daily charts before. Weeks go back to 2013, with other weekdays than today's. */
const FIRST_DAILY_CHART = '2017-01-01';
/** The nearest that two weeks' ends ever were. */
const MIN_DAYS_BETWEEN_WEEKS = 4;

/**
 * Tells by the distances between dates, not by the order of the tables. Weeks lie a multiple of 7 days apart (but for
 * the rare times when Spotify moved the week's end), days mostly 1. A few dates a week apart prove nothing, as a track
 * may be on the daily charts of a few Thursdays alone; then the other table, the size of the streams and the weekday
 * decide, and only then kworb's own order, weeks first.
 *
 * @param tables One or two.
 * @throws ChartlifeError LayoutChanged if both are of one kind.
 */
export function tellApart(tables: readonly TrackTable[], source: string): TrackTables {
  const [first, second] = tables;
  if (first === undefined) return { weekly: null, daily: null };
  const firstIs = kindByDates(first);
  if (second === undefined) {
    const isWeekly = firstIs === 'weekly' || (firstIs === null && isThursdays(first));
    return isWeekly ? { weekly: first, daily: null } : { weekly: null, daily: first };
  }
  const secondIs = kindByDates(second);
  if (firstIs !== null && firstIs === secondIs) {
    throw layoutChanged(source, `both tables look ${firstIs} by their dates`);
  }
  const isFirstWeekly =
    firstIs === 'weekly' ||
    secondIs === 'daily' ||
    (firstIs === null &&
      secondIs === null &&
      (hasMoreStreams(first, second) ?? (isThursdays(first) || !isThursdays(second))));
  return isFirstWeekly ? { weekly: first, daily: second } : { weekly: second, daily: first };
}

/** null if there are too few dates to tell. */
function kindByDates(table: TrackTable): 'weekly' | 'daily' | null {
  if (table.dates.some((date) => date < FIRST_DAILY_CHART)) return 'weekly';
  const epochDays = table.dates.map(toEpochDay).sort((a, b) => a - b);
  const distances = epochDays.slice(1).map((day, index) => day - (epochDays[index] ?? day));
  if (distances.length === 0) return null;
  const numWholeWeeks = distances.filter((distance) => distance % DAYS_PER_WEEK === 0).length;
  if (numWholeWeeks * 2 < distances.length) return 'daily';
  const spanDays = distances.reduce((sum, distance) => sum + distance, 0);
  if (spanDays > DAILY_TABLE_SPAN_DAYS) return 'weekly';
  return Math.min(...distances) >= MIN_DAYS_BETWEEN_WEEKS ? null : 'daily';
}

/** Whether a period has more streams in the first table than on its last day in the second; null if none is in both. */
function hasMoreStreams(first: TrackTable, second: TrackTable): boolean | null {
  for (const { date, region, streams } of first.periods) {
    const other = second.periods.find((period) => period.date === date && period.region === region);
    if (streams === null || other === undefined || other.streams === null || other.streams === streams) continue;
    return streams > other.streams;
  }
  return null;
}

/** Spotify's weeks end on Thursdays. 1970-01-01 was one. */
function isThursdays(table: TrackTable): boolean {
  return table.dates.every((date) => toEpochDay(date) % DAYS_PER_WEEK === 0);
}
