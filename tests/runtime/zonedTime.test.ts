import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromEpochDay, parseDate, toEpochDay } from '../../contracts/dates.ts';
import { dateInZone, instantInZone, isTimeZone, parseTimeOfDay, parseWeeklyTime } from '../../runtime/zonedTime.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'Asia/Kolkata',
  'Pacific/Auckland',
  'Pacific/Kiritimati',
];

describe('instantInZone', () => {
  test.each([
    ['UTC', '2019-11-03', '03:00', '2019-11-03T03:00:00Z'],
    ['Europe/Berlin', '2026-01-15', '03:00', '2026-01-15T02:00:00Z'],
    ['Europe/Berlin', '2026-07-15', '03:00', '2026-07-15T01:00:00Z'],
    ['Asia/Kolkata', '2026-07-15', '00:10', '2026-07-14T18:40:00Z'],
    ['Pacific/Kiritimati', '2026-07-15', '03:00', '2026-07-14T13:00:00Z'],
    ['America/New_York', '2026-03-08', '05:00', '2026-03-08T09:00:00Z'],
  ])('%s %s %s', (zone, date, time, expected) => {
    expect(instantInZone(parseDate(date), parseTimeOfDay(time), zone)).toEqual(new Date(expected));
  });

  test('an hour that the clocks leave out falls as far after the change as it is after it', () => {
    // Berlin, 2026-03-29: 02:00 becomes 03:00.
    expect(instantInZone(parseDate('2026-03-29'), parseTimeOfDay('02:30'), 'Europe/Berlin')).toEqual(
      new Date('2026-03-29T01:30:00Z'),
    );
  });

  test('of an hour that the clocks repeat, the first', () => {
    // Berlin, 2026-10-25: 03:00 becomes 02:00.
    expect(instantInZone(parseDate('2026-10-25'), parseTimeOfDay('02:30'), 'Europe/Berlin')).toEqual(
      new Date('2026-10-25T00:30:00Z'),
    );
  });

  test('the day it falls on is the day it was made for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: toEpochDay(parseDate('2017-01-01')), max: toEpochDay(parseDate('2035-12-31')) }),
        fc.integer({ min: 0, max: 22 }),
        fc.integer({ min: 0, max: 59 }),
        fc.constantFrom(...ZONES),
        (epochDay, hour, minute, zone) => {
          const date = fromEpochDay(epochDay);
          expect(dateInZone(instantInZone(date, { hour, minute }, zone), zone)).toBe(date);
        },
      ),
    );
  });
});

test.each(['24:00', '3:00', '03:60', '', '03:00:00'])('"%s" is no time of day', (value) => {
  expect(() => parseTimeOfDay(value)).toThrow('is not a time of day');
});

test('times of the week', () => {
  expect(parseWeeklyTime('saturday 04:05')).toEqual({ weekday: 'saturday', hour: 4, minute: 5 });
  expect(parseWeeklyTime('Saturday 04:05').weekday).toBe('saturday');
  for (const value of ['04:05', 'someday 04:05', 'saturday', 'saturday 04:05 UTC']) {
    expect(() => parseWeeklyTime(value)).toThrow('is not a time of');
  }
});

test('time zones', () => {
  expect(ZONES.every(isTimeZone)).toBe(true);
  expect(isTimeZone('Europe/Atlantis')).toBe(false);
});
