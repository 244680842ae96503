/** The replica as a server: days, validators, faults, edits, control over HTTP, the record of requests. */
import { afterEach, describe, expect, it } from 'vitest';
import { addDays, parseDate } from '../../../contracts/dates.ts';
import type { ErrorType } from '../../../contracts/errors.ts';
import { isChartlifeError } from '../../../contracts/errors.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import { createHttpFetcher } from '../../../sources/http.ts';
import { parsePage } from '../../../sources/kworb/parsePage.ts';
import type { PageFetcher } from '../../../sources/pageFetcher.ts';
import { FaultDraw, NO_FAULTS } from '../../../sources/replica/faults.ts';
import type { Replica, ReplicaOptions } from '../../../sources/replica/replica.ts';
import { createReplica } from '../../../sources/replica/server.ts';
import { makeSyntheticHistories } from '../../../sources/replica/syntheticHistory.ts';

const US = parseRegion('us');
const GB = parseRegion('gb');
const FIRST_DATE = parseDate('2019-10-01');
const LAST_DATE = addDays(FIRST_DATE, 29);
const HISTORIES = makeSyntheticHistories([US, GB], { seed: 3, firstDate: FIRST_DATE, numDays: 30, depth: 40 });
const US_DAILY = '/spotify/country/us_daily.html';
const GB_DAILY = '/spotify/country/gb_daily.html';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function start(options: Partial<ReplicaOptions> = {}): Promise<Replica> {
  const replica = createReplica({ histories: HISTORIES, ...options });
  await replica.listen();
  cleanUp.push(() => replica.close());
  return replica;
}

function fetcherOf(replica: Replica): PageFetcher {
  const fetcher = createHttpFetcher({ allowedHosts: [replica.host], minIntervalMs: 0, jitterMs: 0 });
  cleanUp.push(() => fetcher.close());
  return fetcher;
}

const get = (replica: Replica, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
  fetch(replica.baseUrl + path, { headers, method });

const post = async (replica: Replica, action: string, body: object): Promise<unknown> => {
  const response = await fetch(`${replica.baseUrl}/__replica/${action}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
  return response.ok ? response.json() : response.text();
};

async function chartDate(replica: Replica, path = US_DAILY, headers: Record<string, string> = {}): Promise<string> {
  const page = parsePage(await (await get(replica, path, headers)).text());
  return 'chartDate' in page ? page.chartDate : 'no chart';
}

async function errorType(promise: Promise<unknown>): Promise<ErrorType | 'none'> {
  try {
    await promise;
    return 'none';
  } catch (error) {
    if (isChartlifeError(error)) return error.type;
    throw error;
  }
}

describe('today', () => {
  it('is the day of the newest chart, two days after it, until it is set', async () => {
    const replica = await start();
    expect(replica.today).toBe(addDays(LAST_DATE, 2));
    expect(await chartDate(replica)).toBe(LAST_DATE);
    replica.setToday(parseDate('2019-10-10'));
    expect(await chartDate(replica)).toBe('2019-10-08');
    replica.setToday(parseDate('2030-01-01'));
    expect(await chartDate(replica)).toBe(LAST_DATE);
  });

  it('may be another one for one request', async () => {
    const replica = await start();
    const today = { 'chartlife-replica-today': '2019-10-10' };
    expect(await chartDate(replica, US_DAILY, today)).toBe('2019-10-08');
    expect(await chartDate(replica)).toBe(LAST_DATE);
    const wrong = await get(replica, US_DAILY, { 'chartlife-replica-today': '2019-02-30' });
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('2019-02-30')]);
  });

  it('before the first chart there is none, and no week before the first Thursday', async () => {
    const replica = await start();
    const status = async (path: string, today: string): Promise<number> =>
      (await get(replica, path, { 'chartlife-replica-today': today })).status;
    expect(await status(US_DAILY, '2019-10-02')).toBe(404);
    expect(await status(US_DAILY, '2019-10-03')).toBe(200);
    expect(await status('/spotify/country/us_weekly.html', '2019-10-04')).toBe(404);
    expect(await status('/spotify/country/us_weekly.html', '2019-10-05')).toBe(200);
  });

  it('regions may lag differently, or be dead', async () => {
    const replica = await start({ lagDays: 1, regionLagDays: { gb: 5 } });
    expect(await chartDate(replica, US_DAILY, { 'chartlife-replica-today': '2019-10-20' })).toBe('2019-10-19');
    expect(await chartDate(replica, GB_DAILY, { 'chartlife-replica-today': '2019-10-20' })).toBe('2019-10-15');
    replica.setFaults({ deadRegions: { gb: parseDate('2019-10-07') } });
    expect(await chartDate(replica, GB_DAILY)).toBe('2019-10-07');
    expect(await chartDate(replica, GB_DAILY, { 'chartlife-replica-today': '2019-10-11' })).toBe('2019-10-06');
    expect(await chartDate(replica, US_DAILY)).toBe(LAST_DATE);
  });
});

describe('HTTP', () => {
  it('has strong validators of the bytes, and answers 304 to them', async () => {
    const replica = await start();
    const plain = await get(replica, US_DAILY, { 'accept-encoding': 'identity' });
    const zipped = await get(replica, US_DAILY, { 'accept-encoding': 'gzip' });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    expect(await plain.text()).toBe(await zipped.text());
    const etag = plain.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/);
    expect(zipped.headers.get('etag')).not.toBe(etag);
    const statusWith = async (headers: Record<string, string>): Promise<number> =>
      (await get(replica, US_DAILY, headers)).status;
    const lastModified = plain.headers.get('last-modified') ?? '';
    expect(lastModified).toBe('Fri, 01 Nov 2019 00:00:00 GMT');
    expect(await statusWith({ 'if-none-match': etag })).toBe(304);
    expect(await statusWith({ 'if-none-match': zipped.headers.get('etag') ?? '' })).toBe(304);
    expect(await statusWith({ 'if-none-match': `"other", W/${etag}` })).toBe(304);
    expect(await statusWith({ 'if-none-match': '"other"', 'if-modified-since': lastModified })).toBe(200);
    expect(await statusWith({ 'if-modified-since': lastModified })).toBe(304);
    // Going back in time, a later date must not hide the earlier page.
    expect(await statusWith({ 'if-modified-since': lastModified, 'chartlife-replica-today': '2019-10-20' })).toBe(200);
    expect(await statusWith({ 'if-none-match': etag, 'chartlife-replica-today': '2019-10-20' })).toBe(200);
  });

  it('says no charset, as kworb', async () => {
    expect((await get(await start(), US_DAILY)).headers.get('content-type')).toBe('text/html');
  });

  it('knows GET and HEAD, its own addresses, and no others', async () => {
    const replica = await start();
    const head = await get(replica, US_DAILY, {}, 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
    expect((await get(replica, US_DAILY, {}, 'POST')).status).toBe(405);
    for (const path of [
      '/',
      '/spotify/country/fr_daily.html',
      '/x/spotify/country/us_daily.html',
      '/spotify/track/us.html',
    ]) {
      expect((await get(replica, path)).status, path).toBe(404);
    }
    const moved = await fetch(`${replica.baseUrl}/spotify`, { redirect: 'manual' });
    expect([moved.status, moved.headers.get('location')]).toEqual([301, '/spotify/']);
  });

  it('asks robots to stay out of its controls', async () => {
    const replica = await start();
    const fetcher = fetcherOf(replica);
    expect(await errorType(fetcher.fetch({ url: `${replica.baseUrl}/__replica/requests` }))).toBe('RobotsDisallowed');
    const closed = await start({ robotsTxt: 'User-agent: chartlife\nDisallow: /spotify/\n' });
    expect(await errorType(fetcherOf(closed).fetch({ url: closed.baseUrl + US_DAILY }))).toBe('RobotsDisallowed');
  });

  it('says which port is taken', async () => {
    const replica = await start();
    const port = Number(replica.host.split(':')[1]);
    const second = createReplica({ histories: HISTORIES });
    expect(await errorType(second.listen(port))).toBe('InvalidInput');
    await second.close();
  });

  it('needs one history per region', () => {
    expect(() => createReplica({ histories: [] })).toThrow('one history per region');
    expect(() => createReplica({ histories: [HISTORIES[0]!, HISTORIES[0]!] })).toThrow('one history per region');
    expect(() => createReplica({ histories: [{ ...HISTORIES[0]!, kind: 'weekly' }] })).toThrow('not daily');
  });
});

describe('faults', () => {
  const track = HISTORIES[0]!.tracks[HISTORIES[0]!.trackIndexes.at(-1)!]!;
  const TRACK = `/spotify/track/${track.id}.html`;
  const ARTIST = `/spotify/artist/${track.artist?.id}_songs.html`;
  const PAGES = [
    '/spotify/',
    US_DAILY,
    '/spotify/country/us_weekly.html',
    '/spotify/country/us_daily_totals.html',
    TRACK,
    ARTIST,
  ];

  const parseErrors = (replica: Replica): Promise<(ErrorType | 'none')[]> =>
    Promise.all(
      PAGES.map(async (path) => {
        const html = await (await get(replica, path)).text();
        return errorType(Promise.resolve().then(() => parsePage(html, { source: replica.baseUrl + path })));
      }),
    );

  it('a layout change is seen on every kind of page', async () => {
    const replica = await start({ faults: { layoutChange: PAGES } });
    for (const type of await parseErrors(replica)) expect(['LayoutChanged', 'WrongPage']).toContain(type);
    expect((await parseErrors(replica))[1]).toBe('LayoutChanged');
    replica.setFaults({});
    expect(await parseErrors(replica)).toEqual(PAGES.map(() => 'none'));
  });

  it('a page cut short is a whole answer with half a page', async () => {
    const replica = await start({ faults: { cutShort: PAGES } });
    expect(await parseErrors(replica)).toEqual(PAGES.map(() => 'PageTruncated'));
    expect((await fetcherOf(replica).fetch({ url: replica.baseUrl + US_DAILY })).outcome).toBe('fetched');
  });

  it('a broken connection brings no page at all', async () => {
    const replica = await start({ faults: { brokenConnection: [US_DAILY] } });
    const fetcher = fetcherOf(replica);
    expect(await errorType(fetcher.fetch({ url: replica.baseUrl + US_DAILY }))).toBe('SourceUnavailable');
    expect((await fetcher.fetch({ url: replica.baseUrl + GB_DAILY })).outcome).toBe('fetched');
  });

  it('a wrong date lies in the future', async () => {
    const replica = await start({ faults: { wrongDate: [US_DAILY] } });
    expect(await chartDate(replica)).toBe(addDays(replica.today, 7));
    expect(await chartDate(replica, GB_DAILY)).toBe(LAST_DATE);
  });

  it('may strike on one day alone', async () => {
    const replica = await start({ faults: { wrongDate: [`${US_DAILY}@2019-10-10`] } });
    expect(await chartDate(replica, US_DAILY, { 'chartlife-replica-today': '2019-10-10' })).toBe('2019-10-17');
    expect(await chartDate(replica, US_DAILY, { 'chartlife-replica-today': '2019-10-11' })).toBe('2019-10-09');
  });

  it('429 comes with Retry-After, 500 without', async () => {
    const replica = await start({ faults: { rate429: 1, retryAfterSeconds: 3 } });
    const limited = await get(replica, US_DAILY);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '3']);
    expect(await errorType(fetcherOf(replica).fetch({ url: replica.baseUrl + US_DAILY }))).toBe('RateLimited');
    replica.setFaults({ rate500: 1, retryAfterSeconds: 3 });
    const broken = await get(replica, US_DAILY);
    expect([broken.status, broken.headers.get('retry-after')]).toEqual([500, null]);
    // robots.txt and the controls always work: the faults are the pages'.
    expect((await get(replica, '/robots.txt')).status).toBe(200);
  });

  it('strike at their rate, and the same requests in any order', async () => {
    const faults = { rate429: 0.1, rate500: 0.2, rateSlow: 0, seed: 11 };
    const paths = Array.from({ length: 400 }, (_, i) => `/spotify/track/${String(i).padStart(22, '0')}.html`);
    const statuses = async (order: readonly string[]): Promise<Map<string, number[]>> => {
      const replica = await start({ faults });
      const seen = new Map<string, number[]>();
      for (const path of [...order, ...order]) {
        seen.set(path, [...(seen.get(path) ?? []), (await get(replica, path)).status]);
      }
      return seen;
    };
    const forward = await statuses(paths);
    const backward = await statuses(paths.toReversed());
    expect(new Map([...backward].toReversed())).toEqual(forward);
    const all = [...forward.values()].flat();
    const share = (status: number): number => all.filter((s) => s === status).length / all.length;
    expect(share(429)).toBeCloseTo(0.1, 1);
    expect(share(500)).toBeCloseTo(0.2, 1);
    // A second attempt is drawn anew.
    expect([...forward.values()].some(([first, second]) => first !== 404 && second === 404)).toBe(true);
  });

  it('slow answers are drawn on their own, and come whole', async () => {
    const draw = new FaultDraw({ ...NO_FAULTS, rate429: 1, rateSlow: 1, slowMs: 50 });
    expect(draw.next(US_DAILY, FIRST_DATE)).toEqual({ refuseWith: 429, delayMs: 50 });
    const replica = await start({ faults: { rateSlow: 1, slowMs: 50 } });
    expect(await chartDate(replica)).toBe(LAST_DATE);
  });

  it.each<[string, object]>([
    ['no such fault', { rate404: 1 }],
    ['a rate over 1', { rate429: 1.5 }],
    ['rates over 1 together', { rate429: 0.6, rate500: 0.6 }],
    ['no path', { cutShort: ['us_daily'] }],
    ['no region', { deadRegions: { atlantis: '2019-10-01' } }],
    ['no date', { deadRegions: { us: '2019-02-30' } }],
    ['not a number', { slowMs: '1' }],
  ])('%s is refused', (_, faults) => {
    expect(() => createReplica({ histories: HISTORIES, faults })).toThrow();
  });
});

describe('edits', () => {
  it('a page can be overridden and let be again; its validators follow', async () => {
    const replica = await start();
    const before = await get(replica, US_DAILY);
    replica.override(US_DAILY, (html) => html.replace('Spotify Daily Chart', 'Something Else'));
    const during = await get(replica, US_DAILY);
    expect(await during.text()).toContain('Something Else');
    expect(during.headers.get('etag')).not.toBe(before.headers.get('etag'));
    expect(during.headers.get('last-modified')).not.toBe(before.headers.get('last-modified'));
    replica.override(US_DAILY, null);
    expect((await get(replica, US_DAILY)).headers.get('etag')).toBe(before.headers.get('etag'));
  });

  it('a correction changes every figure made of the number, in its own region alone', async () => {
    const replica = await start();
    const date = parseDate('2019-10-20');
    const rowsOn = async (path: string, today: string) => {
      const page = parsePage(await (await get(replica, path, { 'chartlife-replica-today': today })).text());
      if (page.kind !== 'daily' && page.kind !== 'weekly') throw new Error('no chart');
      return page.rows;
    };
    const todays = ['2019-10-21', '2019-10-22', '2019-10-23'];
    const before = await Promise.all(todays.map((today) => rowsOn(US_DAILY, today)));
    const gbBefore = await rowsOn(GB_DAILY, '2019-10-22');
    const weekBefore = await rowsOn('/spotify/country/us_weekly.html', '2019-10-26');
    const top = before[1]![0]!;
    replica.correctStreams({ region: US, date, trackId: top.trackId, streams: (top.streams ?? 0) + 1000 });
    const after = await Promise.all(todays.map((today) => rowsOn(US_DAILY, today)));
    expect(after[0]).toEqual(before[0]);
    expect(after[1]![0]).toEqual({
      ...top,
      streams: (top.streams ?? 0) + 1000,
      ...(top.streamsChange === null ? {} : { streamsChange: top.streamsChange + 1000 }),
      sevenDay: (top.sevenDay ?? 0) + 1000,
      sevenDayChange: (top.sevenDayChange ?? 0) + 1000,
      total: (top.total ?? 0) + 1000,
    });
    expect(after[1]!.slice(1)).toEqual(before[1]!.slice(1));
    const nextDay = (rows: typeof after): number | null | undefined =>
      rows[2]!.find(({ trackId }) => trackId === top.trackId)?.total;
    expect(nextDay(after)).toBe((nextDay(before) ?? 0) + 1000);
    expect(await rowsOn(GB_DAILY, '2019-10-22')).toEqual(gbBefore);
    const week = (rows: typeof weekBefore): number => rows.find(({ trackId }) => trackId === top.trackId)?.streams ?? 0;
    expect(week(await rowsOn('/spotify/country/us_weekly.html', '2019-10-26'))).toBe(week(weekBefore) + 1000);
    expect(() =>
      replica.correctStreams({ region: US, date: parseDate('2018-01-01'), trackId: top.trackId, streams: 1 }),
    ).toThrow('not on the us chart of 2018-01-01');
  });
});

describe('control over HTTP', () => {
  it('does what the object does', async () => {
    const replica = await start();
    expect(await post(replica, 'today', { today: '2019-10-12' })).toEqual({ today: '2019-10-12' });
    expect(replica.today).toBe('2019-10-12');
    expect(await post(replica, 'faults', { rate429: 1, deadRegions: { gb: '2019-10-05' } })).toMatchObject({
      rate429: 1,
    });
    expect((await get(replica, US_DAILY)).status).toBe(429);
    await post(replica, 'faults', {});
    const trackId = HISTORIES[0]!.tracks[HISTORIES[0]!.trackIndexes[0]!]!.id;
    await post(replica, 'corrections', { region: 'us', date: FIRST_DATE, trackId, streams: 42 });
    replica.setToday(addDays(FIRST_DATE, 2));
    expect(await (await get(replica, US_DAILY)).text()).toContain('<td>42</td>');
    expect(await (await get(replica, '/__replica')).json()).toMatchObject({
      today: '2019-10-03',
      regions: ['us', 'gb'],
    });
  });

  it('refuses what makes no sense, and says why', async () => {
    const replica = await start();
    expect(await post(replica, 'today', { today: 'tomorrow' })).toContain('"tomorrow" is not a date');
    expect(await post(replica, 'weather', {})).toContain('knows no "POST /__replica/weather"');
    const response = await fetch(`${replica.baseUrl}/__replica/today`, { method: 'POST', body: '[1]' });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('not a JSON object')]);
  });
});

describe('the record of requests', () => {
  it('counts by path and status, keeps user agents and days, not the controls', async () => {
    const replica = await start();
    const fetcher = fetcherOf(replica);
    const url = replica.baseUrl + US_DAILY;
    const page = await fetcher.fetch({ url, headers: { 'chartlife-replica-today': '2019-10-10' } });
    if (page.outcome !== 'fetched' || page.etag === null) throw new Error('no page');
    await fetcher.fetch({ url, etag: page.etag, headers: { 'chartlife-replica-today': '2019-10-10' } });
    await errorType(fetcher.fetch({ url: `${replica.baseUrl}/spotify/track/0000000000000000000000.html` }));
    const summary = (await (await get(replica, '/__replica/requests')).json()) as ReturnType<Replica['requests']>;
    expect(summary).toMatchObject({
      numRequests: 4,
      maxOpen: 1,
      byStatus: { 200: 2, 304: 1, 404: 1 },
      byPath: { '/robots.txt': { 200: 1 }, [US_DAILY]: { 200: 1, 304: 1 } },
    });
    expect(summary.userAgents).toEqual([expect.stringMatching(/^chartlife\//)]);
    expect(summary.latest.map(({ today }) => today).slice(1, 3)).toEqual(['2019-10-10', '2019-10-10']);
    await fetch(`${replica.baseUrl}/__replica/requests`, { method: 'DELETE' });
    expect(replica.requests()).toMatchObject({ numRequests: 0, byPath: {}, latest: [] });
  });
});
