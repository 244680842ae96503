/** Commit and backfill over real pages: the replica's, through the real archive, into a real lake. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BackfillActivities, createBackfillActivities } from '../../activities/backfill.ts';
import { type CommitActivities, createCommitActivities } from '../../activities/commit.ts';
import { createFetchActivities, type FetchActivities } from '../../activities/fetch.ts';
import { provenanceOf } from '../../activities/ingestPage.ts';
import type { ChartHistory } from '../../contracts/chartHistory.ts';
import { addDays, parseDate } from '../../contracts/dates.ts';
import type { ChartPage } from '../../contracts/pages.ts';
import type { BackfillCounts, BackfillSelection, PageRef, PageTarget } from '../../contracts/payloads.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { openPageArchive, type PageArchive } from '../../data/archive/pageArchive.ts';
import type { Lake } from '../../data/lake/types.ts';
import { createHttpFetcher } from '../../sources/http.ts';
import { parsePageBytes } from '../../sources/kworb/parsePage.ts';
import type { PageFetcher } from '../../sources/pageFetcher.ts';
import type { Replica } from '../../sources/replica/replica.ts';
import { createReplica } from '../../sources/replica/server.ts';
import { type LakeHome, makeLake, rowsOf } from '../data/lakeFixture.ts';
import { syntheticHistories } from '../integration/replicaCharts.ts';
import { runActivity } from './siteFixture.ts';

const TODAY = parseDate('2026-03-05');
const US_PATH = '/spotify/country/us_daily.html';

let histories: ChartHistory[];
let replica: Replica;
let lakeHome: LakeHome;
let lake: Lake;
let pagesDir: string;
let archive: PageArchive;
let fetcher: PageFetcher;
let activities: FetchActivities & CommitActivities & BackfillActivities;

beforeEach(async () => {
  histories = syntheticHistories(['us', 'gb'], '2026-02-20', 20);
  replica = createReplica({ histories });
  const baseUrl = await replica.listen();
  lakeHome = await makeLake();
  lake = lakeHome.lake;
  pagesDir = await mkdtemp(path.join(os.tmpdir(), 'chartlife-pages-'));
  archive = openPageArchive(pagesDir);
  fetcher = createHttpFetcher({ allowedHosts: [replica.host], minIntervalMs: 0, jitterMs: 0 });
  const ports = { lake, archive, sourceKind: 'replica' as const };
  activities = {
    ...createFetchActivities({ fetcher, archive, source: { kind: 'replica', baseUrl, contact: null }, jitterMs: 0 }),
    ...createCommitActivities(ports),
    ...createBackfillActivities(ports),
  };
});

afterEach(async () => {
  await fetcher.close();
  await replica.close();
  await lakeHome.remove();
  await rm(pagesDir, { recursive: true, force: true });
});

async function fetched(target: PageTarget, nominalDate = TODAY): Promise<PageRef> {
  const result = await runActivity(activities.fetchPage, { target, nominalDate });
  if (result.outcome === 'absent') throw new Error(`${result.url} is absent`);
  return result.page;
}

const usDaily = (nominalDate = TODAY): Promise<PageRef> =>
  fetched({ kind: 'chart', chart: { kind: 'daily', region: parseRegion('us') } }, nominalDate);

const commit = (page: PageRef) => runActivity(activities.commitPage, { page });

async function parsed(ref: PageRef): Promise<ChartPage> {
  const page = parsePageBytes(await archive.get(ref.sha256));
  if (page.kind !== 'daily') throw new Error(`a ${page.kind} page`);
  return page;
}

/** A whole backfill, batch by batch, as the workflow does it. */
async function backfill(selection: BackfillSelection): Promise<BackfillCounts & { readonly numPlanned: number }> {
  const { numPages: numPlanned } = await runActivity(activities.planBackfill, selection);
  const { counts, nextCursor } = await runActivity(activities.reparsePages, { selection, cursor: null });
  expect(nextCursor).toBeNull();
  return { ...counts, numPlanned };
}

/** The top track of a region's chart, and the day two before `TODAY`. */
function topOf(region: string): Parameters<Replica['correctStreams']>[0] {
  const history = histories.find((each) => each.region === region)!;
  const date = addDays(TODAY, -2);
  const row = history.rowStarts[history.dates.indexOf(date)]!;
  const trackId = history.tracks[history.trackIndexes[row]!]!.id;
  return { region: history.region, date, trackId, streams: history.streams[row]! + 1 };
}

/** The page with its last row again and again, each a rank further down. */
function withRows(numRows: number): (html: string) => string {
  return (html) => {
    const rows = html.match(/<tr[^>]*><td class="np">\d+<\/td>[\s\S]*?<\/tr>/g) ?? [];
    const last = rows.at(-1)!;
    const more = Array.from({ length: numRows - rows.length }, (_, i) =>
      last.replace(/<td class="np">\d+<\/td>/, `<td class="np">${rows.length + 1 + i}</td>`),
    );
    return html.replace(last, [last, ...more].join('\n'));
  };
}

describe('commitPage', () => {
  test('a chart date is committed once; its correction replaces it; the same again changes nothing', async () => {
    const page = await usDaily();
    const first = await commit(page);
    expect(first).toMatchObject({ outcome: 'committed', chartDate: '2026-03-03', numRows: 20, numWarnings: 0 });
    expect(first.snapshotId).not.toBeNull();
    expect(await commit(page)).toMatchObject({ outcome: 'unchanged', snapshotId: null });

    replica.correctStreams(topOf('us'));
    const corrected = await usDaily();
    expect(corrected.sha256).not.toBe(page.sha256);
    expect(await commit(corrected)).toMatchObject({ outcome: 'replaced', numRows: 20 });
  });

  test('rows say that they come from a replica', async () => {
    await commit(await usDaily());
    expect(await rowsOf(lake, 'SELECT DISTINCT source FROM chart_entry')).toEqual([{ source: 'replica' }]);
  });

  test.each<[string, (html: string) => string, string]>([
    ['a changed layout', (html) => html.replaceAll('<th>Streams</th>', '<th>Plays</th>'), 'LayoutChanged'],
    ['a page cut short', (html) => html.slice(0, html.length * 0.6), 'PageTruncated'],
    [
      'another region than was asked for',
      (html) => html.replaceAll('United States', 'United Kingdom').replaceAll('us_', 'gb_'),
      'WrongPage',
    ],
    ['an empty answer', () => '', 'PageTruncated'],
    ['no page of kworb’s', () => '<html><body><p>Down for maintenance</p></body></html>', 'WrongPage'],
    ['more rows than a chart has', withRows(201), 'CheckFailed'],
  ])('%s: put aside with its bytes, and nothing is committed', async (_what, edit, errorType) => {
    replica.override(US_PATH, edit);
    const page = await usDaily();
    const first = await commit(page);
    expect(first).toMatchObject({ outcome: 'quarantined', isNew: true, errorType });
    expect(await rowsOf(lake, 'FROM chart_entry')).toEqual([]);
    expect(await lake.quarantinedPages()).toMatchObject([{ url: page.url, sha256: page.sha256, errorType }]);
    expect(await archive.has(page.sha256)).toBe(true);
    // The same page in the next night is the same finding.
    expect(await commit(page)).toMatchObject({ outcome: 'quarantined', isNew: false, snapshotId: null });
  });

  test('a page that came cut is fetched whole next time; one whose layout changed need not be sent again', async () => {
    replica.override(US_PATH, (html) => html.slice(0, html.length * 0.6));
    await commit(await usDaily());
    const again = { kind: 'chart', chart: { kind: 'daily', region: parseRegion('us') } } as const;
    const refetch = () => runActivity(activities.fetchPage, { target: again, nominalDate: TODAY });
    expect(await refetch()).toMatchObject({ outcome: 'fetched' });

    replica.override(US_PATH, (html) => html.replaceAll('<th>Streams</th>', '<th>Plays</th>'));
    await commit(await usDaily());
    expect(await refetch()).toMatchObject({ outcome: 'not-modified' });
  });

  test('the quarantine of a day is open until that day’s chart has come in', async () => {
    replica.override(US_PATH, (html) => html.replaceAll('<th>Streams</th>', '<th>Plays</th>'));
    await commit(await usDaily());
    replica.override(US_PATH, null);
    await commit(await usDaily(addDays(TODAY, 1)));
    expect(await lake.quarantinedPages()).toHaveLength(1);
    await commit(await usDaily());
    expect(await lake.quarantinedPages()).toEqual([]);
  });

  test('a body that the archive has lost is an error that says where it should be', async () => {
    const page = await usDaily();
    await rm(archive.pathOf(page.sha256));
    await expect(commit(page)).rejects.toMatchObject({
      type: 'LakeUnusable',
      nonRetryable: true,
      message: expect.stringContaining(archive.pathOf(page.sha256)),
    });
  });
});

describe('commitTrackPages', () => {
  test('one that does not fit does not hold the others', async () => {
    const trackIds = (await parsed(await usDaily())).rows.slice(0, 3).map(({ trackId }) => trackId);
    replica.override(`/spotify/track/${trackIds[1]}.html`, (html) => html.slice(0, html.length * 0.6));
    const pages = await Promise.all(trackIds.map((trackId) => fetched({ kind: 'track', trackId })));
    expect(await runActivity(activities.commitTrackPages, { pages })).toMatchObject({
      numCommitted: 2,
      numUnchanged: 0,
      numQuarantined: 1,
    });
    const again = await runActivity(activities.commitTrackPages, { pages });
    expect(again).toMatchObject({ numCommitted: 0, numUnchanged: 2, numQuarantined: 1, numSnapshots: 0 });
  });
});

describe('backfill', () => {
  test('a page that the parser of its day could not read is read by today’s', async () => {
    const page = await usDaily();
    const reason = { errorType: 'LayoutChanged' as const, message: 'the parser of that day did not know it' };
    await lake.quarantinePage({ ...provenanceOf(page), parserVersion: 'kworb-0' }, reason);
    expect(await backfill({ what: 'quarantined' })).toMatchObject({ numPlanned: 1, numPages: 1, numCommitted: 1 });
    expect(await lake.quarantinedPages()).toEqual([]);
    expect(await backfill({ what: 'quarantined' })).toMatchObject({ numPlanned: 0, numPages: 0 });
  });

  test('pages of an older parser are read again, once', async () => {
    for (const nominalDate of [TODAY, addDays(TODAY, 1)]) {
      const page = await usDaily(nominalDate);
      const options = { source: 'replica' as const };
      await lake.commitChart(await parsed(page), { ...provenanceOf(page), parserVersion: 'kworb-0' }, options);
    }
    expect(await backfill({ what: 'older-parser' })).toMatchObject({ numPlanned: 2, numPages: 2, numUnchanged: 2 });
    expect(await backfill({ what: 'older-parser' })).toMatchObject({ numPlanned: 0, numPages: 0 });
  });

  test('an old page that can be read at last does not undo a newer correction', async () => {
    const old = await usDaily();
    const reason = { errorType: 'LayoutChanged' as const, message: 'the parser of that day did not know it' };
    await lake.quarantinePage({ ...provenanceOf(old), parserVersion: 'kworb-0' }, reason);
    const correction = topOf('us');
    replica.correctStreams(correction);
    await commit(await usDaily());
    expect(await backfill({ what: 'quarantined' })).toMatchObject({ numPages: 1, numUnchanged: 1, numReplaced: 0 });
    expect(await rowsOf(lake, 'SELECT streams FROM chart_entry WHERE rank = 1')).toEqual([
      { streams: correction.streams },
    ]);
  });

  test('a source that goes back to its first numbers is followed', async () => {
    const correction = topOf('us');
    await commit(await usDaily());
    replica.correctStreams(correction);
    await commit(await usDaily());
    replica.correctStreams({ ...correction, streams: correction.streams - 1 });
    expect(await commit(await usDaily())).toMatchObject({ outcome: 'replaced' });
    expect(await rowsOf(lake, 'SELECT streams FROM chart_entry WHERE rank = 1')).toEqual([
      { streams: correction.streams - 1 },
    ]);
  });

  test('what the archive has lost is counted, and the rest goes on', async () => {
    const pages = [await usDaily(), await usDaily(addDays(TODAY, 1))];
    for (const page of pages) await commit(page);
    await rm(archive.pathOf(pages[0]!.sha256));
    const selection: BackfillSelection = {
      what: 'chart-dates',
      chart: { kind: 'daily', region: parseRegion('us') },
      firstDate: addDays(TODAY, -2),
      lastDate: addDays(TODAY, -1),
    };
    expect(await backfill(selection)).toMatchObject({ numPlanned: 2, numMissing: 1, numUnchanged: 1 });
  });

  test('dates that were never fetched are refused by name', async () => {
    await commit(await usDaily());
    const plan = runActivity(activities.planBackfill, {
      what: 'chart-dates',
      chart: { kind: 'daily', region: parseRegion('us') },
      firstDate: addDays(TODAY, -20),
      lastDate: addDays(TODAY, -2),
    });
    await expect(plan).rejects.toMatchObject({
      type: 'BackfillRefused',
      nonRetryable: true,
      message: expect.stringMatching(
        /^18 of 19 chart dates of us\/daily were never fetched: 2026-02-13, .* and 8 more/,
      ),
    });
  });
});
