import { listValue } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addDays, parseDate } from '../../../contracts/dates.ts';
import { SAMPLE_FILES } from '../../../data/sample/loadSample.ts';
import { trackIdOf } from '../lakeFixture.ts';
import { type Entry, openPlainLake, type PlainLake } from './plainLake.ts';
import { type ChartedRow, referenceTrajectories, type TrajectoryRow } from './trajectoryReference.ts';

let lake: PlainLake;
beforeAll(async () => {
  lake = await openPlainLake();
});
beforeEach(() => lake.clear());
afterAll(() => lake.close());

const day = (offset: number): string => addDays(parseDate('2026-01-01'), offset);
/** A chart of 200 ranks in which only these tracks matter; the last rank has `cut` streams. */
function fullChart(
  date: string,
  tracks: Readonly<Record<string, number>>,
  cut: number,
  more: Partial<Entry> = {},
): Entry[] {
  const named = Object.entries(tracks).map(([track, streams]) => ({ track, streams }));
  const others = Array.from({ length: 200 - named.length }, (_, index) => ({
    track: `filler${index}`,
    streams: index === 199 - named.length ? cut : 1_000_000,
  }));
  return [...named, ...others].map((row, index) => ({ date, rank: index + 1, ...row, ...more }));
}

const weeksOf = (track: string, where = 'true') =>
  lake.rows(
    `SELECT week_index, week_start, week_end, streams, num_days_on_chart, num_days_observed, best_rank, state, cut_streams_upper_bound
    FROM trajectory WHERE track_id = '${trackIdOf(track)}' AND ${where} ORDER BY week_index`,
  );
const censoring = async (track: string) =>
  (
    await lake.rows(
      `SELECT DISTINCT is_left_censored, is_right_censored FROM trajectory WHERE track_id = '${trackIdOf(track)}'`,
    )
  )[0];

describe('daily charts', () => {
  test('the days of a week are summed, weeks begin with the debut, the cut bounds what is below', async () => {
    const entries: Entry[] = [];
    for (let offset = 0; offset < 21; offset++) {
      // On the chart for days 2 to 11, and again on day 16.
      const isOn = (offset >= 2 && offset <= 11) || offset === 16;
      entries.push(...fullChart(day(offset), isOn ? { song: 100 + offset } : {}, 10 + offset));
    }
    await lake.addEntries(entries);
    expect(await weeksOf('song', 'week_index < 4')).toEqual([
      {
        week_index: 0,
        week_start: day(2),
        week_end: day(8),
        streams: 735,
        num_days_on_chart: 7,
        num_days_observed: 7,
        best_rank: 1,
        state: 'on chart',
        cut_streams_upper_bound: 0,
      },
      {
        week_index: 1,
        week_start: day(9),
        week_end: day(15),
        streams: 330,
        num_days_on_chart: 3,
        num_days_observed: 7,
        best_rank: 1,
        state: 'partly on chart',
        cut_streams_upper_bound: 22 + 23 + 24 + 25,
      },
      {
        week_index: 2,
        week_start: day(16),
        week_end: day(22),
        streams: 116,
        num_days_on_chart: 1,
        num_days_observed: 5,
        best_rank: 1,
        state: 'partly on chart',
        cut_streams_upper_bound: 27 + 28 + 29 + 30,
      },
      {
        week_index: 3,
        week_start: day(23),
        week_end: day(29),
        streams: null,
        num_days_on_chart: 0,
        num_days_observed: 0,
        best_rank: null,
        state: 'unobserved',
        cut_streams_upper_bound: null,
      },
    ]);
    expect(
      await lake.rows(
        `SELECT count(*) AS n, max(week_index) AS last FROM trajectory WHERE track_id = '${trackIdOf('song')}'`,
      ),
    ).toEqual([{ n: 104, last: 103 }]);
    expect(await censoring('song')).toEqual({ is_left_censored: false, is_right_censored: true });
  });

  test('a whole week off the chart is below the cut; an unknown cut gives no bound', async () => {
    const entries = [...fullChart(day(0), { song: 5 }, 3)];
    for (let offset = 1; offset < 14; offset++) entries.push(...fullChart(day(offset), {}, 4));
    entries.push({ date: day(14), rank: 1, track: 'other', streams: 9 });
    await lake.addEntries(entries);
    expect(await weeksOf('song', 'week_index BETWEEN 1 AND 2')).toMatchObject([
      { streams: null, num_days_on_chart: 0, num_days_observed: 7, state: 'below cut', cut_streams_upper_bound: 28 },
      { streams: null, num_days_on_chart: 0, num_days_observed: 1, state: 'below cut', cut_streams_upper_bound: null },
    ]);
  });

  test('days the lake has no chart of are not observed', async () => {
    await lake.addEntries([0, 1, 4].flatMap((offset) => fullChart(day(offset), { song: 10 }, 1)));
    expect(await weeksOf('song', 'week_index = 0')).toMatchObject([
      { streams: 30, num_days_on_chart: 3, num_days_observed: 3, state: 'partly on chart', cut_streams_upper_bound: 0 },
    ]);
  });

  test('a blank row is a day on the chart without a figure; a blank row beside a re-entry is one day', async () => {
    await lake.addEntries([
      { date: day(0), rank: 1, track: 'blank', streams: null },
      { date: day(1), rank: 1, track: 'twice', streams: null },
      { date: day(1), rank: 2, track: 'twice', streams: 7, movement: 're-entry' },
    ]);
    expect(await weeksOf('blank', 'week_index = 0')).toMatchObject([
      { streams: null, num_days_on_chart: 1, num_days_observed: 2, best_rank: 1 },
    ]);
    expect(await weeksOf('twice', 'week_index = 0')).toMatchObject([
      { streams: 7, num_days_on_chart: 1, best_rank: 1 },
    ]);
    expect(await censoring('twice')).toMatchObject({ is_left_censored: true });
  });

  test('left-censored: seen on the first chart, after a gap, or known to the source from before', async () => {
    await lake.addEntries([
      { date: day(0), rank: 1, track: 'first' },
      { date: day(0), rank: 2, track: 'firstButNew', movement: 'new' },
      { date: day(0), rank: 3, track: 'firstDay1', periods: 1 },
      { date: day(1), rank: 1, track: 'clean' },
      { date: day(1), rank: 2, track: 'back', movement: 're-entry' },
      { date: day(1), rank: 3, track: 'counted', periods: 5 },
      { date: day(3), rank: 1, track: 'afterGap' },
      { date: day(3), rank: 2, track: 'newAfterGap', movement: 'new' },
    ]);
    const expected = {
      first: true,
      firstButNew: false,
      firstDay1: false,
      clean: false,
      back: true,
      counted: true,
      afterGap: true,
      newAfterGap: false,
    };
    for (const [track, isLeftCensored] of Object.entries(expected)) {
      expect([track, (await censoring(track))?.is_left_censored]).toEqual([track, isLeftCensored]);
    }
  });

  test('right-censored unless all 104 weeks are over', async () => {
    const last = 104 * 7 - 1;
    await lake.addEntries([
      { date: day(0), rank: 1, track: 'done' },
      { date: day(1), rank: 1, track: 'open' },
      { date: day(last), rank: 1, track: 'other' },
    ]);
    expect(await censoring('done')).toMatchObject({ is_right_censored: false });
    expect(await censoring('open')).toMatchObject({ is_right_censored: true });
  });

  test('what comes after 104 weeks is left out', async () => {
    await lake.addEntries([
      { date: day(0), rank: 1, track: 'song', streams: 1 },
      { date: day(104 * 7 - 1), rank: 1, track: 'song', streams: 2 },
      { date: day(104 * 7), rank: 1, track: 'song', streams: 4 },
    ]);
    expect(await lake.rows('SELECT sum(streams) AS s FROM trajectory')).toEqual([{ s: 3 }]);
  });

  test('below chart_depth is off the chart', async () => {
    await lake.addEntries([
      ...fullChart(day(0), { song: 500 }, 3),
      ...fullChart(day(1), {}, 3),
      { date: day(1), rank: 201, track: 'song', streams: 1 },
    ]);
    expect(await weeksOf('song', 'week_index = 0')).toMatchObject([
      { streams: 500, num_days_on_chart: 1, cut_streams_upper_bound: 3 },
    ]);
  });
});

describe('weekly charts', () => {
  const thursday = (week: number): string => addDays(parseDate('2026-01-01'), 7 * week);

  test('weeks that coincide with the grid keep their value, whatever it is', async () => {
    const weekly = { kind: 'weekly' } as const;
    await lake.addEntries([
      ...fullChart(thursday(0), { song: 1_000_003 }, 50, weekly),
      ...fullChart(thursday(1), {}, 61, weekly),
      ...fullChart(thursday(2), { song: 999_999_999_937 }, 70, weekly),
    ]);
    expect(await weeksOf('song', 'week_index < 4')).toEqual([
      {
        week_index: 0,
        week_start: '2025-12-26',
        week_end: '2026-01-01',
        streams: 1_000_003,
        num_days_on_chart: 7,
        num_days_observed: 7,
        best_rank: 1,
        state: 'on chart',
        cut_streams_upper_bound: 0,
      },
      {
        week_index: 1,
        week_start: '2026-01-02',
        week_end: '2026-01-08',
        streams: null,
        num_days_on_chart: 0,
        num_days_observed: 7,
        best_rank: null,
        state: 'below cut',
        cut_streams_upper_bound: 61,
      },
      {
        week_index: 2,
        week_start: '2026-01-09',
        week_end: '2026-01-15',
        streams: 999_999_999_937,
        num_days_on_chart: 7,
        num_days_observed: 7,
        best_rank: 1,
        state: 'on chart',
        cut_streams_upper_bound: 0,
      },
      {
        week_index: 3,
        week_start: '2026-01-16',
        week_end: '2026-01-22',
        streams: null,
        num_days_on_chart: 0,
        num_days_observed: 0,
        best_rank: null,
        state: 'unobserved',
        cut_streams_upper_bound: null,
      },
    ]);
  });

  test('a week that does not coincide is spread over its days', async () => {
    // The second week is labelled by a Monday: it begins three days late on the grid.
    await lake.addEntries([
      { kind: 'weekly', date: thursday(0), rank: 1, track: 'song', streams: 700 },
      { kind: 'weekly', date: addDays(parseDate(thursday(1)), 3), rank: 2, track: 'song', streams: 100 },
    ]);
    expect(await weeksOf('song', 'week_index < 3')).toMatchObject([
      { streams: 700, num_days_on_chart: 7, num_days_observed: 7, best_rank: 1 },
      {
        streams: Math.floor((100 * 4) / 7),
        num_days_on_chart: 4,
        num_days_observed: 4,
        best_rank: 2,
        state: 'partly on chart',
      },
      { streams: 100 - Math.floor((100 * 4) / 7), num_days_on_chart: 3, num_days_observed: 3, best_rank: 2 },
    ]);
  });
});

describe('track pages', () => {
  test('tell the whole history; weeks without a row are below the cut as far as any page reaches', async () => {
    await lake.addTrackPage('p1', '2026-02-01 00:00:00');
    await lake.addTrackPage('p2', '2026-01-20 00:00:00');
    await lake.addTrackWeeks([
      { track: 'song', region: 'us', weekEnd: '2026-01-01', rank: 3, streams: 77, sha256: 'p1' },
      { track: 'song', region: 'us', weekEnd: '2026-01-15', rank: 5, streams: null, sha256: 'p1' },
      { track: 'later', region: 'gb', weekEnd: '2026-01-29', rank: 5, streams: 1, sha256: 'p1' },
      { track: 'earlier', region: 'us', weekEnd: '2026-01-08', rank: 5, streams: 1, sha256: 'p2' },
    ]);
    await lake.addEntries(fullChart('2026-01-08', {}, 33, { kind: 'weekly' }));
    const track = (word: string) => weeksOf(word, `source = 'track' AND week_index < 6`);
    expect(await track('song')).toMatchObject([
      {
        week_index: 0,
        week_start: '2025-12-26',
        week_end: '2026-01-01',
        streams: 77,
        num_days_on_chart: 7,
        num_days_observed: 7,
        best_rank: 3,
        state: 'on chart',
        cut_streams_upper_bound: 0,
      },
      {
        week_index: 1,
        streams: null,
        num_days_on_chart: 0,
        num_days_observed: 7,
        state: 'below cut',
        cut_streams_upper_bound: 33,
      },
      {
        week_index: 2,
        streams: null,
        num_days_on_chart: 7,
        num_days_observed: 7,
        best_rank: 5,
        state: 'on chart',
        cut_streams_upper_bound: 0,
      },
      { week_index: 3, streams: null, num_days_observed: 7, state: 'below cut', cut_streams_upper_bound: null },
      { week_index: 4, streams: null, num_days_observed: 7, state: 'below cut', cut_streams_upper_bound: null },
      { week_index: 5, streams: null, num_days_observed: 0, state: 'unobserved', cut_streams_upper_bound: null },
    ]);
    // Fetched before the newest week was out: what came after is not known.
    expect((await track('earlier')).map(({ num_days_observed }) => num_days_observed)).toEqual([7, 0, 0, 0, 0, 0]);
    expect(
      await lake.rows(`SELECT DISTINCT is_left_censored, is_right_censored FROM trajectory WHERE source = 'track'`),
    ).toEqual([{ is_left_censored: false, is_right_censored: true }]);
  });
});

const SELECT_ALL = `
  SELECT source, region, track_id, week_index, week_start, week_end, streams, num_days_on_chart, num_days_observed,
    best_rank, state, cut_streams_upper_bound, is_left_censored, is_right_censored
  FROM trajectory ORDER BY source, region, track_id, week_index`;

function inOrder(rows: readonly TrajectoryRow[]): unknown[][] {
  const byKey = (a: TrajectoryRow, b: TrajectoryRow): number =>
    [a.source, a.region, a.track].join() < [b.source, b.region, b.track].join()
      ? -1
      : [a.source, a.region, a.track].join() > [b.source, b.region, b.track].join()
        ? 1
        : a.weekIndex - b.weekIndex;
  return [...rows].sort(byKey).map((row) => Object.values(row));
}

/** Sparse charts of few ranks, with gaps, blanks, twins and misaligned weeks. */
const arbitraryEntries = fc
  .uniqueArray(
    fc.record({
      kind: fc.constantFrom('daily' as const, 'weekly' as const),
      region: fc.constantFrom('us', 'gb'),
      offset: fc.integer({ min: 0, max: 60 }),
      rank: fc.integer({ min: 1, max: 4 }),
      track: fc.constantFrom('a', 'b', 'c'),
      streams: fc.option(fc.integer({ min: 0, max: 1_000_000 }), { freq: 8 }),
      movement: fc.constantFrom(null, null, 'new' as const, 're-entry' as const, 'moved' as const),
      periods: fc.constantFrom(null, null, 1, 7),
    }),
    { maxLength: 60, selector: ({ kind, region, offset, rank }) => `${kind} ${region} ${offset} ${rank}` },
  )
  // Weekly charts may be labelled by any day, but don't overlap.
  .map((entries) =>
    entries.map((entry) => ({
      ...entry,
      date: day(entry.kind === 'weekly' ? Math.floor(entry.offset / 7) * 8 : entry.offset),
    })),
  )
  .map((entries) => [
    ...new Map(entries.map((entry) => [`${entry.kind} ${entry.region} ${entry.date} ${entry.rank}`, entry])).values(),
  ]);

test('random charts equal the day-by-day reference', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryEntries, async (entries) => {
      await lake.clear();
      await lake.addEntries(entries);
      const expected = referenceTrajectories(entries.map((entry) => ({ ...entry, track: trackIdOf(entry.track) })));
      expect((await lake.rows(SELECT_ALL)).map((row) => Object.values(row))).toEqual(inOrder(expected));
    }),
    { numRuns: 60 },
  );
});

test('streams are conserved: the grid adds up to what came in during the 104 weeks', async () => {
  const weeks = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 120 }), fc.integer({ min: 0, max: 2_000_000_000 })), {
    minLength: 1,
    maxLength: 40,
    selector: ([week]) => week,
  });
  await fc.assert(
    fc.asyncProperty(weeks, fc.integer({ min: 0, max: 6 }), async (history, shift) => {
      await lake.clear();
      // From the second week on, weeks are labelled `shift` days late.
      const first = Math.min(...history.map(([week]) => week));
      const entries = history.map(([week, streams]) => ({
        kind: 'weekly' as const,
        date: day(7 * week + (week === first ? 0 : shift)),
        rank: 1,
        track: 'song',
        streams,
      }));
      await lake.addEntries(entries);
      const debut = 7 * first - 6;
      const inside = entries.filter((_, index) => {
        const [week] = history[index]!;
        const lastDay = 7 * week + (week === first ? 0 : shift);
        return lastDay < debut + 104 * 7;
      });
      const straddles = history.some(([week]) => {
        const lastDay = 7 * week + (week === first ? 0 : shift);
        return lastDay >= debut + 104 * 7 && lastDay - 6 < debut + 104 * 7;
      });
      const [row] = await lake.rows(`SELECT coalesce(sum(streams), 0) AS s FROM trajectory`);
      const sum = inside.reduce((total, { streams }) => total + streams, 0);
      if (straddles) expect(Number(row?.s)).toBeGreaterThanOrEqual(sum);
      else expect(Number(row?.s)).toBe(sum);
    }),
    { numRuns: 60 },
  );
});

test('every fifth track of the sample equals the day-by-day reference', { timeout: 120_000 }, async () => {
  await lake.run(
    `INSERT INTO chart_entry SELECT 'daily', 'us', Date::DATE, "Position"::INTEGER, track_ID, Track, [], [], NULL, NULL, NULL, NULL,
      NULL, Streams::BIGINT, NULL, NULL, NULL, NULL, 'import:sample', 'abc' FROM '${SAMPLE_FILES.daily}'`,
  );
  const charts = await lake.connection.runAndReadAll(
    'SELECT chart_date::VARCHAR, rank, track_id, streams::DOUBLE FROM chart_entry',
  );
  const charted: ChartedRow[] = charts.getRowsJS().map(([date, rank, track, streams]) => ({
    kind: 'daily',
    region: 'us',
    date: String(date),
    rank: Number(rank),
    track: String(track),
    streams: Number(streams),
    movement: null,
    periods: null,
  }));
  const tracks = [...new Set(charted.map(({ track }) => track))].sort();
  const wanted = new Set(tracks.filter((_, index) => index % 5 === 0));
  const expected = inOrder(referenceTrajectories(charted, (track) => wanted.has(track)));
  expect(expected.length).toBe(1087 * 104);
  await lake.connection.run('CREATE TEMP TABLE wanted AS SELECT unnest($1) AS track_id', [listValue([...wanted])]);
  const reader = await lake.connection.runAndReadAll(
    SELECT_ALL.replace('FROM trajectory', 'FROM trajectory JOIN temp.wanted USING (track_id)'),
  );
  const rows = reader.getRowsJson();
  const different = rows.findIndex((row, index) =>
    row.some((value, column) => String(value) !== String(expected[index]?.[column])),
  );
  expect(rows.length).toBe(expected.length);
  expect([different, rows[different], expected[different]]).toEqual([-1, undefined, undefined]);
});
