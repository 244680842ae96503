/** Ids, dates, regions and charts as people and pages write them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chartName, parseChartName } from '../../contracts/charts.ts';
import {
  addDays,
  dateOfInstant,
  dateRange,
  daysBetween,
  endOfChartWeek,
  fromEpochDay,
  parseDate,
  toEpochDay,
  tryParseDate,
} from '../../contracts/dates.ts';
import { ChartlifeError, ERROR_TYPES, type ErrorType, isChartlifeError } from '../../contracts/errors.ts';
import { parseArtistId, parseTrackId, tryParseTrackId } from '../../contracts/ids.ts';
import { isAssignedRegion, parseAssignedRegion, parseRegion, REGION_NAMES } from '../../contracts/regions.ts';

const ID = '2fCwv2ppU5nTRTckomIGsd';
const invalid = expect.objectContaining({ type: 'InvalidInput' });

describe('ids', () => {
  test.each([
    ID,
    ` ${ID} `,
    `spotify:track:${ID}`,
    `https://open.spotify.com/track/${ID}`,
    `https://open.spotify.com/track/${ID}?si=0123456789abcdef`,
    `http://open.spotify.com/intl-de/track/${ID}`,
    `open.spotify.com/embed/track/${ID}`,
  ])('%s is a track', (text) => {
    expect(parseTrackId(text)).toBe(ID);
  });

  test.each([
    '',
    ID.slice(1),
    `${ID}x`,
    ID.replace('2', '-'),
    `spotify:artist:${ID}`,
    `https://example.org/track/${ID}`,
  ])('%j is none', (text) => {
    expect(tryParseTrackId(text)).toBeNull();
    expect(() => parseTrackId(text)).toThrow(invalid);
  });

  test("an artist's reference is an artist's alone", () => {
    expect(parseArtistId(`spotify:artist:${ID}`)).toBe(ID);
    expect(() => parseArtistId(`spotify:track:${ID}`)).toThrow(invalid);
  });
});

describe('dates', () => {
  const day = fc.integer({ min: -20_000, max: 40_000 });

  test('are read as they are written, with either separator', () => {
    fc.assert(
      fc.property(day, (epochDay) => {
        const date = fromEpochDay(epochDay);
        expect(parseDate(date)).toBe(date);
        expect(parseDate(date.replaceAll('-', '/'))).toBe(date);
        expect(toEpochDay(date)).toBe(epochDay);
      }),
    );
  });

  test('agree with the calendar of Date', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -800, max: 800 }), (epochDay, numDays) => {
        const date = fromEpochDay(epochDay);
        const later = addDays(date, numDays);
        expect(daysBetween(date, later)).toBe(numDays);
        expect(new Date(Date.parse(date) + numDays * 86_400_000).toISOString().slice(0, 10)).toBe(later);
        expect(dateOfInstant(Date.parse(`${date}T23:59:59.999Z`))).toBe(date);
      }),
    );
  });

  test('fall into weeks that end on Thursdays', () => {
    fc.assert(
      fc.property(day, (epochDay) => {
        const date = fromEpochDay(epochDay);
        const end = endOfChartWeek(date);
        expect(new Date(`${end}T00:00:00Z`).getUTCDay()).toBe(4);
        expect(daysBetween(date, end)).toBeGreaterThanOrEqual(0);
        expect(daysBetween(date, end)).toBeLessThan(7);
      }),
    );
  });

  test.each(['2019-02-29', '2019-13-01', '2019-00-10', '19-01-01', '2019-1-1', '2019-01-01T00:00', 'today', ''])(
    '%j is none',
    (text) => {
      expect(tryParseDate(text)).toBeNull();
      expect(() => parseDate(text)).toThrow(invalid);
    },
  );

  test('a range has both its ends, and none if they are the wrong way round', () => {
    expect(dateRange(parseDate('2020-02-28'), parseDate('2020-03-01'))).toEqual([
      '2020-02-28',
      '2020-02-29',
      '2020-03-01',
    ]);
    expect(dateRange(parseDate('2020-03-01'), parseDate('2020-02-28'))).toEqual([]);
  });
});

describe('regions', () => {
  test('are known by code and by every name of theirs', () => {
    for (const [code, name] of Object.entries(REGION_NAMES)) {
      expect(parseRegion(code.toUpperCase())).toBe(code);
      expect(parseRegion(` ${name} `)).toBe(code);
      expect(isAssignedRegion(parseRegion(code))).toBe(true);
    }
    expect(parseRegion('UK')).toBe('gb');
  });

  test.each(['zz', 'xx', 'eu', 'qo'])('%s has the form of a region and is none that a person can ask for', (code) => {
    expect(parseRegion(code)).toBe(code);
    expect(() => parseAssignedRegion(code)).toThrow(invalid);
  });

  test.each(['', 'u', 'Atlantis', 'u1', 'us,gb'])('%j is none', (text) => {
    expect(() => parseRegion(text)).toThrow(invalid);
  });
});

describe('charts', () => {
  test('have names that can be read back', () => {
    for (const region of Object.keys(REGION_NAMES)) {
      for (const kind of ['daily', 'weekly'] as const) {
        const chart = { region: parseRegion(region), kind };
        expect(parseChartName(chartName(chart))).toEqual(chart);
      }
    }
  });

  test.each(['us', 'us/monthly', 'us/daily/1', '/daily', ''])('%j is none', (text) => {
    expect(() => parseChartName(text)).toThrow(invalid);
  });
});

describe('errors', () => {
  test('know whether trying again can help, and their exit code', () => {
    for (const type of Object.keys(ERROR_TYPES) as ErrorType[]) {
      const error = new ChartlifeError(type, 'what', { next: 'do this', details: { value: 1 } });
      expect(error.retryable).toBe(ERROR_TYPES[type].retryable);
      expect(error.exitCode).toBeGreaterThanOrEqual(2);
      expect(error.exitCode).toBeLessThan(128);
      expect(isChartlifeError(error)).toBe(true);
      expect(isChartlifeError(error, type)).toBe(true);
    }
    expect(isChartlifeError(new Error('what'))).toBe(false);
  });

  test('tried again where something else may change, and only there', () => {
    const retryable = Object.entries(ERROR_TYPES).filter(([, { retryable }]) => retryable);
    expect(retryable.map(([type]) => type).sort()).toEqual([
      'DiskFull',
      'LakeConflict',
      'LeaseLost',
      'RateLimited',
      'ServerUnavailable',
      'SourceUnavailable',
      'TrainerLost',
    ]);
  });
});
