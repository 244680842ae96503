/** Track pages, pages that bring names, and the quarantine. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addDays, parseDate } from '../../../contracts/dates.ts';
import type { PageProvenance } from '../../../contracts/lake.ts';
import type { TotalsPage, TrackPage, TrackPeriod } from '../../../contracts/pages.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import type { Lake } from '../../../data/lake/types.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import {
  artistIdOf,
  artistOf,
  commit,
  type LakeHome,
  makeLake,
  pageOf,
  provenanceOf,
  rowOf,
  rowsOf,
  rowsOfTracks,
  trackIdOf,
} from '../lakeFixture.ts';

let home: LakeHome;
let lake: Lake;
beforeEach(async () => {
  home = await makeLake();
  lake = home.lake;
});
afterEach(() => home.remove());

const week = (date: string, rank: number, streams: number | null, region = 'us'): TrackPeriod => ({
  date: parseDate(date),
  region: parseRegion(region),
  rank,
  streams,
});

function trackPageOf(word: string, weeks: readonly TrackPeriod[], title = word): TrackPage {
  return { kind: 'track', trackId: trackIdOf(word), title, artistNames: ['Somebody'], regions: [], weeks, days: [] };
}

function trackProvenance(page: TrackPage, overrides: Partial<PageProvenance> = {}): PageProvenance {
  return {
    url: `https://kworb.net/spotify/track/${page.trackId}.html`,
    pageKind: 'track',
    fetchedAt: '2026-07-18T05:00:00.000Z',
    httpStatus: 200,
    etag: null,
    sha256: sha256Hex(JSON.stringify(page)),
    parserVersion: '1',
    ...overrides,
  };
}

const commitTrack = (page: TrackPage, overrides: Partial<PageProvenance> = {}) =>
  lake.commitTrack(page, trackProvenance(page, overrides));

describe('track pages', () => {
  const weeks = [
    week('2026-07-09', 5, 1_000_000),
    week('2026-07-16', 1, null),
    week('2026-07-16', 9, 5_000_000_000, 'global'),
  ];

  test('bring the weekly history and the track', async () => {
    const page = trackPageOf('a', weeks, 'A Song');
    expect(await commitTrack(page)).toMatchObject({ outcome: 'committed', numWeeks: 3 });
    expect(await rowsOf(lake, 'FROM track_week ORDER BY region, week_end')).toEqual([
      {
        track_id: page.trackId,
        region: 'global',
        week_end: '2026-07-16',
        rank: 9,
        streams: 5_000_000_000,
        source_sha256: trackProvenance(page).sha256,
      },
      {
        track_id: page.trackId,
        region: 'us',
        week_end: '2026-07-09',
        rank: 5,
        streams: 1_000_000,
        source_sha256: trackProvenance(page).sha256,
      },
      {
        track_id: page.trackId,
        region: 'us',
        week_end: '2026-07-16',
        rank: 1,
        streams: null,
        source_sha256: trackProvenance(page).sha256,
      },
    ]);
    expect(await rowsOf(lake, 'SELECT title FROM track')).toEqual([{ title: 'A Song' }]);
  });

  test('the same again writes nothing; the same weeks in other bytes are recorded; other weeks replace', async () => {
    await commitTrack(trackPageOf('a', weeks));
    await commitTrack(trackPageOf('b', weeks));
    const before = await lake.snapshots();
    expect(await commitTrack(trackPageOf('a', weeks), { fetchedAt: '2026-07-19T05:00:00.000Z' })).toEqual({
      outcome: 'unchanged',
      snapshotId: null,
      numWeeks: 3,
    });
    expect(await lake.snapshots()).toEqual(before);
    expect(await commitTrack(trackPageOf('a', [...weeks].reverse()))).toMatchObject({ outcome: 'unchanged' });
    expect(await rowsOf(lake, `SELECT count(*) AS n FROM page WHERE state = 'unchanged'`)).toEqual([{ n: 1 }]);
    const longer = [...weeks, week('2026-07-23', 2, 3)];
    expect(await commitTrack(trackPageOf('a', longer))).toMatchObject({ outcome: 'replaced', numWeeks: 4 });
    expect(await rowsOf(lake, 'SELECT track_id, count(*) AS n FROM track_week GROUP BY ALL ORDER BY ALL')).toEqual([
      { track_id: trackIdOf('a'), n: 4 },
      { track_id: trackIdOf('b'), n: 3 },
    ]);
  });

  test('without any week is news the first time', async () => {
    expect(await commitTrack(trackPageOf('a', []))).toMatchObject({ outcome: 'committed', numWeeks: 0 });
    expect(await commitTrack(trackPageOf('a', []))).toMatchObject({ outcome: 'unchanged', snapshotId: null });
  });

  test('several at once are one snapshot; those that are known among them stay as they are', async () => {
    await commitTrack(trackPageOf('a', weeks));
    const before = (await lake.snapshots()).length;
    const pages = ['a', 'b', 'c'].map((word) => {
      const page = trackPageOf(word, weeks);
      return { page, provenance: trackProvenance(page) };
    });
    const commits = await lake.commitTracks(pages, { source: 'kworb' });
    expect(commits.map(({ outcome }) => outcome)).toEqual(['unchanged', 'committed', 'committed']);
    expect(await lake.snapshots()).toHaveLength(before + 1);
    expect(await rowsOf(lake, 'SELECT track_id, count(*) AS n FROM track_week GROUP BY ALL ORDER BY ALL')).toEqual(
      ['a', 'b', 'c'].map((word) => ({ track_id: trackIdOf(word), n: 3 })),
    );
    const again = await lake.commitTracks(pages, { source: 'kworb' });
    expect(again.map(({ outcome, snapshotId }) => [outcome, snapshotId])).toEqual(pages.map(() => ['unchanged', null]));
  });

  test('several at once are all or none', async () => {
    const good = trackPageOf('a', weeks);
    const nameless = { ...trackPageOf('b', weeks), trackId: null };
    const commits = lake.commitTracks(
      [good, nameless].map((page) => ({ page, provenance: trackProvenance(page) })),
      { source: 'kworb' },
    );
    await expect(commits).rejects.toMatchObject({ type: 'InvalidInput' });
    expect(await rowsOf(lake, 'FROM track_week')).toEqual([]);
    expect(await lake.commitTracks([], { source: 'kworb' })).toEqual([]);
  });
});

describe('tracks to enrich', () => {
  const asOf = parseDate('2026-07-18');
  beforeEach(() => commit(lake, pageOf({ rows: rowsOfTracks(['c', 'a', 'b', 'd']) })));

  test('are those on a chart whose page was never fetched, by id, in pages', async () => {
    const first = await lake.tracksToEnrich({ limit: 3, asOf });
    expect(first).toEqual(['a', 'b', 'c'].map(trackIdOf));
    expect(await lake.tracksToEnrich({ limit: 3, asOf, afterTrackId: first[2]! })).toEqual([trackIdOf('d')]);
    await commitTrack(trackPageOf('b', []));
    const notThere = trackProvenance(trackPageOf('c', []), { httpStatus: 404 });
    await lake.quarantinePage(notThere, { errorType: 'PageNotFound', message: 'it never charted' });
    expect(await lake.tracksToEnrich({ limit: 10, asOf })).toEqual(['a', 'd'].map(trackIdOf));
  });

  test('are also those whose page is old, if asked for', async () => {
    await commitTrack(trackPageOf('a', []), { fetchedAt: '2026-07-11T23:00:00.000Z' });
    await commitTrack(trackPageOf('b', []), { fetchedAt: '2026-07-12T00:00:00.000Z' });
    expect(await lake.tracksToEnrich({ limit: 10, asOf, refreshAfterDays: 7 })).toEqual(['a', 'c', 'd'].map(trackIdOf));
    expect(await lake.tracksToEnrich({ limit: 10, asOf, refreshAfterDays: 6 })).toEqual(
      ['a', 'b', 'c', 'd'].map(trackIdOf),
    );
  });

  test('are only those that came in lately, if asked for', async () => {
    const rows = [rowOf(1, { trackId: trackIdOf('a') }), rowOf(2, { trackId: trackIdOf('e'), movement: 'new' })];
    await commit(lake, pageOf({ date: '2026-07-17', rows }));
    expect(await lake.tracksToEnrich({ limit: 10, asOf, enteredFrom: parseDate('2026-07-17') })).toEqual([
      trackIdOf('e'),
    ]);
    expect(await lake.tracksToEnrich({ limit: 10, asOf, enteredFrom: addDays(asOf, 1) })).toEqual([]);
  });

  test('a limit that is none is refused', async () => {
    await expect(lake.tracksToEnrich({ limit: 0, asOf })).rejects.toMatchObject({ type: 'InvalidInput' });
  });
});

describe('pages of names', () => {
  const totals: TotalsPage = {
    kind: 'weekly-totals',
    region: parseRegion('us'),
    coversFrom: parseDate('2014-08-10'),
    coversTo: parseDate('2026-07-16'),
    rows: [1, 2].map((n) => ({
      trackId: trackIdOf(`t${n}`),
      title: `Title ${n}`,
      artists: [artistOf('x')],
      featured: [artistOf(`f${n}`)],
      periodsOnChart: 1,
      periodsInTopTen: null,
      peakRank: 1,
      timesAtPeak: null,
      peakStreams: 5,
      total: 9,
    })),
  };
  const provenance = (sha: string): PageProvenance => ({
    ...provenanceOf(pageOf()),
    url: 'https://kworb.net/spotify/country/us_weekly_totals.html',
    pageKind: 'weekly-totals',
    sha256: sha.repeat(64),
  });

  test('totals bring tracks and artists, once', async () => {
    expect(await lake.commitTotals(totals, provenance('a'))).toMatchObject({
      outcome: 'committed',
      numTracks: 2,
      numArtists: 3,
    });
    expect(await lake.commitTotals(totals, provenance('a'))).toEqual({
      outcome: 'unchanged',
      snapshotId: null,
      numTracks: 0,
      numArtists: 0,
    });
    expect(await lake.commitTotals(totals, provenance('b'))).toMatchObject({ outcome: 'unchanged', numTracks: 0 });
    expect(await rowsOf(lake, 'SELECT chart_kind, region, chart_date, state FROM page ORDER BY recorded_at')).toEqual([
      { chart_kind: 'weekly', region: 'us', chart_date: '2026-07-16', state: 'parsed' },
      { chart_kind: 'weekly', region: 'us', chart_date: '2026-07-16', state: 'unchanged' },
    ]);
    expect(await rowsOf(lake, 'SELECT name FROM artist ORDER BY name')).toEqual([
      { name: 'f1' },
      { name: 'f2' },
      { name: 'x' },
    ]);
    expect(await lake.tracksToEnrich({ limit: 5, asOf: parseDate('2026-07-18') })).toEqual([]);
  });

  test('an artist’s songs bring the artist and the tracks', async () => {
    const page = {
      kind: 'artist-songs' as const,
      artistId: artistIdOf('star'),
      artistName: 'Star',
      lastUpdated: parseDate('2026-07-16'),
      rows: [{ trackId: trackIdOf('hit'), title: 'Hit', isFeature: false, total: 1, daily: null }],
    };
    const from: PageProvenance = {
      ...provenance('c'),
      url: 'https://kworb.net/spotify/artist/x_songs.html',
      pageKind: 'artist-songs',
    };
    expect(await lake.commitArtistSongs(page, from)).toMatchObject({
      outcome: 'committed',
      numTracks: 1,
      numArtists: 1,
    });
    expect(await rowsOf(lake, 'FROM artist')).toEqual([{ artist_id: artistIdOf('star'), name: 'Star' }]);
  });
});

describe('the quarantine', () => {
  const reason = { errorType: 'LayoutChanged' as const, message: "the table has no header 'Streams'; it has 'Plays'" };

  test('keeps a page once, with the reason', async () => {
    const bad = provenanceOf(pageOf(), { sha256: 'b'.repeat(64) });
    expect(await lake.quarantinePage(bad, reason)).toMatchObject({ outcome: 'quarantined' });
    expect(await lake.quarantinePage(bad, reason)).toEqual({ outcome: 'unchanged', snapshotId: null });
    expect(await lake.quarantinedPages()).toEqual([
      {
        url: bad.url,
        pageKind: 'daily',
        fetchedAt: '2026-07-16T05:00:00.000Z',
        sha256: bad.sha256,
        parserVersion: '1',
        errorType: 'LayoutChanged',
        why: reason.message,
      },
    ]);
    expect(await lake.hasPage(bad.url, bad.sha256, '1')).toBe(false);
  });

  test('read by another parser it is another finding', async () => {
    const bad = provenanceOf(pageOf());
    await lake.quarantinePage(bad, reason);
    const again = await lake.quarantinePage(
      { ...bad, parserVersion: '2' },
      { errorType: 'PageTruncated', message: 'cut' },
    );
    expect(again.outcome).toBe('quarantined');
    expect(await lake.quarantinedPages()).toMatchObject([{ parserVersion: '2', errorType: 'PageTruncated' }]);
  });

  test('another page of the same chart date that is parsed later closes the case; the row stays', async () => {
    const bad = provenanceOf(pageOf(), { sha256: 'b'.repeat(64) });
    await lake.quarantinePage(bad, reason, pageOf());
    await lake.quarantinePage(provenanceOf(pageOf({ region: 'gb' })), reason, pageOf({ region: 'gb' }));
    // The same address on the next day: the day before is still missing.
    await commit(lake, pageOf({ date: '2026-07-17' }));
    expect(await lake.quarantinedPages()).toHaveLength(2);
    await commit(lake, pageOf());
    expect((await lake.quarantinedPages()).map(({ url }) => url)).toEqual([provenanceOf(pageOf({ region: 'gb' })).url]);
    expect(await rowsOf(lake, `SELECT count(*) AS n FROM page WHERE state = 'quarantined'`)).toEqual([{ n: 2 }]);
  });

  test('a correction that does not fit is open although the chart date is there', async () => {
    await commit(lake, pageOf());
    await lake.quarantinePage(provenanceOf(pageOf(), { sha256: 'b'.repeat(64) }), reason, pageOf());
    expect(await lake.quarantinedPages()).toHaveLength(1);
  });

  test('of a page that is no chart, a later version of the address closes the case', async () => {
    const track = {
      ...provenanceOf(pageOf()),
      url: 'https://kworb.net/spotify/track/x.html',
      pageKind: 'track' as const,
    };
    await lake.quarantinePage({ ...track, sha256: 'b'.repeat(64) }, reason);
    const page: TrackPage = {
      ...{ kind: 'track', trackId: trackIdOf('x'), title: 'X', artistNames: ['A'], regions: [], weeks: [], days: [] },
    };
    await lake.commitTrack(page, track);
    expect(await lake.quarantinedPages()).toEqual([]);
  });

  test('the same page, come back to after another of its address, is recorded once', async () => {
    const bad = provenanceOf(pageOf(), { sha256: 'b'.repeat(64) });
    await lake.quarantinePage(bad, reason, pageOf());
    await commit(lake, pageOf({ date: '2026-07-17' }));
    expect(await lake.quarantinePage(bad, reason, pageOf())).toEqual({ outcome: 'unchanged', snapshotId: null });
  });

  test('the very same page, read well by a better parser, closes the case', async () => {
    await lake.quarantinePage(provenanceOf(pageOf()), reason);
    expect(await commit(lake, pageOf(), { parserVersion: '2' })).toMatchObject({ outcome: 'committed' });
    expect(await lake.quarantinedPages()).toEqual([]);
  });
});
