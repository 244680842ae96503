import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addDays, parseDate } from '../../../contracts/dates.ts';
import { type Credit, type Entry, openPlainLake, type PlainLake } from './plainLake.ts';

let lake: PlainLake;
beforeAll(async () => {
  lake = await openPlainLake();
});
beforeEach(() => lake.clear());
afterAll(() => lake.close());

const withId = (name: string, id = `id-${name}`): Credit => ({ id, name });
const byName = (name: string): Credit => ({ id: null, name });
const day = (offset: number): string => addDays(parseDate('2026-01-01'), offset);

const recordOf = (name: string, where = 'true') =>
  lake.rows(
    `SELECT chart_date, num_tracks, num_entries, streams, best_rank, first_chart_date FROM artist_as_of
    WHERE artist_name = '${name}' AND ${where} ORDER BY chart_kind, region, artist_id, chart_date`,
  );

test('an artist’s record is what was before, not what is', async () => {
  await lake.addEntries([
    { date: day(0), rank: 5, track: 'one', streams: 100, artists: [withId('A')] },
    { date: day(1), rank: 3, track: 'one', streams: 120, artists: [withId('A')] },
    { date: day(1), rank: 9, track: 'two', streams: 30, artists: [withId('A')] },
    { date: day(4), rank: 1, track: 'three', streams: 999, artists: [withId('A')] },
  ]);
  expect(await recordOf('A')).toEqual([
    { chart_date: day(0), num_tracks: 0, num_entries: 0, streams: 0, best_rank: null, first_chart_date: null },
    { chart_date: day(1), num_tracks: 1, num_entries: 1, streams: 100, best_rank: 5, first_chart_date: day(0) },
    { chart_date: day(4), num_tracks: 2, num_entries: 3, streams: 250, best_rank: 3, first_chart_date: day(0) },
  ]);
});

test('lead and featured credits count alike; a track that stands twice counts once; blank streams add nothing', async () => {
  await lake.addEntries([
    { date: day(0), rank: 1, track: 'one', streams: 10, artists: [withId('A')], featured: [withId('B')] },
    { date: day(1), rank: 2, track: 'two', streams: null, artists: [withId('B')] },
    { date: day(1), rank: 7, track: 'two', streams: 5, artists: [withId('B')], movement: 're-entry' },
    { date: day(1), rank: 8, track: 'one', streams: 6, artists: [withId('A')], featured: [withId('A')] },
    { date: day(2), rank: 1, track: 'one', streams: 1, artists: [withId('A'), withId('B')] },
  ]);
  expect((await recordOf('B')).at(-1)).toEqual({
    chart_date: day(2),
    num_tracks: 2,
    num_entries: 2,
    streams: 15,
    best_rank: 1,
    first_chart_date: day(0),
  });
  expect((await recordOf('A')).at(-1)).toMatchObject({ num_tracks: 1, num_entries: 2, streams: 16 });
});

test('charts do not mix', async () => {
  await lake.addEntries([
    { date: day(0), rank: 1, track: 'one', artists: [withId('A')] },
    { date: day(1), rank: 1, track: 'one', artists: [withId('A')], region: 'gb' },
    { date: day(1), rank: 1, track: 'one', artists: [withId('A')], kind: 'weekly' },
  ]);
  expect((await recordOf('A')).map(({ num_entries }) => num_entries)).toEqual([0, 0, 0]);
});

describe('ids and names', () => {
  test('history from a file that has names alone is the artist’s, from the first page with an id on', async () => {
    await lake.addEntries([
      { date: day(0), rank: 4, track: 'one', streams: 7, artists: [byName('A')] },
      { date: day(1), rank: 4, track: 'one', streams: 8, artists: [withId('A')] },
      { date: day(2), rank: 4, track: 'two', streams: 9, artists: [withId('A')] },
    ]);
    expect(await recordOf('A')).toMatchObject([
      { chart_date: day(1), num_tracks: 1, num_entries: 1, streams: 7 },
      { chart_date: day(2), num_tracks: 1, num_entries: 2, streams: 15 },
      { chart_date: day(0), num_tracks: 0, num_entries: 0 },
    ]);
  });

  test('a new name keeps the record of the id; another artist of the same name does not', async () => {
    await lake.addEntries([
      { date: day(0), rank: 1, track: 'one', artists: [withId('Kanye', 'k')] },
      { date: day(1), rank: 1, track: 'two', artists: [withId('Ye', 'k')] },
      { date: day(1), rank: 2, track: 'other', artists: [withId('Kanye', 'x')] },
    ]);
    expect(await recordOf('Ye')).toMatchObject([{ num_entries: 1 }]);
    expect(await recordOf('Kanye', `artist_id = 'x'`)).toMatchObject([{ num_entries: 0 }]);
  });

  test('a credit by name follows the name, with or without ids', async () => {
    await lake.addEntries([
      { date: day(0), rank: 1, track: 'one', artists: [withId('A')] },
      { date: day(1), rank: 1, track: 'two', artists: [byName('A')] },
    ]);
    expect(await recordOf('A', 'artist_id IS NULL')).toMatchObject([{ chart_date: day(1), num_entries: 1 }]);
  });
});

const arbitraryCredit = fc.record({ id: fc.constantFrom(null, 'x', 'y'), name: fc.constantFrom('A', 'B') });
const arbitraryEntry: fc.Arbitrary<Entry & { readonly offset: number }> = fc
  .record({
    offset: fc.integer({ min: 0, max: 9 }),
    rank: fc.integer({ min: 1, max: 3 }),
    track: fc.constantFrom('one', 'two', 'three'),
    streams: fc.option(fc.integer({ min: 0, max: 1000 })),
    artists: fc.array(arbitraryCredit, { maxLength: 2 }),
    featured: fc.array(arbitraryCredit, { maxLength: 1 }),
  })
  .map((entry) => ({ ...entry, date: day(entry.offset) }));
const arbitraryCharts = fc.uniqueArray(arbitraryEntry, {
  maxLength: 25,
  selector: ({ offset, rank }) => `${offset} ${rank}`,
});

const snapshotUpTo = (offset: number) =>
  lake.rows(`FROM artist_as_of WHERE chart_date < DATE '${day(offset)}' ORDER BY ALL`);

test('no leak: what happens at or after a date changes no record before it', async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryCharts,
      arbitraryCharts,
      fc.integer({ min: 0, max: 9 }),
      async (charts, others, offset) => {
        await lake.clear();
        await lake.addEntries(charts);
        const before = await snapshotUpTo(offset);
        await lake.clear();
        await lake.addEntries([
          ...charts.filter((entry) => entry.offset < offset),
          ...others.filter((entry) => entry.offset >= offset),
        ]);
        expect(await snapshotUpTo(offset)).toEqual(before);
      },
    ),
    { numRuns: 80 },
  );
});

test('no leak on the day itself: only whether an artist is there depends on it', async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryCharts,
      arbitraryCharts,
      fc.integer({ min: 0, max: 9 }),
      async (charts, others, offset) => {
        const recordsOnDay = async (entries: readonly Entry[]): Promise<Map<string, string>> => {
          await lake.clear();
          await lake.addEntries(entries);
          const rows = await lake.rows(`FROM artist_as_of WHERE chart_date = DATE '${day(offset)}'`);
          return new Map(rows.map((row) => [`${row.artist_id} ${row.artist_name}`, JSON.stringify(row)]));
        };
        const past = charts.filter((entry) => entry.offset < offset);
        const one = await recordsOnDay([...past, ...charts.filter((entry) => entry.offset >= offset)]);
        const two = await recordsOnDay([...past, ...others.filter((entry) => entry.offset >= offset)]);
        for (const [artist, record] of one) if (two.has(artist)) expect(two.get(artist)).toBe(record);
      },
    ),
    { numRuns: 80 },
  );
});

test('every record equals a plain count over what came before', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryCharts, async (charts) => {
      await lake.clear();
      await lake.addEntries(charts);
      for (const row of await lake.rows('FROM artist_as_of')) {
        const isOf = ({ id, name }: Credit): boolean =>
          row.artist_id === null
            ? name === row.artist_name
            : id === row.artist_id || (id === null && name === row.artist_name);
        const past = charts.filter(
          (entry) =>
            entry.date < String(row.chart_date) && [...(entry.artists ?? []), ...(entry.featured ?? [])].some(isOf),
        );
        const perDay = new Map<string, number>();
        for (const { date, track, streams } of past) {
          const key = `${date} ${track}`;
          perDay.set(key, Math.max(perDay.get(key) ?? 0, streams ?? 0));
        }
        expect(row).toMatchObject({
          num_tracks: new Set(past.map(({ track }) => track)).size,
          num_entries: perDay.size,
          best_rank: past.length === 0 ? null : Math.min(...past.map(({ rank }) => rank)),
          streams: [...perDay.values()].reduce((sum, streams) => sum + streams, 0),
        });
      }
    }),
    { numRuns: 80 },
  );
});
