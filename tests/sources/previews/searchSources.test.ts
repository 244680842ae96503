/**
 * Deezer and iTunes over real HTTP, against servers that answer in their form: field names as in answers that public
 * repositories keep, cut to what is read; all values are made up.
 */
import { describe, expect, it } from 'vitest';
import type { ErrorType } from '../../../contracts/errors.ts';
import { parseTrackId } from '../../../contracts/ids.ts';
import type { TrackToHear } from '../../../contracts/previews.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import type { PreviewSource } from '../../../sources/previewSource.ts';
import { createDeezerSource } from '../../../sources/previews/deezer.ts';
import { createItunesSource } from '../../../sources/previews/itunes.ts';
import type { Handler, TestServer } from '../httpTestServer.ts';
import { failureOf, fetcherFor, patience, serve } from './fetchers.ts';

const TRACK: TrackToHear = {
  trackId: parseTrackId('7qiZfU4dY1lWllzX7mPBI3'),
  title: 'Señorita (feat. Guest)',
  artistNames: ['First & Last', 'Guest'],
};
const SOUND = Uint8Array.of(0, 0, 0, 0x20, 0x66, 0x74, 0x79, 0x70);

interface Store {
  readonly api: TestServer;
  readonly cdn: TestServer;
  readonly source: PreviewSource;
}

type Answer = (cdn: TestServer) => unknown;

/** A store whose search gives one answer: a text as it stands, a number as a status, anything else as JSON. */
async function store(name: 'deezer' | 'itunes', answer: Answer, audio?: Handler): Promise<Store> {
  const cdn = await serve(audio ?? ((_, response) => void response.end(SOUND)));
  const api = await serve((_, response) => {
    const value = answer(cdn);
    if (typeof value === 'number') response.writeHead(value).end();
    else response.end(typeof value === 'string' ? value : JSON.stringify(value));
  });
  const options = {
    searchFetcher: fetcherFor(api, { obeyRobots: false }),
    audioFetcher: fetcherFor(cdn),
    baseUrl: `${api.baseUrl}/`,
  };
  const source = name === 'deezer' ? createDeezerSource(options) : createItunesSource({ ...options, country: 'DE' });
  return { api, cdn, source };
}

const deezerTrack = (cdn: TestServer, changes: object = {}): object => ({
  id: 1,
  readable: true,
  title: 'Senorita',
  title_short: 'Senorita',
  title_version: '',
  duration: 191,
  explicit_lyrics: false,
  preview: `${cdn.baseUrl}/stream/c-1.mp3?hdnea=exp=1~hmac=2`,
  artist: { id: 2, name: 'First & Last', type: 'artist' },
  type: 'track',
  ...changes,
});

const itunesTrack = (cdn: TestServer, changes: object = {}): object => ({
  wrapperType: 'track',
  kind: 'song',
  trackName: 'Señorita',
  artistName: 'First & Last',
  previewUrl: `${cdn.baseUrl}/AudioPreview/a.plus.aac.p.m4a`,
  releaseDate: '2019-06-21T12:00:00Z',
  trackTimeMillis: 190_960,
  trackExplicitness: 'notExplicit',
  ...changes,
});

const deezer = (answer: Answer, audio?: Handler): Promise<Store> => store('deezer', answer, audio);
const deezerFinding = (...changes: readonly object[]): Promise<Store> =>
  deezer((cdn) => ({ data: changes.map((change) => deezerTrack(cdn, change)), total: changes.length }));

describe('Deezer', () => {
  it('is searched by artist and title, and the preview fetched at once from its address', async () => {
    const { api, cdn, source } = await deezerFinding({});
    expect(await source.find(TRACK, patience())).toEqual({
      outcome: 'found',
      bytes: SOUND,
      urlHost: cdn.host,
      addressSha256: sha256Hex('/stream/c-1.mp3'),
      match: { score: 1, title: 'Senorita', artistName: 'First & Last' },
      details: {
        title: 'Senorita',
        artists: [{ id: null, name: 'First & Last' }],
        releaseDate: null,
        durationMs: 191_000,
        isExplicit: false,
      },
      isSynthetic: false,
    });
    expect(source.origin).toBe('deezer');
    // The API is asked without its robots.txt, the CDN is not.
    expect(api.paths).toHaveLength(1);
    const asked = new URL(api.paths[0] ?? '', api.baseUrl);
    expect(asked.pathname).toBe('/search');
    expect(asked.searchParams.get('q')).toBe('artist:"First & Last" track:"Señorita"');
    expect(api.headers[0]?.accept).toContain('application/json');
    expect(cdn.paths).toEqual(['/robots.txt', '/stream/c-1.mp3?hdnea=exp=1~hmac=2']);
    expect(cdn.headers[1]?.accept).toContain('audio/');
  });

  it('a quotation mark in a name does not end the search for it', async () => {
    const { api, source } = await deezerFinding();
    await source.find({ ...TRACK, title: '12" of “Love"', artistNames: ['"Weird Al"'] }, patience());
    const query = new URL(api.paths[0] ?? '', api.baseUrl).searchParams.get('q') ?? '';
    expect(query).toMatch(/^artist:"[^"]*" track:"[^"]*"$/);
    expect(query).toContain('Weird Al');
  });

  it.each([
    [4, 'RateLimited'],
    [700, 'SourceUnavailable'],
    [600, 'RequestRefused'],
    [undefined, 'RequestRefused'],
  ])('200 with error code %s is %s', async (code, type) => {
    const { source, cdn } = await deezer(() => ({
      error: { type: 'Exception', message: 'Quota limit exceeded', code },
    }));
    const error = await failureOf(source.find(TRACK, patience()));
    expect(error.type).toBe(type);
    expect(error.message).toContain('Quota limit exceeded');
    expect(error.details.retryAfterMs).toBe(type === 'RateLimited' ? 5_000 : undefined);
    expect(cdn.paths).toEqual([]);
  });
});

describe('what Deezer calls its errors', () => {
  it.each<[object, ErrorType]>([
    [{ code: '4', message: 'Quota limit exceeded' }, 'RateLimited'],
    [{ type: 'QuotaException', message: 'Quota limit exceeded' }, 'RateLimited'],
    [{ type: 'ServiceBusyException' }, 'SourceUnavailable'],
    [{ code: 'x', type: 'toString' }, 'RequestRefused'],
  ])('%j is %s', async (error, type) => {
    const { source } = await deezer(() => ({ error }));
    expect((await failureOf(source.find(TRACK, patience()))).type).toBe(type);
  });

  it('code 800, "no data", means that it has nothing', async () => {
    const { source } = await deezer(() => ({ error: { type: 'DataException', message: 'no data', code: 800 } }));
    expect(await source.find(TRACK, patience())).toMatchObject({ outcome: 'absent', why: 'the search found nothing' });
  });
});

describe('iTunes', () => {
  it('is searched in one country’s store', async () => {
    const { api, cdn, source } = await store(
      'itunes',
      (site) => `\n\n\n${JSON.stringify({ resultCount: 1, results: [itunesTrack(site)] })}\n`,
    );
    expect(await source.find(TRACK, patience())).toMatchObject({
      outcome: 'found',
      bytes: SOUND,
      urlHost: cdn.host,
      match: { score: 1, title: 'Señorita', artistName: 'First & Last' },
      // The date is that of the album the song was found on.
      details: { releaseDate: null, durationMs: 190_960, isExplicit: false },
    });
    expect(source.origin).toBe('itunes');
    expect(api.paths).toHaveLength(1);
    expect(Object.fromEntries(new URL(api.paths[0] ?? '', api.baseUrl).searchParams)).toMatchObject({
      term: 'First & Last Señorita',
      entity: 'song',
      country: 'DE',
    });
  });

  it.each([
    ['explicit', true],
    ['cleaned', false],
    [undefined, null],
  ])('explicitness %s is %s', async (trackExplicitness, isExplicit) => {
    const { source } = await store('itunes', (cdn) => ({ results: [itunesTrack(cdn, { trackExplicitness })] }));
    expect(await source.find(TRACK, patience())).toMatchObject({ details: { isExplicit } });
  });

  it.each([403, 429])('%i means: too many calls', async (status) => {
    const { source } = await store('itunes', () => status);
    const error = await failureOf(source.find(TRACK, patience()));
    expect(error).toMatchObject({ type: 'RateLimited', details: { httpStatus: status, retryAfterMs: 60_000 } });
  });

  it('a pause that the server asks for goes before ours', async () => {
    const cdn = await serve((_, response) => void response.end());
    const api = await serve((_, response) => void response.writeHead(429, { 'retry-after': '7' }).end());
    const source = createItunesSource({
      searchFetcher: fetcherFor(api, { obeyRobots: false }),
      audioFetcher: fetcherFor(cdn),
      baseUrl: api.baseUrl,
    });
    expect((await failureOf(source.find(TRACK, patience()))).details.retryAfterMs).toBe(7_000);
    expect(api.paths[0]).toContain('country=US');
  });

  it('403 for a file is no limit on searches', async () => {
    const { source } = await store(
      'itunes',
      (cdn) => ({ results: [itunesTrack(cdn)] }),
      (request, response) => void response.writeHead(request.url === '/robots.txt' ? 404 : 403).end(),
    );
    expect((await failureOf(source.find(TRACK, patience()))).type).toBe('RequestRefused');
  });
});

describe.each(['deezer', 'itunes'] as const)('a search of %s', (name) => {
  const list = name === 'deezer' ? 'data' : 'results';

  it.each<[ErrorType, unknown]>([
    ['LayoutChanged', '<html>Sign in to the network</html>'],
    ['LayoutChanged', ''],
    ['LayoutChanged', {}],
    ['LayoutChanged', []],
    ['LayoutChanged', { [list]: 'none' }],
    ['LayoutChanged', 404],
    ['SourceUnavailable', 500],
    ['RequestRefused', 400],
  ])('%s for %j', async (type, answer) => {
    const { source } = await store(name, () => answer);
    expect((await failureOf(source.find(TRACK, patience()))).type).toBe(type);
  });

  it('passes over results that are not as they should be', async () => {
    const { source } = await store(name, () => ({
      [list]: [null, 7, 'x', {}, { title: 'a', trackName: 'a', artist: 'b' }],
    }));
    expect(await source.find(TRACK, patience())).toEqual({
      outcome: 'absent',
      why: 'the search found nothing',
      details: null,
    });
  });

  it('asks for nothing that has no name', async () => {
    const { source, api } = await store(name, () => ({ [list]: [] }));
    const nameless: Partial<TrackToHear>[] = [
      { title: null },
      { title: ' ' },
      { artistNames: [] },
      { artistNames: [' '] },
    ];
    for (const part of nameless) {
      expect(await source.find({ ...TRACK, ...part }, patience())).toEqual({
        outcome: 'absent',
        why: 'the track has no name to search for',
        details: null,
      });
    }
    expect(api.paths).toEqual([]);
  });

  it('is one request at a time', async () => {
    const { source, api } = await store(name, () => ({ [list]: [] }));
    await Promise.all([1, 2, 3, 4].map(() => source.find(TRACK, patience())));
    expect(api.paths).toHaveLength(4);
    expect(api.maxOpen()).toBe(1);
  });
});

describe('the best result', () => {
  it('is taken, wherever it stands', async () => {
    const { source, cdn } = await deezer((server) => ({
      data: [
        deezerTrack(server, { title: 'Señorita (Remix)' }),
        deezerTrack(server, { title: 'Señorita', artist: { name: 'Karaoke Stars' } }),
        deezerTrack(server, { title: 'Señorita', preview: `${server.baseUrl}/right.mp3` }),
        deezerTrack(server, { title: 'Señorita', preview: `${server.baseUrl}/second.mp3` }),
      ],
    }));
    expect(await source.find(TRACK, patience())).toMatchObject({ outcome: 'found', match: { score: 1 } });
    expect(cdn.paths).toEqual(['/robots.txt', '/right.mp3']);
  });

  it('is one with a preview, where one fits', async () => {
    const { source } = await deezerFinding({ preview: '' }, { title: 'Senorita - Radio Edit' });
    expect(await source.find(TRACK, patience())).toMatchObject({
      outcome: 'found',
      match: { title: 'Senorita - Radio Edit' },
    });
  });

  it('without a preview is absent, and no worse one is taken for it', async () => {
    const { source, cdn } = await deezerFinding({ preview: '' }, { title: 'Senorita (Remix)' });
    expect(await source.find(TRACK, patience())).toMatchObject({
      outcome: 'absent',
      why: 'the track found has no preview',
      details: { title: 'Senorita' },
    });
    expect(cdn.paths).toEqual([]);
  });

  it('is none where nothing fits', async () => {
    const { source, cdn } = await deezerFinding({ title: 'Senorita (Live)' }, { title: 'Havana' });
    const answer = await source.find(TRACK, patience());
    expect(answer).toMatchObject({ outcome: 'absent', details: null });
    expect(answer.outcome === 'absent' && answer.why).toMatch(/^no result fits: the best scores 0\.\d\d$/);
    expect(cdn.paths).toEqual([]);
  });

  it('whose file is gone is absent', async () => {
    const { source } = await deezer(
      (cdn) => ({ data: [deezerTrack(cdn)] }),
      (_, response) => void response.writeHead(404).end(),
    );
    expect(await source.find(TRACK, patience())).toMatchObject({ outcome: 'absent', why: 'the preview is gone' });
  });

  it('on a host that is not allowed is not asked for', async () => {
    const { source, api } = await deezer(() => ({ data: [deezerTrack(api)] }));
    expect(await source.find(TRACK, patience())).toMatchObject({
      outcome: 'absent',
      why: `the preview lies on ${api.host}: that host is not asked`,
    });
    expect(api.paths).toHaveLength(1);
  });
});
