/**
 * Which Thursday a weekly chart is of. A chart week runs from Friday to Thursday, and the lake names it by the Thursday.
 * Official weekly exports are named either by that Thursday, or by a range from the week's Friday to the next one.
 */
import { addDays, type CalendarDate, daysBetween, endOfChartWeek } from '../../contracts/dates.ts';
import { DAYS_TO_WEEK_END, type WeekDay } from '../../contracts/imports.ts';

/** The Thursday of a week given by one of its days; null if that day can't be what it is said to be. */
export function weekEndOf(date: CalendarDate, weekDay: WeekDay): CalendarDate | null {
  const weekEnd = addDays(date, DAYS_TO_WEEK_END[weekDay]);
  return endOfChartWeek(weekEnd) === weekEnd ? weekEnd : null;
}

/** The Thursday of a range from the week's first day to its last, or to the day after; null if it is no chart week. */
export function weekEndOfRange(first: CalendarDate, last: CalendarDate): CalendarDate | null {
  const numDays = daysBetween(first, last);
  return numDays === 6 || numDays === 7 ? weekEndOf(first, 'first') : null;
}
