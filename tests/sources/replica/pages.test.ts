/** Every kind of page the replica serves over the sample, read back by the parsers, gives the sample's numbers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChartHistory } from '../../../contracts/chartHistory.ts';
import type { CalendarDate } from '../../../contracts/dates.ts';
import { addDays, daysBetween, parseDate } from '../../../contracts/dates.ts';
import type { ChartPage, ParsedPage, TotalsPage } from '../../../contracts/pages.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import { loadSample } from '../../../data/sample/loadSample.ts';
import { parsePageBytes } from '../../../sources/kworb/parsePage.ts';
import type { Replica } from '../../../sources/replica/replica.ts';
import { createReplica } from '../../../sources/replica/server.ts';
import { makeSyntheticHistories } from '../../../sources/replica/syntheticHistory.ts';
import type { Entry } from './naiveCharts.ts';
import { chartRows, entriesOf, groupBy, weeksOf } from './naiveCharts.ts';

let sample: ChartHistory;
let replica: Replica;
let days: Entry[];
let weeks: Entry[];

beforeAll(async () => {
  sample = await loadSample();
  days = entriesOf(sample);
  weeks = weeksOf(days);
  replica = createReplica({ histories: [sample] });
  await replica.listen();
});
afterAll(() => replica.close());

type PageOf<Kind extends ParsedPage['kind']> = Kind extends 'daily' | 'weekly'
  ? ChartPage
  : Kind extends 'daily-totals' | 'weekly-totals'
    ? TotalsPage
    : Extract<ParsedPage, { kind: Kind }>;

/** The page as it is on the day that shows the charts of `newest`, two days later. */
async function read<Kind extends ParsedPage['kind']>(
  kind: Kind,
  path: string,
  newest: CalendarDate,
  from: Replica = replica,
): Promise<PageOf<Kind>> {
  const response = await fetch(from.baseUrl + path, { headers: { 'chartlife-replica-today': addDays(newest, 2) } });
  expect(response.status, path).toBe(200);
  const page = parsePageBytes(new Uint8Array(await response.arrayBuffer()), { source: from.baseUrl + path });
  expect(page.kind).toBe(kind);
  return page as PageOf<Kind>;
}

describe('chart pages', () => {
  // The first day; before, inside and after the gap of late May 2017; tracks without names; the day of the most
  // streams; the last day.
  it.each([
    '2017-01-01',
    '2017-01-02',
    '2017-05-29',
    '2017-06-01',
    '2017-06-03',
    '2017-07-20',
    '2018-06-29',
    '2019-12-11',
  ])('daily, %s: all 200 rows', async (day) => {
    const date = parseDate(day);
    const page = await read('daily', '/spotify/country/us_daily.html', date);
    expect(page).toMatchObject({ region: 'us', chartDate: date });
    expect(page.rows).toEqual(chartRows(days, 'daily', date));
    expect(page.rows).toHaveLength(200);
  });

  it.each(['2017-01-05', '2017-06-01', '2017-06-08', '2018-07-05', '2019-12-05'])(
    'weekly, %s: all 200 rows',
    async (day) => {
      const date = parseDate(day);
      const page = await read('weekly', '/spotify/country/us_weekly.html', date);
      expect(page).toMatchObject({ region: 'us', chartDate: date });
      expect(page.rows).toEqual(chartRows(weeks, 'weekly', date));
      expect(page.rows).toHaveLength(200);
    },
  );

  it('a missing day shows the chart before it, a week shows until the next is over', async () => {
    const daily = await read('daily', '/spotify/country/us_daily.html', parseDate('2017-05-31'));
    expect(daily.chartDate).toBe('2017-05-29');
    const weekly = await read('weekly', '/spotify/country/us_weekly.html', parseDate('2019-12-11'));
    expect(weekly.chartDate).toBe('2019-12-05');
  });
});

describe('totals pages', () => {
  it.each(['daily', 'weekly'] as const)('%s: every track charted so far', async (kind) => {
    const newest = parseDate('2018-03-08');
    const past = (kind === 'daily' ? days : weeks).filter(({ date }) => date <= newest);
    const page = await read(`${kind}-totals`, `/spotify/country/us_${kind}_totals.html`, newest);
    expect(page).toMatchObject({ region: 'us', coversFrom: past[0]?.date, coversTo: newest });
    const expected = [...groupBy(past, ({ track }) => track)].map(([track, own]) => {
      const peakRank = Math.min(...own.map(({ rank }) => rank));
      return {
        trackId: track.id,
        title: track.title ?? 'Unknown Title',
        artists: [track.artist ?? { id: null, name: 'Unknown Artist' }],
        featured: [],
        periodsOnChart: own.length,
        periodsInTopTen: own.filter(({ rank }) => rank <= 10).length || null,
        peakRank,
        timesAtPeak: peakRank <= 3 ? own.filter(({ rank }) => rank === peakRank).length : null,
        peakStreams: Math.max(...own.map(({ streams }) => streams)),
        total: own.reduce((sum, { streams }) => sum + streams, 0),
      };
    });
    const byId = new Map(page.rows.map((row) => [row.trackId, row]));
    expect(byId.size).toBe(expected.length);
    for (const row of expected) expect(byId.get(row.trackId)).toEqual(row);
    const totals = page.rows.map(({ total }) => total ?? 0);
    expect(totals).toEqual(totals.toSorted((a, b) => b - a));
  });
});

describe('track pages', () => {
  it('weeks since the debut and days of the last month, for every 20th track and those without names', async () => {
    const newest = parseDate('2019-11-20');
    const charted = groupBy(
      days.filter(({ date }) => date <= newest),
      ({ track }) => track,
    );
    const tracks = sample.tracks.filter((track, i) => charted.has(track) && (i % 20 === 0 || track.title === null));
    expect(tracks.length).toBeGreaterThan(250);
    for (const track of tracks) {
      const page = await read('track', `/spotify/track/${track.id}.html`, newest);
      const own = charted.get(track)!;
      const ownWeeks = weeks.filter((entry) => entry.track === track && entry.date <= newest);
      const period = ({ date, rank, streams }: Entry): object => ({ date, region: 'us', rank, streams });
      expect(page).toMatchObject({
        trackId: track.id,
        title: track.title ?? 'Unknown Title',
        artistNames: [track.artist?.name ?? 'Unknown Artist'],
      });
      expect(page.weeks).toEqual(ownWeeks.map(period));
      expect(page.days).toEqual(own.filter(({ date }) => daysBetween(date, newest) < 31).map(period));
      const total = ownWeeks.reduce((sum, { streams }) => sum + streams, 0);
      expect(page.regions).toEqual([
        {
          region: 'us',
          total: ownWeeks.length === 0 ? null : total,
          peakRank: ownWeeks.length === 0 ? null : Math.min(...ownWeeks.map(({ rank }) => rank)),
          peakStreams: ownWeeks.length === 0 ? null : Math.max(...ownWeeks.map(({ streams }) => streams)),
        },
      ]);
    }
  });

  it('are absent until the day the track is first shown', async () => {
    const debut = days.find(({ date, rank }) => date === '2018-06-29' && rank === 1)!;
    const path = `${replica.baseUrl}/spotify/track/${debut.track.id}.html`;
    const statusOn = async (day: string): Promise<number> =>
      (await fetch(path, { headers: { 'chartlife-replica-today': day } })).status;
    expect(await statusOn('2018-06-30')).toBe(404);
    expect(await statusOn('2018-07-01')).toBe(200);
    expect((await fetch(`${replica.baseUrl}/spotify/track/0000000000000000000000.html`)).status).toBe(404);
  });
});

describe('artist pages', () => {
  it("add up the artist's days on the chart", async () => {
    const newest = parseDate('2019-12-11');
    const drake = sample.tracks.find(({ artist }) => artist?.name === 'Drake')!.artist!;
    const page = await read('artist-songs', `/spotify/artist/${drake.id}_songs.html`, newest);
    const own = groupBy(
      days.filter(({ track }) => track.artist?.id === drake.id),
      ({ track }) => track.id,
    );
    expect(page).toMatchObject({ artistId: drake.id, artistName: 'Drake', lastUpdated: newest });
    expect(page.rows).toHaveLength(own.size);
    for (const row of page.rows) {
      const entries = own.get(row.trackId)!;
      expect(row).toEqual({
        trackId: row.trackId,
        title: entries[0]!.track.title,
        isFeature: false,
        total: entries.reduce((sum, { streams }) => sum + streams, 0),
        daily: entries.find(({ date }) => date === newest)?.streams ?? null,
      });
    }
  });
});

describe('synthetic charts of several regions', () => {
  const global = parseRegion('global');
  const gb = parseRegion('gb');
  const at = parseRegion('at');
  const options = { seed: 7, firstDate: parseDate('2019-09-01'), numDays: 60 };
  const [ofGb, ofGlobal] = makeSyntheticHistories([gb, global], options);
  const [ofAt] = makeSyntheticHistories([at], { ...options, depth: 30 });
  const histories = [ofGb!, ofAt!, ofGlobal!];
  const newest = histories[0]!.dates.at(-1)!;
  let many: Replica;
  beforeAll(async () => {
    many = createReplica({ histories });
    await many.listen();
  });
  afterAll(() => many.close());

  it('are listed', async () => {
    const page = await read('regions', '/spotify/', newest, many);
    expect(page.rows).toEqual(
      [
        { region: gb, name: 'United Kingdom' },
        { region: at, name: 'Austria' },
        { region: global, name: 'Global' },
      ].map((row) => ({ ...row, kinds: ['daily', 'weekly'] })),
    );
  });

  it('have featured artists, unknown artists and odd titles, read back as they were', async () => {
    for (const history of histories) {
      const page = await read('daily', `/spotify/country/${history.region}_daily.html`, newest, many);
      expect(page.rows).toEqual(chartRows(entriesOf(history), 'daily', newest));
    }
    const { rows } = await read('daily', '/spotify/country/global_daily.html', newest, many);
    expect(rows.some(({ featured }) => featured.length > 1)).toBe(true);
    expect(rows.some(({ artists }) => artists[0]?.id === null)).toBe(true);
    expect(rows.some(({ title }) => title.includes('<3'))).toBe(true);
    expect(rows.some(({ title }) => title.includes('&T;'))).toBe(true);
  });

  it('share tracks: a track page has a column for each region it charted in, global first', async () => {
    const weekly = new Map(histories.map((history) => [history.region, weeksOf(entriesOf(history))]));
    const charted = [...weekly.values()].map((entries) => new Set(entries.map(({ track }) => track.id)));
    const track = histories[0]!.tracks.findLast(({ id }) => charted.every((ids) => ids.has(id)))!;
    const page = await read('track', `/spotify/track/${track.id}.html`, newest, many);
    expect(page.regions.map(({ region }) => region)).toEqual([global, gb, at]);
    for (const [region, entries] of weekly) {
      const own = entries.filter((entry) => entry.track.id === track.id);
      expect(page.weeks.filter((week) => week.region === region)).toEqual(
        own.map(({ date, rank, streams }) => ({ date, region, rank, streams })),
      );
    }
  });

  it('artist pages mark the songs of others and count the global chart alone', async () => {
    const entries = entriesOf(histories[2]!);
    const guest = entries.findLast(({ track }) => track.featured.length > 0)!;
    const artistId = guest.track.featured[0]!.id;
    const page = await read('artist-songs', `/spotify/artist/${artistId}_songs.html`, newest, many);
    const row = page.rows.find(({ trackId }) => trackId === guest.track.id);
    expect(row).toMatchObject({
      isFeature: true,
      total: entries.filter(({ track }) => track.id === guest.track.id).reduce((sum, { streams }) => sum + streams, 0),
    });
    expect(page.rows.some(({ isFeature }) => !isFeature)).toBe(true);
  });

  it('say that they are invented, on every page and in every id', async () => {
    const top = entriesOf(histories[0]!).at(-1)!.track;
    const paths = [
      '/spotify/',
      '/spotify/country/gb_daily.html',
      '/spotify/country/gb_weekly_totals.html',
      `/spotify/track/${top.id}.html`,
    ];
    for (const path of paths) expect(await (await fetch(many.baseUrl + path)).text()).toContain('SYNTHETIC');
    for (const track of histories[0]!.tracks) expect(track.id).toMatch(/^synthetic/);
  });

  it('are the same every time', () => {
    expect(makeSyntheticHistories([gb], options)).toEqual([histories[0]]);
  });
});

describe('what a page says of itself', () => {
  it('that it is a replica over the sample, under which licence, and what is derived', async () => {
    const pages = {
      '/spotify/': [],
      '/spotify/country/us_daily.html': [],
      '/spotify/country/us_weekly.html': ['derived from daily', '7 of 7 days'],
      '/spotify/country/us_daily_totals.html': [],
      [`/spotify/track/${sample.tracks[0]!.id}.html`]: ['sums of the daily charts'],
      [`/spotify/artist/${sample.tracks[0]!.artist?.id}_songs.html`]: ['days on the charts alone'],
    };
    for (const [path, words] of Object.entries(pages)) {
      const html = await (await fetch(replica.baseUrl + path)).text();
      for (const word of ['not kworb.net', 'Spotify200', 'MIT licence', 'Ines Ajimi', ...words])
        expect(html).toContain(word);
      // Nobody's counters and advertisers hear of a page that is opened in a browser.
      expect(html).not.toMatch(/google-analytics|googletagmanager|googlesyndication|googleapis/);
    }
  });

  it('that a week is not whole', async () => {
    const headers = { 'chartlife-replica-today': '2017-06-03' };
    const html = await (await fetch(`${replica.baseUrl}/spotify/country/us_weekly.html`, { headers })).text();
    expect(html).toContain('5 of 7 days');
  });
});

describe('the markup', () => {
  /** Rows of real kworb pages of July 2026 (facts, five rows): a stayed, a new, a returned, a weekly, a weekly new peak. */
  const REAL_ROWS = {
    stayed: `<tr><td class="np">2</td>
<td class="np">=</td>
<td class="text mp"><div><a href="../artist/0EmeFodog0BfCgMzAIvKQp.html">Shakira</a> - <a href="../track/0kosUz0jePvjiz4ctmR6wL.html">Dai Dai</a> (w/ <a href="../artist/3wcj11K77LjEY1PkEazffa.html">Burna Boy</a>)</div></td>
<td>57</td>
<td>1</td><td class="np mini text">(x11)</td>
<td>4,326,239</td>
<td>+3,955</td>
<td class="smaller">30,537,349</td>
<td class="smaller">+57,317</td>
<td>184,799,786</td></tr>`,
    weekly: `<tr><td class="np">8</td>
<td class="np">-2</td>
<td class="text mp"><div><a href="../artist/5wVJpXzuKV6Xj7Yhsf2uYx.html">HANRORO</a> - <a href="../track/3sOAwRg5esaxDcWnUigWPv.html">0+0</a></div></td>
<td>42</td>
<td>2</td><td class="np mini text">(x5)</td>
<td>351,407</td>
<td>-10,456</td>
<td>14,719,913</td></tr>`,
    weeklyNewPeak: `<tr class="d2"><td class="np">12</td>
<td class="np">+11</td>
<td class="text mp"><div><a href="../artist/68KmkJeZGfwe1OUaivBa2L.html">ATEEZ</a> - <a href="../track/55UDXtbNJBAdTdUdbRu8T3.html">BAD</a></div></td>
<td>3</td>
<td class="newp">12</td><td class="np newp mini text"></td>
<td>304,435</td>
<td>+91,643</td>
<td>605,177</td></tr>`,
  };

  /** The tags alone: what stands between them is of no interest, nor how often a featured artist comes. */
  const skeleton = (row: string): string =>
    row
      .replace(/ \(w\/ .*?\)<\/div>/, '</div>')
      .replace(/href="\.\.\/(artist|track)\/[^"]*"/g, 'href="$1"')
      .replace(/>[^<\n]+</g, '>…<');

  const rowsOf = (html: string): string[] => html.match(/<tr(?: class="d2")?><td class="np">\d[\s\S]*?<\/tr>/g) ?? [];

  it("of a row is kworb's own, to the byte", async () => {
    const text = async (path: string): Promise<string> =>
      (await fetch(replica.baseUrl + path, { headers: { 'chartlife-replica-today': '2019-11-17' } })).text();
    const daily = rowsOf(await text('/spotify/country/us_daily.html')).map(skeleton);
    const weekly = rowsOf(await text('/spotify/country/us_weekly.html')).map(skeleton);
    expect(daily).toHaveLength(200);
    expect(daily).toContain(skeleton(REAL_ROWS.stayed));
    expect(weekly).toContain(skeleton(REAL_ROWS.weekly));
    expect(weekly).toContain(skeleton(REAL_ROWS.weeklyNewPeak));
  });

  it("of head and table is kworb's own", async () => {
    const html = await (await fetch(`${replica.baseUrl}/spotify/country/us_daily.html`)).text();
    for (const line of [
      '<html lang="en"><head><title>Spotify Daily Chart - United States</title>',
      '<div class="subcontainer"><span class="pagetitle">Spotify Daily Chart - United States - 2019/12/11 | <a href="us_daily_totals.html">Totals</a></span><br><br>',
      '<table class="sortable" id="spotifydaily">',
      '<colgroup><col class="col-pos"><col class="col-pos"><col class="col-title"><col class="col-period"><col class="col-peak"><col class="col-peak2"><col class="col-streams"><col class="col-streams"><col class="col-streams"><col class="col-streams"><col class="col-total"></colgroup>',
      '<thead><tr><th class="np">Pos</th><th class="np">P+</th><th class="mp text col-title">Artist and Title</th><th>Days</th><th>Pk</th><th class="mini text">(x?)</th><th>Streams</th><th>Streams+</th><th>7Day</th><th>7Day+</th><th>Total</th></tr></thead>',
    ]) {
      expect(html.split('\n')).toContain(line);
    }
  });
});
