import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isChartlifeError } from '../../../contracts/errors.ts';
import type { ChartRow } from '../../../contracts/pages.ts';
import type { Lake } from '../../../data/lake/types.ts';
import {
  artistOf,
  commit,
  execute,
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

const numSnapshots = async (): Promise<number> => (await lake.snapshots()).length;
const entries = (where = 'true') =>
  rowsOf(lake, `FROM chart_entry WHERE ${where} ORDER BY chart_kind, region, chart_date, rank`);

describe('a new chart date', () => {
  test('is one snapshot with all that the page says', async () => {
    const before = await numSnapshots();
    const rows = [
      rowOf(1, { movement: 0, timesAtPeak: 777, featured: [artistOf('feat')], periodsOnChart: 2053 }),
      rowOf(2, { movement: 'new', streamsChange: null }),
      rowOf(3, { movement: 're-entry', streamsChange: null, sevenDayChange: 0 }),
      rowOf(4, { movement: -12, title: 'gimme luv <3', artists: [{ id: null, name: 'Unknown Artist' }] }),
    ];
    const page = pageOf({ rows });
    const result = await commit(lake, page);
    expect(result).toMatchObject({
      outcome: 'committed',
      chart: { kind: 'daily', region: 'us' },
      chartDate: '2026-07-16',
      numRows: 4,
      numNewEntries: 1,
      numReEntries: 1,
    });
    expect(await numSnapshots()).toBe(before + 1);
    const newest = (await lake.snapshots()).at(-1);
    expect(newest).toMatchObject({ snapshotId: result.snapshotId, author: 'charts', pin: null });
    expect(newest?.message).toContain('us/daily 2026-07-16');
    expect(await entries()).toEqual([
      {
        chart_kind: 'daily',
        region: 'us',
        chart_date: '2026-07-16',
        rank: 1,
        track_id: trackIdOf('track1x'),
        title: 'Title 1',
        artists: [artistOf('artist1x')],
        featured: [artistOf('feat')],
        movement: 'moved',
        places_moved: 0,
        periods_on_chart: 2053,
        peak_rank: 1,
        times_at_peak: 777,
        streams: 999_000,
        streams_change: -5,
        seven_day_streams: 7_000_000,
        seven_day_streams_change: 12,
        total_streams: 90_000_000,
        source: 'kworb',
        source_sha256: provenanceOf(page).sha256,
      },
      expect.objectContaining({ rank: 2, movement: 'new', places_moved: null, streams_change: null }),
      expect.objectContaining({ rank: 3, movement: 're-entry', places_moved: null, seven_day_streams_change: 0 }),
      expect.objectContaining({
        rank: 4,
        movement: 'moved',
        places_moved: -12,
        title: 'gimme luv <3',
        artists: [{ id: null, name: 'Unknown Artist' }],
        featured: [],
      }),
    ]);
    expect(await rowsOf(lake, 'SELECT * EXCLUDE (recorded_at) FROM page')).toEqual([
      {
        url: 'https://kworb.net/spotify/country/us_daily.html',
        page_kind: 'daily',
        chart_kind: 'daily',
        region: 'us',
        chart_date: '2026-07-16',
        fetched_at: '2026-07-16T05:00:00.000Z',
        http_status: 200,
        etag: '"v1"',
        sha256: provenanceOf(page).sha256,
        parser_version: '1',
        state: 'parsed',
        error_type: null,
        why: null,
      },
    ]);
  });

  test('keeps streams beyond 32 bits exact', async () => {
    const total = Number.MAX_SAFE_INTEGER;
    await commit(lake, pageOf({ rows: [rowOf(1, { streams: 4_294_967_297, total, streamsChange: -4_294_967_297 })] }));
    expect(await entries()).toMatchObject([
      { streams: 4_294_967_297, total_streams: total, streams_change: -4_294_967_297 },
    ]);
  });

  test('of signed zeros is stored as plain zeros', async () => {
    await commit(lake, pageOf({ rows: [rowOf(1, { movement: -0, streamsChange: -0, sevenDayChange: -0 })] }));
    const [row] = await rowsOf(
      lake,
      `SELECT places_moved::VARCHAR AS a, streams_change::VARCHAR AS b FROM chart_entry`,
    );
    expect(row).toEqual({ a: '0', b: '0' });
    expect(
      (
        await commit(lake, pageOf({ rows: [rowOf(1, { movement: 0, streamsChange: 0, sevenDayChange: 0 })] }), {
          sha256: 'f'.repeat(64),
        })
      ).outcome,
    ).toBe('unchanged');
  });

  test('years in the past is committed under its own date', async () => {
    const page = pageOf({ region: 'cy', date: '2017-08-05', rows: [rowOf(1)] });
    const result = await commit(lake, page, { fetchedAt: '2026-07-18T05:00:00.000Z' });
    expect(result).toMatchObject({ outcome: 'committed', chartDate: '2017-08-05', numRows: 1 });
    expect(result.checks.find(({ name }) => name === 'fresh')).toMatchObject({ figure: 3269, passed: true });
  });

  test('stores its checks', async () => {
    const result = await commit(lake, pageOf());
    expect(result.checks.map(({ name }) => name)).toEqual([
      'fresh',
      'gap_since_former',
      'ranks_contiguous',
      'ranks_unique',
      'rows_against_former',
      'rows_per_chart',
      'streams_non_increasing',
      'totals_never_fall',
      'track_ids_valid',
    ]);
    const stored = await lake.checkResults({ region: pageOf().region });
    expect(
      stored.map(({ name, isBlocking, passed, figure, message }) => ({ name, isBlocking, passed, figure, message })),
    ).toEqual(result.checks);
    expect(stored[0]).toMatchObject({ kind: 'daily', region: 'us', chartDate: '2026-07-16' });
  });
});

describe('odd rows', () => {
  const blank = (rank: number, word: string): ChartRow =>
    rowOf(rank, {
      trackId: trackIdOf(word),
      title: word,
      movement: null,
      periodsOnChart: null,
      peakRank: null,
      timesAtPeak: null,
      streams: null,
      streamsChange: null,
      sevenDay: null,
      sevenDayChange: null,
      total: null,
    });

  test('the same track twice, once blank and once as a re-entry, is kept as it stands', async () => {
    const rows = [
      rowOf(1),
      blank(2, 'twice'),
      rowOf(3, { trackId: trackIdOf('twice'), title: 'twice', movement: 're-entry' }),
    ];
    const result = await commit(lake, pageOf({ rows }));
    expect(result).toMatchObject({ numRows: 3, numNewEntries: 0, numReEntries: 1 });
    expect(await entries(`track_id = '${trackIdOf('twice')}'`)).toMatchObject([
      { rank: 2, streams: null, movement: null, total_streams: null, periods_on_chart: null },
      { rank: 3, streams: 997_000, movement: 're-entry' },
    ]);
    expect(result.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(await rowsOf(lake, `SELECT count(*) AS n FROM track WHERE track_id = '${trackIdOf('twice')}'`)).toEqual([
      { n: 1 },
    ]);
  });

  test('a page of blank rows alone counts entries by the lake', async () => {
    await commit(lake, pageOf({ date: '2026-07-15', rows: [blank(1, 'stayed'), blank(2, 'left')] }));
    const result = await commit(lake, pageOf({ rows: [blank(1, 'stayed'), blank(2, 'came')] }));
    expect(result).toMatchObject({ numNewEntries: 1, numReEntries: 0 });
    const back = await commit(lake, pageOf({ date: '2026-07-17', rows: [blank(1, 'stayed'), blank(2, 'left')] }));
    expect(back).toMatchObject({ numNewEntries: 0, numReEntries: 1 });
  });
});

describe('the same chart date again', () => {
  test('with the same bytes writes nothing', async () => {
    await commit(lake, pageOf());
    const before = await lake.snapshots();
    const again = await commit(lake, pageOf(), { fetchedAt: '2026-07-17T05:00:00.000Z' });
    expect(again).toMatchObject({ outcome: 'unchanged', snapshotId: null, numRows: 5, checks: [] });
    expect(await lake.snapshots()).toEqual(before);
  });

  test('with the same bytes after the lake was closed writes nothing', async () => {
    await commit(lake, pageOf());
    await commit(lake, pageOf({ date: '2026-07-17' }));
    const { openLake } = await import('../../../data/lake/openLake.ts');
    const second = await openLake(home.location, { mode: 'write' });
    const before = await second.snapshots();
    expect(await commit(second, pageOf({ date: '2026-07-17' }))).toMatchObject({
      outcome: 'unchanged',
      snapshotId: null,
    });
    expect(await second.snapshots()).toEqual(before);
    await second.close();
  });

  test('with other bytes and the same rows records the page, once', async () => {
    await commit(lake, pageOf());
    const again = await commit(lake, pageOf(), { sha256: 'f'.repeat(64) });
    expect(again.outcome).toBe('unchanged');
    expect(again.snapshotId).not.toBeNull();
    expect(await rowsOf(lake, 'SELECT state, sha256[1] AS s FROM page ORDER BY recorded_at')).toMatchObject([
      { state: 'parsed' },
      { state: 'unchanged', s: 'f' },
    ]);
    expect(await commit(lake, pageOf(), { sha256: 'f'.repeat(64) })).toMatchObject({
      outcome: 'unchanged',
      snapshotId: null,
    });
    expect(await rowsOf(lake, 'SELECT DISTINCT source_sha256 FROM chart_entry')).toEqual([
      { source_sha256: provenanceOf(pageOf()).sha256 },
    ]);
  });

  test('with changed rows replaces them and keeps the old ones in older snapshots', async () => {
    const first = await commit(lake, pageOf({ rows: rowsOfTracks(['a', 'b', 'c']) }));
    const other = await commit(lake, pageOf({ region: 'gb' }));
    const second = await commit(lake, pageOf({ rows: rowsOfTracks(['b', 'a']) }));
    expect(second).toMatchObject({ outcome: 'replaced', numRows: 2 });
    expect(second.snapshotId).toBeGreaterThan(other.snapshotId ?? 0);
    expect((await entries(`region = 'us'`)).map(({ title }) => title)).toEqual(['b', 'a']);
    expect(await entries(`region = 'gb'`)).toHaveLength(5);
    const old = await rowsOf(
      lake,
      `SELECT title FROM chart_entry AT (VERSION => ${first.snapshotId}) WHERE region = 'us' ORDER BY rank`,
    );
    expect(old.map(({ title }) => title)).toEqual(['a', 'b', 'c']);
    expect(await lake.checkResults({ region: pageOf().region })).toHaveLength(9);
  });

  test('going back to an earlier version is a change too', async () => {
    const a = pageOf({ rows: rowsOfTracks(['a']) });
    const b = pageOf({ rows: rowsOfTracks(['b']) });
    const { url, sha256, parserVersion } = provenanceOf(a);
    await commit(lake, a);
    expect(await lake.hasPage(url, sha256, parserVersion)).toBe(true);
    await commit(lake, b);
    expect(await lake.hasPage(url, sha256, parserVersion)).toBe(false);
    expect(await commit(lake, a)).toMatchObject({ outcome: 'replaced' });
    expect(await lake.hasPage(url, sha256, parserVersion)).toBe(true);
    expect((await entries()).map(({ title }) => title)).toEqual(['a']);
  });

  test('read by a newer parser: the same rows are recorded, other rows replace', async () => {
    await commit(lake, pageOf());
    const { url, sha256 } = provenanceOf(pageOf());
    expect(await commit(lake, pageOf(), { parserVersion: '2' })).toMatchObject({ outcome: 'unchanged' });
    expect(await lake.hasPage(url, sha256, '2')).toBe(true);
    expect(await lake.hasPage(url, sha256, '1')).toBe(false);
    const better = pageOf({ rows: [rowOf(1, { title: 'mended' }), ...pageOf().rows.slice(1)] });
    expect(await commit(lake, better, { parserVersion: '3', sha256 })).toMatchObject({ outcome: 'replaced' });
  });

  test.each(
    Object.entries({
      movement: { movement: 1 },
      title: { title: 'another' },
      artists: { artists: [artistOf('other')] },
      featured: { featured: [artistOf('feat')] },
      periods: { periodsOnChart: 11 },
      peak: { peakRank: 1 },
      times: { timesAtPeak: 2 },
      streams: { streams: 998_999 },
      change: { streamsChange: null },
      sevenDay: { sevenDay: null },
      sevenDayChange: { sevenDayChange: 13 },
      total: { total: 90_000_001 },
    } satisfies Record<string, Partial<ChartRow>>),
  )('a change of %s alone is a change', async (_name, overrides) => {
    await commit(lake, pageOf({ rows: [rowOf(1), rowOf(2)] }));
    const result = await commit(lake, pageOf({ rows: [rowOf(1), rowOf(2, overrides)] }));
    expect(result.outcome).toBe('replaced');
  });

  test('an older chart date than the newest is corrected all the same', async () => {
    await commit(lake, pageOf({ date: '2026-07-14' }));
    await commit(lake, pageOf({ date: '2026-07-15' }));
    await commit(lake, pageOf({ date: '2026-07-16' }));
    expect(await commit(lake, pageOf({ date: '2026-07-14' }))).toMatchObject({
      outcome: 'unchanged',
      snapshotId: null,
    });
    expect(await commit(lake, pageOf({ date: '2026-07-15', rows: rowsOfTracks(['x']) }))).toMatchObject({
      outcome: 'replaced',
    });
    expect(await commit(lake, pageOf({ date: '2026-07-13' }))).toMatchObject({ outcome: 'committed' });
    const counts = await rowsOf(lake, 'SELECT chart_date, count(*) AS n FROM chart_entry GROUP BY ALL ORDER BY ALL');
    expect(counts).toEqual([
      { chart_date: '2026-07-13', n: 5 },
      { chart_date: '2026-07-14', n: 5 },
      { chart_date: '2026-07-15', n: 1 },
      { chart_date: '2026-07-16', n: 5 },
    ]);
  });
});

describe('blocking checks', () => {
  test.each([
    ['ranks_contiguous', [rowOf(1), rowOf(3)]],
    ['ranks_unique', [rowOf(1), rowOf(1, { trackId: trackIdOf('other') }), rowOf(2)]],
    ['rows_per_chart', []],
    ['rows_per_chart', Array.from({ length: 201 }, (_, index) => rowOf(index + 1))],
    ['track_ids_valid', [rowOf(1, { trackId: 'short' as ChartRow['trackId'] })]],
  ])('%s stops the commit and leaves nothing', async (name, rows) => {
    await commit(lake, pageOf({ date: '2026-07-15' }));
    const before = await lake.snapshots();
    const error = await commit(lake, pageOf({ rows })).catch((thrown: unknown) => thrown);
    expect(isChartlifeError(error, 'CheckFailed')).toBe(true);
    expect(error).toMatchObject({
      message: expect.stringContaining(name),
      details: { chart: 'us/daily', checks: expect.arrayContaining([name]) },
    });
    expect(await lake.snapshots()).toEqual(before);
    expect(await commit(lake, pageOf())).toMatchObject({ outcome: 'committed' });
  });
});

describe('precedence of sources', () => {
  /** The chart of `pageOf` as a file would bring it. */
  const importChart = (columns: {
    readonly streams?: string;
    readonly title?: string;
    readonly track?: string;
  }): Promise<void> =>
    execute(
      lake,
      `INSERT INTO chart_entry
      SELECT 'daily', 'us', DATE '2026-07-16', rank, ${columns.track ?? `rpad('track' || rank || 'x', 22, '0')`},
        ${columns.title ?? `'Title ' || rank`}, [{id: NULL, name: 'artist' || rank || 'x'}]::STRUCT(id VARCHAR, name VARCHAR)[],
        []::STRUCT(id VARCHAR, name VARCHAR)[], NULL, NULL, NULL, NULL, NULL, ${columns.streams ?? '1000000 - 1000 * rank'},
        NULL, NULL, NULL, NULL, 'import:file.csv', 'abc'
      FROM range(1, 6) AS ranks(rank)`,
    );
  /** A page that says no more than the file. */
  const bare = (overrides: Partial<ChartRow> = {}): ChartRow[] =>
    pageOf().rows.map((row) => ({
      ...row,
      movement: null,
      artists: [],
      periodsOnChart: null,
      peakRank: null,
      streamsChange: null,
      sevenDay: null,
      sevenDayChange: null,
      total: null,
      ...overrides,
    }));

  test('a page that says more than the file takes its place', async () => {
    await importChart({});
    expect(await commit(lake, pageOf())).toMatchObject({ outcome: 'replaced' });
    expect(await rowsOf(lake, 'SELECT DISTINCT source FROM chart_entry')).toEqual([{ source: 'kworb' }]);
  });

  test('a page that says otherwise takes its place', async () => {
    await importChart({ streams: '5' });
    expect(await commit(lake, pageOf({ rows: bare() }))).toMatchObject({ outcome: 'replaced' });
  });

  test('a page that says the same or less leaves the file’s rows', async () => {
    await importChart({});
    expect(await commit(lake, pageOf({ rows: bare() }))).toMatchObject({ outcome: 'unchanged' });
    expect(await commit(lake, pageOf({ rows: bare({ streams: null }) }))).toMatchObject({ outcome: 'unchanged' });
    expect(await rowsOf(lake, 'SELECT DISTINCT source, artists[1].name IS NOT NULL AS named FROM chart_entry')).toEqual(
      [{ source: 'import:file.csv', named: true }],
    );
  });

  test('live numbers replace a replica’s, even equal ones; a replica’s never replace live ones', async () => {
    const page = pageOf();
    const fromReplica = { url: 'http://127.0.0.1:4000/spotify/country/us_daily.html' };
    expect(await commit(lake, page, fromReplica)).toMatchObject({ outcome: 'committed' });
    expect(await rowsOf(lake, 'SELECT DISTINCT source FROM chart_entry')).toEqual([{ source: 'replica' }]);
    expect(await commit(lake, page)).toMatchObject({ outcome: 'replaced' });
    expect(await rowsOf(lake, 'SELECT DISTINCT source FROM chart_entry')).toEqual([{ source: 'kworb' }]);
    const other = pageOf({ rows: rowsOfTracks(['z']) });
    expect(await commit(lake, other, fromReplica)).toMatchObject({ outcome: 'unchanged' });
    expect(await entries()).toHaveLength(5);
  });

  test('the caller may say whose numbers they are', async () => {
    await lake.commitChart(pageOf(), provenanceOf(pageOf()), { source: 'replica' });
    expect(await rowsOf(lake, 'SELECT DISTINCT source FROM chart_entry')).toEqual([{ source: 'replica' }]);
    expect(await rowsOf(lake, 'SELECT DISTINCT source FROM track')).toEqual([{ source: 'replica' }]);
  });
});

describe('names of tracks and artists', () => {
  const names = async () => ({
    tracks: (await rowsOf(lake, 'SELECT title FROM track ORDER BY track_id')).map(({ title }) => title),
    artists: (await rowsOf(lake, 'SELECT name FROM artist ORDER BY artist_id')).map(({ name }) => name),
  });

  test('come in once, whatever the number of charts', async () => {
    for (const region of ['us', 'gb', 'de']) await commit(lake, pageOf({ region, rows: rowsOfTracks(['a', 'b']) }));
    await commit(
      lake,
      pageOf({ date: '2026-07-17', rows: rowsOfTracks(['b', 'c'], { featured: [artistOf('feat')] }) }),
    );
    expect(await names()).toEqual({ tracks: ['a', 'b', 'c'], artists: ['bya', 'byb', 'byc', 'feat'] });
  });

  test('a new name on the same chart is a change; another region’s spelling is none', async () => {
    const named = (title: string, artist: string): ChartRow[] => [
      rowOf(1, { title, artists: [{ ...artistOf('star'), name: artist }] }),
    ];
    await commit(lake, pageOf({ rows: named('Old', 'Ye') }));
    await commit(lake, pageOf({ region: 'jp', rows: named('古い', 'イェ') }));
    expect(await names()).toEqual({ tracks: ['Old'], artists: ['Ye'] });
    await commit(lake, pageOf({ date: '2026-07-17', rows: named('New', 'Kanye') }));
    expect(await names()).toEqual({ tracks: ['New'], artists: ['Kanye'] });
    await commit(lake, pageOf({ date: '2026-07-17', rows: named('Newer', 'Kanye West') }));
    expect(await names()).toEqual({ tracks: ['Newer'], artists: ['Kanye West'] });
  });

  test('an imported track without a title gets one, and keeps its release date', async () => {
    await execute(
      lake,
      `INSERT INTO track VALUES ('${trackIdOf('track1x')}', NULL, DATE '2019-01-01', 'year', 'import:f')`,
    );
    await commit(lake, pageOf({ rows: [rowOf(1)] }));
    expect(await rowsOf(lake, 'FROM track')).toEqual([
      {
        track_id: trackIdOf('track1x'),
        title: 'Title 1',
        release_date: '2019-01-01',
        release_date_precision: 'year',
        source: 'import:f',
      },
    ]);
  });

  test('are known again after others wrote', async () => {
    await commit(lake, pageOf({ rows: rowsOfTracks(['a']) }));
    const { openLake } = await import('../../../data/lake/openLake.ts');
    const other = await openLake(home.location, { mode: 'write' });
    await commit(other, pageOf({ region: 'gb', rows: rowsOfTracks(['b']) }));
    await commit(lake, pageOf({ region: 'de', rows: rowsOfTracks(['a', 'b', 'c']) }));
    await commit(other, pageOf({ region: 'fr', rows: rowsOfTracks(['c', 'a']) }));
    await lake.maintain({ keepSnapshotDays: 30 });
    await commit(other, pageOf({ region: 'es', rows: rowsOfTracks(['c', 'd']) }));
    await other.close();
    expect(await names()).toEqual({ tracks: ['a', 'b', 'c', 'd'], artists: ['bya', 'byb', 'byc', 'byd'] });
  });
});
