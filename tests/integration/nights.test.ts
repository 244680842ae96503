/**
 * Nights over real HTTP into a real lake, by the schedule's own backfill: what came in is what the source had, the same
 * night twice changes nothing, and a correction changes the charts it is about and no others.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChartHistory } from '../../contracts/chartHistory.ts';
import { parseDate } from '../../contracts/dates.ts';
import { parseRegion } from '../../contracts/regions.ts';
import type { Settings } from '../../contracts/settings.ts';
import type { ScheduleOptions } from '../../workers/control/schedules.ts';
import {
  type LiveSystem,
  liveThrough,
  newestSnapshotId,
  nightsFrom,
  refreshNow,
  rowsOf,
  START_TIMEOUT_MS,
  startLiveSystem,
  withLakeOf,
} from './liveSystem.ts';
import { dailyCharts, syntheticHistories } from './replicaCharts.ts';

const REGIONS = ['us', 'gb', 'de', 'jp', 'br'];
/** The replica runs two days behind, as kworb does. */
const NIGHTS = nightsFrom('2026-03-05', '2026-03-08');
const CHART_DATES = nightsFrom('2026-03-03', '2026-03-06');

let histories: ChartHistory[];
let live: LiveSystem;

beforeAll(async () => {
  histories = syntheticHistories(REGIONS, '2026-02-20', 20);
  live = await startLiveSystem({ histories, charts: dailyCharts(REGIONS) });
}, START_TIMEOUT_MS);

afterAll(() => live?.remove());

test('a night brings the charts of two days before, under the schedule’s nominal date', async () => {
  const results = await liveThrough(live, NIGHTS);
  expect(
    results.map(({ nominalDate, firstChartDate, lastChartDate }) => [nominalDate, firstChartDate, lastChartDate]),
  ).toEqual(NIGHTS.map((nominalDate, i) => [nominalDate, CHART_DATES[i], CHART_DATES[i]]));
  for (const result of results) {
    expect(result).toMatchObject({
      numCharts: REGIONS.length,
      outcomes: { committed: REGIONS.length, replaced: 0, unchanged: 0, quarantined: 0, failed: 0 },
      numRows: REGIONS.length * 20,
      problems: [],
      notes: [],
      freshness: { numFresh: REGIONS.length, numLate: 0, numDead: 0 },
    });
  }
});

test('the lake holds exactly the numbers of the source', async () => {
  const stored = await rowsOf(
    live.home,
    'SELECT region, chart_date, rank, track_id, streams, source FROM chart_entry ORDER BY ALL',
  );
  const expected = histories.flatMap(({ region, dates, rowStarts, trackIndexes, tracks, streams }) =>
    dates.flatMap((date, day) => {
      if (!CHART_DATES.includes(date)) return [];
      const start = rowStarts[day]!;
      return Array.from({ length: rowStarts[day + 1]! - start }, (_, i) => [
        region,
        date,
        i + 1,
        tracks[trackIndexes[start + i]!]!.id,
        streams[start + i]!,
        'replica',
      ]);
    }),
  );
  expected.sort((a, b) =>
    `${a[0]}${a[1]}` < `${b[0]}${b[1]}` ? -1 : `${a[0]}${a[1]}` > `${b[0]}${b[1]}` ? 1 : Number(a[2]) - Number(b[2]),
  );
  expect(stored).toEqual(expected);
});

test('track pages of new and returning entries came with the nights, each once', async () => {
  const [entered] = await rowsOf(live.home, 'SELECT count(DISTINCT track_id) FROM new_entry');
  const [fetched] = await rowsOf(live.home, "SELECT count(*), count(DISTINCT url) FROM page WHERE page_kind = 'track'");
  expect(fetched).toEqual([entered![0], entered![0]]);
  expect(Number(entered![0])).toBeGreaterThan(3);
});

test('the same nights again: every chart unchanged, and no new snapshot', async () => {
  const before = await newestSnapshotId(live.home);
  const scheduled = await liveThrough(live, NIGHTS.slice(-1));
  const asked = await refreshNow(live, NIGHTS.at(-1)!);
  for (const result of [...scheduled, asked]) {
    expect(result).toMatchObject({
      outcomes: { unchanged: REGIONS.length, committed: 0, replaced: 0 },
      numSnapshots: 0,
    });
  }
  expect(await newestSnapshotId(live.home)).toBe(before);
});

test('three pages corrected by their source: three charts change, and the old rows stay in the older snapshot', async () => {
  const before = await newestSnapshotId(live.home);
  const date = CHART_DATES.at(-1)!;
  const topStreams = () =>
    rowsOf(
      live.home,
      `SELECT region, streams FROM chart_entry WHERE chart_date = '${date}' AND rank = 1 ORDER BY region`,
    );
  const old = await topStreams();
  for (const region of ['us', 'de', 'jp']) {
    const history = histories.find((each) => each.region === region)!;
    const row = history.rowStarts[history.dates.indexOf(date)]!;
    live.replica.correctStreams({
      region: parseRegion(region),
      date: parseDate(date),
      trackId: history.tracks[history.trackIndexes[row]!]!.id,
      streams: history.streams[row]! + 1,
    });
  }
  const result = await refreshNow(live, NIGHTS.at(-1)!);
  expect(result.outcomes).toEqual({ committed: 0, replaced: 3, unchanged: 2, quarantined: 0, failed: 0 });
  const corrected = (region: unknown): boolean => ['us', 'de', 'jp'].includes(String(region));
  expect(await topStreams()).toEqual(
    old.map(([region, streams]) => [region!, Number(streams) + Number(corrected(region))]),
  );
  const [then] = await rowsOf(
    live.home,
    `SELECT streams FROM chart_entry AT (VERSION => ${before}) WHERE region = 'us' AND chart_date = '${date}' AND rank = 1`,
  );
  expect(then).toEqual([old.find(([region]) => region === 'us')![1]]);
});

test('starting a night that runs is one run', async () => {
  const [first, second] = await Promise.all([
    live.control.startRefresh('daily', parseDate('2026-03-09')),
    live.control.startRefresh('daily', parseDate('2026-03-09')),
  ]);
  expect(first.runId).toBe(second.runId);
  expect([first.isNew, second.isNew].sort()).toEqual([false, true]);
  await live.control.awaitRefresh(first);
});

test('what ran is told afterwards', async () => {
  await live.control.awaitIdle();
  const { refreshes, finished } = await live.control.describeRuns(3);
  expect(refreshes).toEqual([]);
  expect(finished).toHaveLength(3);
  expect(finished[0]).toMatchObject({ failure: null, result: { nominalDate: '2026-03-09' } });
  await withLakeOf(live.home, async (lake) => expect(await lake.quarantinedPages()).toEqual([]));
});

test('schedules are what the settings say, and stay so', async () => {
  const apply = async (settings: Partial<Settings>, options?: ScheduleOptions) => {
    const applied = await live.control.applySchedules({ ...live.settings, ...settings }, options);
    return Object.fromEntries(applied.map(({ cadence, change }) => [cadence, change]));
  };
  const both = [...dailyCharts(['us']), { kind: 'weekly', region: parseRegion('us') } as const];
  expect(await apply({})).toEqual({ daily: 'unchanged', weekly: 'absent' });
  expect(await apply({ charts: both, timeZone: 'Europe/Berlin', dailyAt: '05:30' })).toEqual({
    daily: 'updated',
    weekly: 'created',
  });
  expect(await apply({ charts: both, timeZone: 'Europe/Berlin', dailyAt: '05:30' })).toEqual({
    daily: 'unchanged',
    weekly: 'unchanged',
  });
  const [daily, weekly] = await live.control.describeSchedules();
  expect(daily).toMatchObject({ at: '05:30', timeZone: 'Europe/Berlin', isPaused: true });
  expect(weekly).toMatchObject({ at: 'saturday 04:00', timeZone: 'Europe/Berlin', isPaused: false });
  expect(weekly!.nextRuns.every((run) => run.getUTCDay() === 6)).toBe(true);

  expect(await live.control.pauseSchedules('somebody moves house')).toEqual(['daily', 'weekly']);
  expect(await live.control.describeSchedules()).toMatchObject([
    { isPaused: true, note: 'somebody moves house' },
    { isPaused: true, note: 'somebody moves house' },
  ]);
  // What a person paused stays paused when the hours change.
  expect(await apply({ charts: both, dailyAt: '06:00' })).toEqual({ daily: 'updated', weekly: 'updated' });
  expect((await live.control.describeSchedules()).every(({ isPaused }) => isPaused)).toBe(true);
  await live.control.resumeSchedules();
  expect((await live.control.describeSchedules()).every(({ isPaused }) => !isPaused)).toBe(true);
  expect(await apply({}, { pausedBecause: 'the end' })).toEqual({ daily: 'updated', weekly: 'removed' });
});

test('a night that no schedule has is refused', async () => {
  const nights = nightsFrom('2026-03-05', '2026-03-06');
  await expect(live.control.backfillSchedule(live.settings, 'weekly', nights)).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringContaining('"weekly" was not applied'),
  });
});
