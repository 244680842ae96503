/** Embed pages and their previews over real HTTP. */
import { describe, expect, it } from 'vitest';
import type { ErrorType } from '../../../contracts/errors.ts';
import type { TrackToHear } from '../../../contracts/previews.ts';
import type { PreviewSource } from '../../../sources/previewSource.ts';
import { createSpotifyEmbedSource } from '../../../sources/previews/spotifyEmbed.ts';
import type { Handler, TestServer } from '../httpTestServer.ts';
import { embedPage, type Fields, TOKEN, TRACK_ID } from './embedPages.ts';
import { failureOf, fetcherFor, patience, serve } from './fetchers.ts';

const TRACK: TrackToHear = { trackId: TRACK_ID, title: null, artistNames: [] };
const SOUND = Uint8Array.of(0xff, 0xfb, 0x90, 0x64, 0, 1, 2, 3);
const PREVIEW_PATH = '/mp3-preview/7339548839a263fd?cid=1';

interface Site {
  readonly server: TestServer;
  readonly source: PreviewSource;
}

/** A site whose embed page and preview are as a test wants them. */
async function site(
  page: (server: TestServer) => string | number,
  preview: Handler = (_, response) => void response.end(SOUND),
  origin: 'spotify' | 'replica' = 'spotify',
  robots?: string,
): Promise<Site> {
  const server = await serve((request, response) => {
    if (!request.url?.startsWith('/embed/')) {
      preview(request, response);
      return;
    }
    const answer = page(server);
    if (typeof answer === 'number') response.writeHead(answer).end(`<html>${TOKEN}</html>`);
    else response.end(answer);
  }, robots);
  const source = createSpotifyEmbedSource({ fetcher: fetcherFor(server), baseUrl: `${server.baseUrl}/`, origin });
  return { server, source };
}

const pageOf =
  (changes: Fields = {}) =>
  (server: TestServer): string =>
    embedPage({ audioPreview: { url: server.baseUrl + PREVIEW_PATH }, ...changes });

describe('a track with a preview', () => {
  it('is found by its id: the page, then the file it names, as audio', async () => {
    const { server, source } = await site(pageOf());
    const found = await source.find(TRACK, patience());
    expect(found).toMatchObject({
      outcome: 'found',
      bytes: SOUND,
      urlHost: server.host,
      match: null,
      isSynthetic: false,
      details: { title: 'A title', releaseDate: { date: '2017-03-03', precision: 'day' } },
    });
    expect(server.paths).toEqual(['/robots.txt', `/embed/track/${TRACK_ID}`, PREVIEW_PATH]);
    expect(server.headers[1]?.accept).toContain('text/html');
    expect(server.headers[2]?.accept).toContain('audio/');
    expect(JSON.stringify(found)).not.toContain(TOKEN);
    expect(JSON.stringify(server.headers)).not.toContain(TOKEN);
  });

  it('is synthetic where the page says so, and wherever the replica is asked', async () => {
    const marked = pageOf({ chartlifeReplica: { isSynthetic: true } });
    expect(await (await site(marked)).source.find(TRACK, patience())).toMatchObject({ isSynthetic: true });
    const replica = await site(pageOf(), undefined, 'replica');
    expect(replica.source.origin).toBe('replica');
    expect(await replica.source.find(TRACK, patience())).toMatchObject({ isSynthetic: true });
  });
});

describe('a track without one', () => {
  it.each([404, 410])('%i for the page: no such track', async (status) => {
    const { source, server } = await site(() => status);
    expect(await source.find(TRACK, patience())).toEqual({ outcome: 'absent', why: 'no such track', details: null });
    expect(server.paths).toHaveLength(2);
  });

  it('is absent with the page’s reason and details, and no file is asked for', async () => {
    const { source, server } = await site(pageOf({ isPlayable: false }));
    expect(await source.find(TRACK, patience())).toMatchObject({
      outcome: 'absent',
      why: 'the track is not playable',
      details: { title: 'A title' },
    });
    expect(server.paths).toHaveLength(2);
  });

  it.each([404, 410])('%i for the file: the preview is gone', async (status) => {
    const { source } = await site(pageOf(), (_, response) => void response.writeHead(status).end());
    expect(await source.find(TRACK, patience())).toMatchObject({
      outcome: 'absent',
      why: 'the preview is gone',
      details: { title: 'A title' },
    });
  });

  it('an empty file is none', async () => {
    const { source } = await site(pageOf(), (_, response) => void response.end());
    expect(await source.find(TRACK, patience())).toMatchObject({ outcome: 'absent', why: 'the preview is empty' });
  });
});

describe('what goes wrong is of a known type, and quotes nothing of the page', () => {
  it.each<[number, ErrorType]>([
    [429, 'RateLimited'],
    [403, 'RequestRefused'],
    [503, 'SourceUnavailable'],
  ])('%i for the page is %s, and for the file', async (status, type) => {
    const ofPage = await failureOf((await site(() => status)).source.find(TRACK, patience()));
    const refusingFile = await site(pageOf(), (_, response) => void response.writeHead(status).end());
    const ofFile = await failureOf(refusingFile.source.find(TRACK, patience()));
    for (const error of [ofPage, ofFile]) {
      expect(error.type).toBe(type);
      expect(JSON.stringify([error.message, error.details, error.next, String(error.cause)])).not.toContain(TOKEN);
    }
  });

  it('a preview on a host that is not allowed is none for us: nobody is asked, and no redirect leads there', async () => {
    const elsewhere = await serve((_, response) => void response.end(SOUND));
    const direct = await site(() => embedPage({ audioPreview: { url: `${elsewhere.baseUrl}/a.mp3?t=${TOKEN}` } }));
    expect(await direct.source.find(TRACK, patience())).toMatchObject({
      outcome: 'absent',
      why: `the preview lies on ${elsewhere.host}: that host is not asked`,
      details: { title: 'A title' },
    });
    const redirected = await site(
      pageOf(),
      (_, response) => void response.writeHead(302, { location: `${elsewhere.baseUrl}/a.mp3` }).end(),
    );
    expect(await redirected.source.find(TRACK, patience())).toMatchObject({
      outcome: 'absent',
      why: `the preview lies on ${elsewhere.host}, where ${redirected.server.host} leads: that host is not asked`,
    });
    expect(elsewhere.paths).toEqual([]);
  });

  it.each([403, 429, 500])(
    '%i for a file whose address holds a token the page does not name: only the host',
    async (status) => {
      const secret = 'QWERTY-unnamed-secret-0123456789';
      const answer: Handler = (request, response) =>
        void response.writeHead(request.url === '/robots.txt' ? 404 : status, { 'retry-after': '7' }).end();
      const { source, server } = await site(
        ({ baseUrl }) => embedPage({ audioPreview: { url: `${baseUrl}${PREVIEW_PATH}&sig=${secret}` } }),
        answer,
      );
      const error = await failureOf(source.find(TRACK, patience()));
      expect(error.message).toBe(`the preview on ${server.host} answered ${status}`);
      expect(error.details).toMatchObject({ urlHost: server.host, httpStatus: status, retryAfterMs: 7_000 });
      expect(JSON.stringify([error.message, error.details, error.next, String(error.cause)])).not.toContain(secret);
    },
  );

  it('a preview that is known is not fetched again while its address stays; a signature changes nothing', async () => {
    const { source, server } = await site(pageOf());
    const found = await source.find(TRACK, patience());
    if (found.outcome !== 'found') throw new Error(found.outcome);
    const known = { addressSha256: found.addressSha256! };
    const again = await site(({ baseUrl }) => embedPage({ audioPreview: { url: `${baseUrl}${PREVIEW_PATH}&exp=2` } }));
    expect(await again.source.find(TRACK, patience(), known)).toEqual({ outcome: 'unchanged', details: found.details });
    expect(again.server.paths).not.toContain(expect.stringContaining('/mp3-preview/'));
    expect(server.paths).toHaveLength(3);
    const moved = await site(({ baseUrl }) => embedPage({ audioPreview: { url: `${baseUrl}/mp3-preview/other` } }));
    expect(await moved.source.find(TRACK, patience(), known)).toMatchObject({ outcome: 'found' });
  });

  it('robots.txt is obeyed for the page and for the file', async () => {
    const { source, server } = await site(pageOf(), undefined, 'spotify', 'User-agent: *\nDisallow: /mp3-preview/');
    expect((await failureOf(source.find(TRACK, patience()))).type).toBe('RobotsDisallowed');
    expect(server.paths).toEqual(['/robots.txt', `/embed/track/${TRACK_ID}`]);
  });

  it('an aborted search rejects with the signal’s reason', async () => {
    const controller = new AbortController();
    const { source } = await site(pageOf(), () => controller.abort(new Error('enough')));
    await expect(source.find(TRACK, controller.signal)).rejects.toThrow('enough');
  });

  it('a closed source asks nobody', async () => {
    const { source, server } = await site(pageOf());
    await source.close();
    expect((await failureOf(source.find(TRACK, patience()))).type).toBe('SourceUnavailable');
    expect(server.paths).toEqual([]);
  });
});
