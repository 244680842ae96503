/** chart_cut, new_entry and freshness: given rows, expected rows. */
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildChild, startChild } from '../childProcess.ts';
import { trackIdOf } from '../lakeFixture.ts';
import { type Entry, openPlainLake, type PlainLake } from './plainLake.ts';

let lake: PlainLake;
let freshnessChild: string;
beforeAll(async () => {
  freshnessChild = await buildChild(path.join(import.meta.dirname, '..', 'children', 'tellToday.ts'));
  lake = await openPlainLake();
});
beforeEach(() => lake.clear());
afterAll(() => lake.close());

/** A chart with these tracks from rank 1 on; a track is `word`, or `word` with more. */
function chart(
  date: string,
  tracks: readonly (string | (Partial<Entry> & { track: string }))[],
  more: Partial<Entry> = {},
): Entry[] {
  return tracks.map((track, index) => ({
    date,
    rank: index + 1,
    streams: 1000 - index,
    ...more,
    ...(typeof track === 'string' ? { track } : track),
  }));
}

describe('chart_cut', () => {
  const full = (date: string, lastStreams: number | null): Entry[] =>
    Array.from({ length: 200 }, (_, index) => ({
      date,
      rank: index + 1,
      track: `t${index}`,
      streams: index === 199 ? lastStreams : 1000 - index,
    }));

  test('a full chart has the streams of its last rank as its cut; a chart that is not full has none', async () => {
    await lake.addEntries([
      ...full('2026-07-15', 500),
      ...chart('2026-07-16', ['a', 'b']),
      ...chart('2026-07-16', ['a'], { region: 'cy' }),
    ]);
    expect(await lake.rows('FROM chart_cut ORDER BY region, chart_date')).toEqual([
      {
        chart_kind: 'daily',
        region: 'cy',
        chart_date: '2026-07-16',
        num_ranks: 1,
        is_full: false,
        last_rank_streams: 1000,
        cut_streams: null,
      },
      {
        chart_kind: 'daily',
        region: 'us',
        chart_date: '2026-07-15',
        num_ranks: 200,
        is_full: true,
        last_rank_streams: 500,
        cut_streams: 500,
      },
      {
        chart_kind: 'daily',
        region: 'us',
        chart_date: '2026-07-16',
        num_ranks: 2,
        is_full: false,
        last_rank_streams: 999,
        cut_streams: null,
      },
    ]);
  });

  test('a blank last row leaves the cut to the row above', async () => {
    await lake.addEntries(full('2026-07-15', null));
    expect(await lake.rows('SELECT last_rank_streams, cut_streams FROM chart_cut')).toEqual([
      { last_rank_streams: 802, cut_streams: 802 },
    ]);
  });

  test('no known streams, no cut', async () => {
    await lake.addEntries(chart('2026-07-15', ['a', 'b'], { streams: null }));
    expect(await lake.rows('SELECT num_ranks, last_rank_streams, cut_streams FROM chart_cut')).toEqual([
      { num_ranks: 2, last_rank_streams: null, cut_streams: null },
    ]);
  });

  test('the depth can be switched; nonsense is an error', async () => {
    await lake.addEntries(full('2026-07-15', 500));
    await lake.run('SET VARIABLE chart_depth = 50');
    expect(await lake.rows('SELECT num_ranks, is_full, cut_streams FROM chart_cut')).toEqual([
      { num_ranks: 50, is_full: true, cut_streams: 951 },
    ]);
    for (const [value, message] of [
      ['0', /chart_depth must be 1 or more, not 0/],
      ["'deep'", /deep/],
    ] as const) {
      await lake.run(`SET VARIABLE chart_depth = ${value}`);
      await expect(lake.rows('FROM chart_cut')).rejects.toThrow(message);
    }
  });
});

describe('new_entry', () => {
  const entered = (where = 'true') =>
    lake.rows(
      `SELECT chart_date, track_id, entry_kind, rank, streams, is_left_censored FROM new_entry WHERE ${where} ORDER BY chart_date, rank`,
    );

  test('what the page says counts, whatever the lake knows', async () => {
    await lake.addEntries([
      ...chart('2026-07-15', [
        { track: 'a', movement: 'moved' },
        { track: 'b', movement: 'new' },
      ]),
      ...chart('2026-07-16', [
        { track: 'c', movement: 're-entry' },
        { track: 'b', movement: 'moved' },
        { track: 'a', movement: 'new' },
      ]),
    ]);
    expect(await entered()).toEqual([
      {
        chart_date: '2026-07-15',
        track_id: trackIdOf('b'),
        entry_kind: 'new',
        rank: 2,
        streams: 999,
        is_left_censored: false,
      },
      {
        chart_date: '2026-07-16',
        track_id: trackIdOf('c'),
        entry_kind: 're-entry',
        rank: 1,
        streams: 1000,
        is_left_censored: false,
      },
      {
        chart_date: '2026-07-16',
        track_id: trackIdOf('a'),
        entry_kind: 'new',
        rank: 3,
        streams: 998,
        is_left_censored: false,
      },
    ]);
  });

  test('where a source says nothing, absence from the chart before does', async () => {
    await lake.addEntries([
      ...chart('2026-07-14', ['a', 'b']),
      ...chart('2026-07-15', ['a', 'c']),
      ...chart('2026-07-16', ['b', 'a']),
    ]);
    expect(await entered(`chart_date > '2026-07-14'`)).toEqual([
      {
        chart_date: '2026-07-15',
        track_id: trackIdOf('c'),
        entry_kind: 'new',
        rank: 2,
        streams: 999,
        is_left_censored: false,
      },
      {
        chart_date: '2026-07-16',
        track_id: trackIdOf('b'),
        entry_kind: 're-entry',
        rank: 1,
        streams: 1000,
        is_left_censored: false,
      },
    ]);
  });

  test('on the first chart, and after a gap, an entry may be older: left-censored', async () => {
    await lake.addEntries([...chart('2026-07-13', ['a']), ...chart('2026-07-15', ['a', 'b'])]);
    expect(await entered()).toMatchObject([
      { chart_date: '2026-07-13', entry_kind: 'new', is_left_censored: true },
      { chart_date: '2026-07-15', track_id: trackIdOf('b'), entry_kind: 'new', is_left_censored: true },
    ]);
  });

  test('a count of periods settles what absence leaves open', async () => {
    await lake.addEntries([
      ...chart('2026-07-13', [
        { track: 'a', periods: 1 },
        { track: 'b', periods: 9 },
      ]),
      ...chart('2026-07-14', [
        { track: 'c', periods: 4 },
        { track: 'd', periods: 1 },
      ]),
    ]);
    expect(await entered()).toMatchObject([
      { track_id: trackIdOf('a'), entry_kind: 'new', is_left_censored: false },
      { track_id: trackIdOf('b'), entry_kind: 're-entry', is_left_censored: true },
      { track_id: trackIdOf('c'), entry_kind: 're-entry', is_left_censored: false },
      { track_id: trackIdOf('d'), entry_kind: 'new', is_left_censored: false },
    ]);
  });

  test('weekly charts are a week apart; charts do not mix', async () => {
    const weekly = { kind: 'weekly' } as const;
    await lake.addEntries([
      ...chart('2026-07-09', ['a'], weekly),
      ...chart('2026-07-16', ['a', 'b'], weekly),
      ...chart('2026-07-16', ['a'], { region: 'gb' }),
      ...chart('2026-07-15', ['b']),
    ]);
    expect(
      await lake.rows(
        `SELECT track_id, is_left_censored FROM new_entry WHERE chart_kind = 'weekly' AND chart_date = '2026-07-16'`,
      ),
    ).toEqual([{ track_id: trackIdOf('b'), is_left_censored: false }]);
    expect(await lake.rows(`SELECT region FROM new_entry WHERE chart_kind = 'daily' ORDER BY region`)).toEqual([
      { region: 'gb' },
      { region: 'us' },
    ]);
  });

  test('a track that stands twice, blank and as a re-entry, came in once, at the rank of the re-entry', async () => {
    await lake.addEntries([
      ...chart('2026-07-15', ['a'], { movement: 'moved' }),
      ...chart('2026-07-16', [
        { track: 'a', movement: 'moved' },
        { track: 'b', movement: null, streams: null },
        { track: 'b', movement: 're-entry', periods: 354, streams: 77 },
      ]),
    ]);
    expect(await entered()).toEqual([
      {
        chart_date: '2026-07-16',
        track_id: trackIdOf('b'),
        entry_kind: 're-entry',
        rank: 3,
        streams: 77,
        is_left_censored: false,
      },
    ]);
  });
});

describe('freshness', () => {
  test('is the newest chart date against the given day', async () => {
    await lake.addEntries([
      ...chart('2026-07-14', ['a']),
      ...chart('2026-07-15', ['a']),
      ...chart('2026-07-14', ['a'], { region: 'gb' }),
      ...chart('2017-08-05', ['a'], { region: 'cy' }),
      ...chart('2026-07-07', ['a'], { kind: 'weekly' }),
      ...chart('2026-07-06', ['a'], { kind: 'weekly', region: 'gb' }),
    ]);
    await lake.run(`SET VARIABLE today = DATE '2026-07-18'`);
    expect(await lake.rows('FROM freshness ORDER BY chart_kind, region')).toEqual([
      { chart_kind: 'daily', region: 'cy', newest_chart_date: '2017-08-05', lag_days: 3269, state: 'dead' },
      { chart_kind: 'daily', region: 'gb', newest_chart_date: '2026-07-14', lag_days: 4, state: 'late' },
      { chart_kind: 'daily', region: 'us', newest_chart_date: '2026-07-15', lag_days: 3, state: 'fresh' },
      { chart_kind: 'weekly', region: 'gb', newest_chart_date: '2026-07-06', lag_days: 12, state: 'late' },
      { chart_kind: 'weekly', region: 'us', newest_chart_date: '2026-07-07', lag_days: 11, state: 'fresh' },
    ]);
  });

  test.each([
    [60, 'late'],
    [61, 'dead'],
  ])('%d days is %s', async (days, state) => {
    await lake.addEntries(chart('2026-01-01', ['a']));
    await lake.run(`SET VARIABLE today = DATE '2026-01-01' + ${days}`);
    expect(await lake.rows('SELECT lag_days, state FROM freshness')).toEqual([{ lag_days: days, state }]);
  });

  test.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'UTC'])(
    'is against today in UTC for a reader in %s',
    async (zone) => {
      // The two are 25 hours apart: at any moment one of them has another day than UTC.
      const before = new Date().toISOString().slice(0, 10);
      const child = startChild(freshnessChild, [], process.execPath, { TZ: zone });
      expect(await child.ended).toMatchObject({ code: 0, stderr: '' });
      const after = new Date().toISOString().slice(0, 10);
      expect([before, after]).toContain(child.lines[0]);
    },
  );
});
