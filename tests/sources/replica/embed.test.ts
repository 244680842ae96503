/** Embed pages and previews over HTTP: their form, their label, their faults, and clients that go away. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decodeAudio } from '../../../audio/decode/decode.ts';
import { addDays, parseDate } from '../../../contracts/dates.ts';
import { isChartlifeError } from '../../../contracts/errors.ts';
import type { TrackId } from '../../../contracts/ids.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import type { TrackFacts } from '../../../contracts/trackFacts.ts';
import { createHttpFetcher } from '../../../sources/http.ts';
import { FAKE_ACCESS_TOKEN, renderEmbedPage } from '../../../sources/replica/embedPage.ts';
import { previewPathOf } from '../../../sources/replica/previews.ts';
import type { Replica, ReplicaOptions } from '../../../sources/replica/replica.ts';
import { createReplica } from '../../../sources/replica/server.ts';
import { SYNTHETIC_NOTE } from '../../../sources/replica/sound/label.ts';
import { makeSyntheticHistories } from '../../../sources/replica/syntheticHistory.ts';
import { type BuiltWorker, buildWorker } from '../../audio/buildWorker.ts';
import { ORDINARY } from './sampleTracks.ts';

const FIRST_DATE = parseDate('2019-10-01');
const [HISTORY] = makeSyntheticHistories([parseRegion('us')], {
  seed: 3,
  firstDate: FIRST_DATE,
  numDays: 30,
  depth: 40,
});
const FACTS: TrackFacts = {
  descriptors: ORDINARY,
  releaseDate: { date: parseDate('2016-06-13'), precision: 'day' },
  durationMs: 243_625,
  isExplicit: true,
};
const tracksOnDay = (day: number): TrackId[] => {
  const { rowStarts, trackIndexes, tracks } = HISTORY!;
  return [...trackIndexes.subarray(rowStarts[day], rowStarts[day + 1])].map((index) => tracks[index]!.id);
};
/** On the first day's chart; on the last day's but none before; on no chart. */
const OLD = tracksOnDay(0)[0]!;
const NEW = tracksOnDay(29).find((id) =>
  Array.from({ length: 29 }, (_, day) => day).every((day) => !tracksOnDay(day).includes(id)),
)!;
const CHARTED = new Set([...HISTORY!.trackIndexes]);
const UNCHARTED = HISTORY!.tracks.find((_, index) => !CHARTED.has(index))!.id;
const UNKNOWN = tracksOnDay(0)[1]!;
const TRACK_FACTS = new Map([OLD, NEW, UNCHARTED].map((id) => [id, FACTS]));
const embedPath = (trackId: string): string => `/embed/track/${trackId}`;

let thread: BuiltWorker;
beforeAll(async () => {
  thread = await buildWorker('sources/replica/sound/renderThread.ts');
});
afterAll(() => thread.remove());

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function start(options: Partial<ReplicaOptions> = {}): Promise<Replica> {
  const replica = createReplica({
    histories: [HISTORY!],
    trackFacts: TRACK_FACTS,
    soundThreadPath: thread.workerPath,
    ...options,
  });
  await replica.listen();
  cleanUp.push(() => replica.close());
  return replica;
}

const get = (replica: Replica, path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(replica.baseUrl + path, { headers });

type Entity = Readonly<Record<string, unknown>>;

interface NextData {
  readonly page: string;
  readonly query: object;
  readonly props: {
    readonly pageProps: {
      readonly state: {
        readonly data: { readonly entity: Entity; readonly embeded_entity_uri: string };
        readonly settings: { readonly session: object };
      };
    };
  };
}

/** null where the page has no such script. */
const tryNextData = (html: string): NextData | null => {
  const [, json] = /<script id="__NEXT_DATA__" type="application\/json">(.*?)<\/script>/s.exec(html) ?? [];
  return JSON.parse(json ?? 'null');
};

const nextData = (html: string): NextData => {
  const data = tryNextData(html);
  if (data === null) throw new Error(`no __NEXT_DATA__ in ${html.slice(0, 200)}`);
  return data;
};

const entityOf = async (replica: Replica, trackId: TrackId, headers: Record<string, string> = {}): Promise<Entity> =>
  nextData(await (await get(replica, embedPath(trackId), headers)).text()).props.pageProps.state.data.entity;

describe('the embed page', () => {
  it('has the fields of the real one, where they are', async () => {
    const replica = await start();
    const response = await get(replica, `${embedPath(OLD)}?utm_source=generator`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html']);
    const { page, query, props } = nextData(await response.text());
    expect([page, query]).toEqual(['/track/[id]', { id: OLD }]);
    const { data, settings } = props.pageProps.state;
    const track = HISTORY!.tracks.find(({ id }) => id === OLD)!;
    const artists = [track.artist!, ...track.featured].map(({ id, name }) => ({ name, uri: `spotify:artist:${id}` }));
    expect(data.embeded_entity_uri).toBe(`spotify:track:${OLD}`);
    expect(data.entity).toEqual({
      type: 'track',
      name: track.title,
      uri: `spotify:track:${OLD}`,
      id: OLD,
      title: track.title,
      artists,
      releaseDate: { isoString: '2016-06-13T00:00:00Z' },
      duration: 243_625,
      isPlayable: true,
      playabilityReason: 'PLAYABLE',
      isExplicit: true,
      isNineteenPlus: false,
      contentRatings: { labels: ['EXPLICIT'] },
      audioPreview: { url: replica.baseUrl + previewPathOf(OLD) },
      hasVideo: false,
      relatedEntityUri: artists[0]!.uri,
      visualIdentity: { image: [] },
      chartlifeReplica: { isSynthetic: true, note: SYNTHETIC_NOTE },
    });
    expect(previewPathOf(OLD)).toMatch(/^\/mp3-preview\/[0-9a-f]{40}$/);
    expect(settings.session).toMatchObject({ accessToken: FAKE_ACCESS_TOKEN, isAnonymous: true });
  });

  it('says before all eyes that the sound is synthetic', async () => {
    const html = await (await get(await start(), embedPath(OLD))).text();
    const shown = html.replace(/<script.*?<\/script>/gs, '').replace(/<[^>]*>/g, ' ');
    expect(shown).toContain(SYNTHETIC_NOTE);
  });

  it('keeps names that look like markup, and tracks without any', () => {
    const input = { facts: { ...FACTS, isExplicit: false }, previewUrl: null, isPlayable: true };
    const track = { id: OLD, title: '</script><b>&amp; <3', artist: { id: null, name: 'A & <i>B' }, featured: [] };
    const html = renderEmbedPage({ ...input, track });
    const { entity } = nextData(html).props.pageProps.state.data;
    expect(entity).toMatchObject({
      title: track.title,
      artists: [{ name: 'A & <i>B' }],
      contentRatings: { labels: [] },
    });
    expect(entity).not.toHaveProperty('audioPreview');
    expect(html).toContain('<h1>&lt;/script&gt;&lt;b&gt;&amp;amp; &lt;3</h1>');
    const nameless = renderEmbedPage({ ...input, track: { ...track, title: null, artist: null } });
    expect(nextData(nameless).props.pageProps.state.data.entity).toMatchObject({ title: 'Unknown Title', artists: [] });
  });

  it('is there from the day of the first chart on, with validators', async () => {
    const replica = await start();
    const statusOn = async (trackId: TrackId, today: string): Promise<number> =>
      (await get(replica, embedPath(trackId), { 'chartlife-replica-today': today })).status;
    const shownOn = addDays(FIRST_DATE, 29 + 2);
    expect([await statusOn(NEW, addDays(shownOn, -1)), await statusOn(NEW, shownOn)]).toEqual([404, 200]);
    expect(await statusOn(OLD, addDays(shownOn, -1))).toBe(200);
    const page = await get(replica, embedPath(NEW));
    expect(page.headers.get('last-modified')).toBe(new Date(`${shownOn}T00:00:00Z`).toUTCString());
    const etag = page.headers.get('etag') ?? '';
    expect((await get(replica, embedPath(NEW), { 'if-none-match': etag })).status).toBe(304);
  });

  it.each([
    ['a track that never charted', embedPath(UNCHARTED)],
    ['a track without facts', embedPath(UNKNOWN)],
    ['no track id', embedPath('short')],
    ['an artist', `/embed/artist/${OLD}`],
    ['more path', `${embedPath(OLD)}/more`],
    ['a preview of nothing', `/mp3-preview/${'0'.repeat(40)}`],
    ['a preview with a shorter name', previewPathOf(OLD).slice(0, -1)],
  ])('%s: 404', async (_, path) => {
    expect((await get(await start(), path)).status).toBe(404);
  });

  it('a replica without track facts has neither', async () => {
    const replica = createReplica({ histories: [HISTORY!] });
    await replica.listen();
    cleanUp.push(() => replica.close());
    expect((await get(replica, embedPath(OLD))).status).toBe(404);
    expect((await get(replica, previewPathOf(OLD))).status).toBe(404);
  });
});

describe('the preview', () => {
  it('is half a minute of MP3, as the page says where, the same at every request', async () => {
    const replica = await start();
    const url = replica.baseUrl + previewPathOf(OLD);
    expect(await entityOf(replica, OLD)).toMatchObject({ audioPreview: { url } });
    const response = await fetch(url);
    expect(response.headers.get('content-type')).toBe('audio/mpeg');
    expect(response.headers.get('content-encoding')).toBeNull();
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(response.headers.get('content-length')).toBe(String(bytes.length));
    const { format, numChannels, sampleRateHz, channels, numLosses } = await decodeAudio(bytes);
    expect([format, numChannels, numLosses]).toEqual(['mp3', 1, 0]);
    expect(Math.abs(channels[0]!.length / sampleRateHz - 30)).toBeLessThan(0.2);
    expect(new Uint8Array(await (await fetch(url)).arrayBuffer())).toEqual(bytes);
    const etag = response.headers.get('etag') ?? '';
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const other = await (await get(replica, previewPathOf(NEW))).arrayBuffer();
    expect(new Uint8Array(other)).not.toEqual(bytes);
  });

  it('pages are served while it is rendered', async () => {
    const replica = await start();
    let isRendered = false;
    const preview = get(replica, previewPathOf(OLD)).then(() => {
      isRendered = true;
    });
    await get(replica, embedPath(OLD));
    expect(isRendered).toBe(false);
    await preview;
  });

  it('robots may have both, by the default robots.txt', async () => {
    const replica = await start();
    const fetcher = createHttpFetcher({ allowedHosts: [replica.host], minIntervalMs: 0, jitterMs: 0 });
    cleanUp.push(() => fetcher.close());
    const page = await fetcher.fetch({ url: replica.baseUrl + embedPath(OLD) });
    expect(page.outcome).toBe('fetched');
    const response = await fetch(`${replica.baseUrl}/robots.txt`);
    expect(await response.text()).not.toMatch(/embed|mp3/);
  });
});

describe('faults', () => {
  it('a page may lack the preview or say that it is not to be played, on a day', async () => {
    const replica = await start({
      faults: { previewAbsent: [embedPath(OLD)], notPlayable: [`${embedPath(NEW)}@2019-11-01`] },
    });
    expect(await entityOf(replica, OLD)).not.toHaveProperty('audioPreview');
    const today = { 'chartlife-replica-today': '2019-11-01' };
    expect(await entityOf(replica, NEW, today)).toMatchObject({
      isPlayable: false,
      playabilityReason: 'COUNTRY_RESTRICTED',
      audioPreview: { url: replica.baseUrl + previewPathOf(NEW) },
    });
    expect(await entityOf(replica, NEW, { 'chartlife-replica-today': '2019-11-02' })).toMatchObject({
      isPlayable: true,
    });
  });

  it('a preview may be gone while its page still names it', async () => {
    const replica = await start({ faults: { previewGone: [previewPathOf(OLD)] } });
    expect(await entityOf(replica, OLD)).toMatchObject({ audioPreview: { url: replica.baseUrl + previewPathOf(OLD) } });
    expect((await get(replica, previewPathOf(OLD))).status).toBe(404);
    replica.setFaults({});
    expect((await get(replica, previewPathOf(OLD))).status).toBe(200);
  });

  it('what strikes pages strikes these too, and all is in the record', async () => {
    const replica = await start({ faults: { rate429: 1, retryAfterSeconds: 3 } });
    const paths = [embedPath(OLD), previewPathOf(OLD)];
    const statuses = (): Promise<number[]> => Promise.all(paths.map(async (path) => (await get(replica, path)).status));
    expect(await statuses()).toEqual([429, 429]);
    replica.setFaults({ rate500: 1 });
    expect(await statuses()).toEqual([500, 500]);
    replica.setFaults({ rateSlow: 1, slowMs: 30 });
    expect(await statuses()).toEqual([200, 200]);
    expect(replica.requests().byPath).toEqual(
      Object.fromEntries(paths.map((path) => [path, { 429: 1, 500: 1, 200: 1 }])),
    );
  });

  it('pages and previews may be cut short, broken off or of another layout', async () => {
    const paths = [embedPath(OLD), previewPathOf(OLD)];
    const replica = await start();
    const sizes = async (): Promise<number[]> =>
      Promise.all(paths.map(async (path) => (await (await get(replica, path)).arrayBuffer()).byteLength));
    const whole = await sizes();
    replica.setFaults({ cutShort: paths });
    expect(await sizes()).toEqual(whole.map((size) => Math.floor(0.6 * size)));
    replica.setFaults({ brokenConnection: paths });
    for (const path of paths) await expect(get(replica, path).then((answer) => answer.arrayBuffer())).rejects.toThrow();
    replica.setFaults({ layoutChange: paths });
    expect(tryNextData(await (await get(replica, embedPath(OLD))).text())).toBeNull();
  });

  it.each([[{ previewAbsent: 'all' }], [{ notPlayable: ['embed'] }], [{ previewGone: [1] }]])(
    '%j is refused',
    (faults) => {
      let error: unknown;
      try {
        createReplica({ histories: [HISTORY!], faults: faults as Partial<Replica['faults']> });
      } catch (caught) {
        error = caught;
      }
      expect(isChartlifeError(error, 'InvalidInput')).toBe(true);
    },
  );
});

describe('a client that goes away', () => {
  it('in the middle of the download, or before the sound is rendered, leaves nothing behind', async () => {
    const facts = new Map([...new Set(tracksOnDay(5))].map((id) => [id, FACTS]));
    const replica = await start({ trackFacts: facts });
    const leaving = new AbortController();
    const paths = [...facts.keys()].slice(0, 20).map(previewPathOf);
    const downloads = paths.map(async (path) => fetch(replica.baseUrl + path, { signal: leaving.signal }));
    const first = await Promise.race(downloads);
    const reader = first.body!.getReader();
    await reader.read();
    leaving.abort();
    await Promise.allSettled(downloads);
    const startedAt = performance.now();
    const last = [...facts.keys()].at(-1)!;
    expect((await get(replica, previewPathOf(last))).status).toBe(200);
    const tookMs = performance.now() - startedAt;
    const { byStatus } = replica.requests();
    console.log(`after 20 abandoned requests the next took ${tookMs.toFixed(0)} ms; ${JSON.stringify(byStatus)}`);
    // Those that were broken off got no answer at all.
    expect((byStatus.broken ?? 0) + (byStatus['200'] ?? 0)).toBe(21);
    expect(byStatus.broken ?? 0).toBeGreaterThan(10);
    expect(byStatus['500']).toBeUndefined();
  });
});
