/** The days of the demo: what is imported, and what is lived. */
import { addDays, type CalendarDate, dateRange, parseDate } from '../../contracts/dates.ts';

/** The last chart date that the history brings. */
export const HISTORY_UNTIL: CalendarDate = parseDate('2019-10-31');
const FIRST_LIVED: CalendarDate = parseDate('2019-11-01');
const LAST_LIVED: CalendarDate = parseDate('2019-12-11');
/** Days of the sample up to there; three days of 2017 are missing in it. */
export const NUM_HISTORY_DATES = 1_031;
/** The replica is as far behind as kworb: the night of a day brings the chart of the day before yesterday. */
const LAG_DAYS = 2;

/** Chart dates that the nights bring, one each. */
export const LIVED_CHART_DATES: readonly CalendarDate[] = dateRange(FIRST_LIVED, LAST_LIVED);
export const NUM_DEMO_NIGHTS: number = LIVED_CHART_DATES.length;

/** The nights on which those charts are the newest. */
export function nominalNights(chartDates: readonly CalendarDate[]): CalendarDate[] {
  return chartDates.map((date) => addDays(date, LAG_DAYS));
}
