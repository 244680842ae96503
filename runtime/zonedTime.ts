/** Hours of a wall clock in a time zone, and the instants they fall on. */
import { type CalendarDate, parseDate } from '../contracts/dates.ts';
import { ChartlifeError } from '../contracts/errors.ts';

export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

export interface WeeklyTime extends TimeOfDay {
  readonly weekday: Weekday;
}

/** @throws ChartlifeError InvalidInput unless it is `HH:MM` of a 24-hour clock */
export function parseTimeOfDay(value: string): TimeOfDay {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(value);
  if (match === null) {
    throw new ChartlifeError('InvalidInput', `"${value}" is not a time of day`, {
      next: 'Give HH:MM from 00:00 to 23:59.',
      details: { value },
    });
  }
  return { hour: Number(match[1]), minute: Number(match[2]) };
}

/** @throws ChartlifeError InvalidInput unless it is a day of the week and `HH:MM` */
export function parseWeeklyTime(value: string): WeeklyTime {
  const [day = '', time = '', ...rest] = value.split(' ');
  const weekday = WEEKDAYS.find((name) => name === day.toLowerCase());
  if (weekday === undefined || rest.length > 0) {
    throw new ChartlifeError('InvalidInput', `"${value}" is not a time of the week`, {
      next: 'Give a day and HH:MM, such as "saturday 04:00".',
      details: { value },
    });
  }
  return { weekday, ...parseTimeOfDay(time) };
}

export function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

/** The calendar day of an instant on the wall clocks of a time zone. */
export function dateInZone(instant: Date, timeZone: string): CalendarDate {
  const { year, month, day } = wallClock(instant, timeZone);
  return parseDate(`${year}-${month}-${day}`);
}

/**
 * The instant at which a zone's wall clocks show a time on a day. Of an hour that the clocks repeat, the first; of an
 * hour that they leave out, the instant as far after the change as the time is after it.
 */
export function instantInZone(date: CalendarDate, time: TimeOfDay, timeZone: string): Date {
  const asIfUtcMs = Date.parse(`${date}T00:00:00Z`) + (time.hour * 60 + time.minute) * 60_000;
  // The offset before any change of that day gives the first of two, and shifts a time that does not exist forward.
  const offsetMs = zoneOffsetMs(new Date(asIfUtcMs - 86_400_000), timeZone);
  const guess = new Date(asIfUtcMs - offsetMs);
  const laterOffsetMs = zoneOffsetMs(guess, timeZone);
  const other = new Date(asIfUtcMs - laterOffsetMs);
  return laterOffsetMs !== offsetMs && zoneOffsetMs(other, timeZone) === laterOffsetMs ? other : guess;
}

/** How far the zone's wall clocks are ahead of UTC at an instant. */
function zoneOffsetMs(instant: Date, timeZone: string): number {
  const { year, month, day, hour, minute, second } = wallClock(instant, timeZone);
  const shownMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return shownMs - Math.floor(instant.getTime() / 1000) * 1000;
}

function wallClock(instant: Date, timeZone: string): Record<Intl.DateTimeFormatPartTypes, string> {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const parts = format.formatToParts(instant).map((part) => [part.type, part.value] as const);
  return Object.fromEntries(parts) as Record<Intl.DateTimeFormatPartTypes, string>;
}
