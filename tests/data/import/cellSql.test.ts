/** The SQL that reads cells against the parsers of contracts/: the same answer for any text. */
import { type DuckDBConnection, DuckDBInstance, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toEpochDay, tryParseDate } from '../../../contracts/dates.ts';
import { tryParseArtistId, tryParseTrackId } from '../../../contracts/ids.ts';
import { sqlDay, sqlIsMissing, sqlSpotifyId, sqlWholeNumber } from '../../../data/import/cellSql.ts';
import { isIsoDay } from '../../../sources/imports/dateFormat.ts';

let instance: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

/** What SQL makes of each text; null where it makes nothing of it. */
async function evaluate(sql: (text: string) => string, texts: readonly (string | null)[]): Promise<(string | null)[]> {
  const reader = await connection.runAndReadAll(
    `SELECT CAST(${sql('cell')} AS VARCHAR) FROM (SELECT unnest($1) AS cell, generate_subscripts($1, 1) AS place) ORDER BY place`,
    [listValue([...texts])],
    [LIST(VARCHAR)],
  );
  return reader.getRows().map(([value]) => (typeof value === 'string' ? value : null));
}

const space = fc.constantFrom('', ' ', '\t', '\n', '\r\n', '\u00a0', '\ufeff', '\u2028', '\u3000', '\u200b');
const id = fc.string({
  unit: fc.constantFrom(...'abcXYZ0189'),
  minLength: 22,
  maxLength: 22,
});
const nearlyId = fc.oneof(
  { weight: 8, arbitrary: id },
  fc.string({ unit: fc.constantFrom('a', '0', '_', 'é'), minLength: 21, maxLength: 23 }),
);
const prefix = fc.constantFrom(
  '',
  'spotify:track:',
  'spotify:artist:',
  'spotify:track/',
  'https://open.spotify.com/track/',
  'http://open.spotify.com/artist/',
  'open.spotify.com/track/',
  'open.spotify.com/intl-de/track/',
  'https://open.spotify.com/intl-pt-br/embed/artist/',
  'https://open.spotify.com/album/',
  'https://example.com/track/',
  'Spotify:track:',
);
const suffix = fc.constantFrom('', '?si=1a2b', '#x', '/', '/more', '\n', '?a\u2028b', '?a\rb', 'x', ' ');
const idText = fc.tuple(space, prefix, nearlyId, suffix, space).map((parts) => parts.join(''));

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
const dateText = fc
  .tuple(
    space,
    fc.oneof(fc.constantFrom('2016', '2017', '2000', '1900', '0000', '9999'), digits(4), digits(3)),
    fc.constantFrom('-', '/', '.', ''),
    fc.oneof(fc.constantFrom('02', '01', '12', '13', '00', '1'), digits(2)),
    fc.constantFrom('-', '/', '.', ''),
    fc.oneof(fc.constantFrom('29', '28', '30', '31', '00', '1'), digits(2)),
    space,
  )
  .map((parts) => parts.join(''));
const anyText = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
const texts = (arbitrary: fc.Arbitrary<string>) =>
  fc.array(fc.oneof({ weight: 9, arbitrary }, anyText), { minLength: 200, maxLength: 400 });

describe('ids in SQL are those of contracts/ids.ts', () => {
  it.each([
    ['track', tryParseTrackId],
    ['artist', tryParseArtistId],
  ] as const)('%s', async (kind, tryParse) => {
    await fc.assert(
      fc.asyncProperty(texts(idText), async (some) => {
        expect(await evaluate((cell) => sqlSpotifyId(cell, kind), some)).toEqual(some.map((text) => tryParse(text)));
      }),
      { numRuns: 20 },
    );
  });
});

describe('days in SQL are those of contracts/dates.ts', () => {
  it('without a time', async () => {
    await fc.assert(
      fc.asyncProperty(texts(dateText), async (some) => {
        const days = some.map(tryParseDate).map((date) => (date === null ? null : String(toEpochDay(date))));
        expect(await evaluate((cell) => `${sqlDay(cell, null)} - DATE '1970-01-01'`, some)).toEqual(days);
      }),
      { numRuns: 20 },
    );
  });

  it('with a midnight after it, as the planner takes it', async () => {
    const time = fc.constantFrom(
      '',
      ' 00:00:00',
      'T00:00:00Z',
      ' 00:00',
      'T00:00:00.000',
      ' 00:00:00+00',
      ' 00:00:01',
      ' 12:00:00',
      ' 00:00:00+02',
    );
    const dated = fc.tuple(dateText, time, space).map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(texts(dated), async (some) => {
        const found = await evaluate((cell) => sqlDay(cell, null), some);
        expect(found.map((day) => day !== null)).toEqual(some.map(isIsoDay));
      }),
      { numRuns: 20 },
    );
  });

  it('in a stated format', async () => {
    const days = await evaluate(
      (cell) => sqlDay(cell, '%d/%m/%Y'),
      ['01/02/2017', ' 1/2/2017 ', '31/02/2017', '2017-02-01', '', null],
    );
    expect(days).toEqual(['2017-02-01', '2017-02-01', null, null, null, null]);
  });
});

describe('whole numbers', () => {
  it.each([
    ['0', '0'],
    ['1371493', '1371493'],
    [' 12 ', '12'],
    ['007', '7'],
    ['1,371,493', '1371493'],
    ['253019.0', '253019'],
    ['253019.000', '253019'],
    // A thousand in half of Europe, one elsewhere: refused, not guessed.
    ['1.000', null],
    ['991.000', null],
    ['1.000.000', null],
    ['7.00', '7'],
    ['253019.00', '253019'],
    ['1e+05', '100000'],
    ['1.5e3', '1500'],
    ['2.53019E6', '2530190'],
    ['1.5', null],
    ['1.55e1', null],
    ['1,37', null],
    ['1.371.493', null],
    ['-5', null],
    ['+5', null],
    ['1e-2', null],
    ['1e40', null],
    ['1234567890123456', null],
    ['NA', null],
    ['٣', null],
    ['', null],
  ])('%j is %s', async (text, number) => {
    expect(await evaluate(sqlWholeNumber, [text])).toEqual([number]);
  });

  it('any whole number, however programs write it', async () => {
    const number = fc.integer({ min: 0, max: 999_999_999_999 });
    await fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 50 }), async (numbers) => {
        for (const write of [String, (n: number) => n.toLocaleString('en-US'), (n: number) => `${n}.0`]) {
          expect(await evaluate(sqlWholeNumber, numbers.map(write))).toEqual(numbers.map(String));
        }
      }),
      { numRuns: 10 },
    );
  });
});

describe('nothing', () => {
  it.each(['', ' ', '\u00a0', 'NA', ' null ', 'None', 'NaN', '-', '#N/A', null])('%j', async (text) => {
    expect(await evaluate(sqlIsMissing, [text])).toEqual(['true']);
  });
  it.each(['0', 'na', 'Nan', 'x'])('%j is something', async (text) => {
    expect(await evaluate(sqlIsMissing, [text])).toEqual(['false']);
  });
});
