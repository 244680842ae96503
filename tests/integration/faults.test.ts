/**
 * A bad night: refusals, a changed layout, a cut page, a dead region. The night completes, exactly the bad pages are put
 * aside with their bytes, and a backfill reads them again from the archive, asking the source for nothing.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseDate } from '../../contracts/dates.ts';
import type { RefreshResult } from '../../contracts/payloads.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { openPageArchive } from '../../data/archive/pageArchive.ts';
import {
  type LiveSystem,
  liveThrough,
  nightsFrom,
  rowsOf,
  START_TIMEOUT_MS,
  startLiveSystem,
  withLakeOf,
} from './liveSystem.ts';
import { dailyCharts, syntheticHistories } from './replicaCharts.ts';

const REGIONS = ['us', 'gb', 'de', 'fr', 'jp', 'br', 'se', 'it', 'es', 'nl', 'mt', 'at', 'be', 'ch'];
const NIGHTS = nightsFrom('2026-03-10', '2026-03-12');
const BAD_NIGHT = '2026-03-11';

let live: LiveSystem;
let results: RefreshResult[];

beforeAll(async () => {
  live = await startLiveSystem({
    histories: syntheticHistories(REGIONS, '2026-01-01', 72),
    charts: dailyCharts(REGIONS),
    settings: { enrich: false },
  });
  live.replica.setFaults({
    seed: 4,
    rate429: 0.05,
    rate500: 0.05,
    layoutChange: [`/spotify/country/de_daily.html@${BAD_NIGHT}`],
    cutShort: [`/spotify/country/fr_daily.html@${BAD_NIGHT}`],
    deadRegions: { mt: parseDate('2026-01-05') },
  });
  results = await liveThrough(live, NIGHTS);
}, START_TIMEOUT_MS);

afterAll(() => live?.remove());

test('the source did refuse', () => {
  const { byStatus } = live.replica.requests();
  expect(byStatus[429] ?? 0).toBeGreaterThan(0);
  expect(byStatus[500] ?? 0).toBeGreaterThan(0);
});

test('every night completes, and exactly the bad pages are put aside', () => {
  expect(results.map(({ outcomes }) => outcomes)).toEqual([
    { committed: 14, replaced: 0, unchanged: 0, quarantined: 0, failed: 0 },
    // The dead region serves what it served before.
    { committed: 11, replaced: 0, unchanged: 1, quarantined: 2, failed: 0 },
    { committed: 13, replaced: 0, unchanged: 1, quarantined: 0, failed: 0 },
  ]);
  const { problems } = results[1]!;
  expect([...problems].sort((a, b) => (a.region < b.region ? -1 : 1))).toEqual([
    { region: 'de', outcome: 'quarantined', errorType: 'LayoutChanged', message: expect.stringContaining('Plays') },
    {
      region: 'fr',
      outcome: 'quarantined',
      errorType: 'PageTruncated',
      message: expect.stringContaining('fr_daily.html'),
    },
  ]);
});

test('the dead region is told apart from the late ones', () => {
  expect(results.at(-1)!.freshness).toEqual({ numFresh: 13, numLate: 0, numDead: 1, lateRegions: [] });
});

test('the quarantine lists both pages with their reason, and the archive has their bytes', async () => {
  const quarantined = await withLakeOf(live.home, (lake) => lake.archivedPages({ selection: { what: 'quarantined' } }));
  expect(quarantined.map(({ url }) => url.slice(url.lastIndexOf('/') + 1)).sort()).toEqual([
    'de_daily.html',
    'fr_daily.html',
  ]);
  const archive = openPageArchive(live.home.pagesDir);
  for (const { sha256, url } of quarantined) {
    const text = new TextDecoder().decode(await archive.get(sha256));
    if (url.includes('de_daily')) expect(text).toContain('<th>Plays</th>');
    else expect(text).not.toContain('</html>');
  }
});

test('a backfill of the quarantine reads the archive alone; what still does not fit stays where it is', async () => {
  live.replica.clearRequests();
  const run = await live.control.startBackfill({ what: 'quarantined' });
  expect(await live.control.awaitBackfill(run)).toMatchObject({
    numPlanned: 2,
    numPages: 2,
    numQuarantined: 2,
    numCommitted: 0,
    numMissing: 0,
  });
  expect(live.replica.requests().numRequests).toBe(0);
});

test('a backfill of dates that were fetched changes nothing; of dates that never were, it is refused with their names', async () => {
  const chart = { kind: 'daily', region: parseRegion('us') } as const;
  const fetched = await live.control.startBackfill({
    what: 'chart-dates',
    chart,
    firstDate: parseDate('2026-03-08'),
    lastDate: parseDate('2026-03-10'),
  });
  expect(await live.control.awaitBackfill(fetched)).toMatchObject({ numPlanned: 3, numPages: 3, numUnchanged: 3 });

  const never = await live.control.startBackfill({
    what: 'chart-dates',
    chart,
    firstDate: parseDate('2026-03-01'),
    lastDate: parseDate('2026-03-08'),
  });
  await expect(live.control.awaitBackfill(never)).rejects.toMatchObject({
    type: 'BackfillRefused',
    message: expect.stringContaining('2026-03-01, 2026-03-02'),
  });
});

test('a night in which no chart comes in is a failed run, and says why', async () => {
  live.replica.setFaults({ rate500: 1 });
  const run = await live.control.startRefresh('daily', parseDate('2026-03-13'));
  await expect(live.control.awaitRefresh(run)).rejects.toMatchObject({
    type: 'SourceUnavailable',
    message: expect.stringContaining('none of 14 daily charts came in'),
  });
  live.replica.setFaults({});
});

test('a run that is cancelled stops, and keeps what it committed', async () => {
  const before = Number((await rowsOf(live.home, 'SELECT count(*) FROM chart_entry'))[0]![0]);
  live.replica.setFaults({ rateSlow: 1, slowMs: 60_000 });
  const run = await live.control.startRefresh('daily', parseDate('2026-03-13'));
  await live.control.cancel(run.workflowId);
  await expect(live.control.awaitRefresh(run)).rejects.toThrow('Cancelled');
  live.replica.setFaults({});
  expect((await rowsOf(live.home, 'SELECT count(*) FROM chart_entry'))[0]![0]).toBe(before);
  await expect(live.control.cancel(run.workflowId)).rejects.toMatchObject({ type: 'InvalidInput' });
});
