/** Which sources settings turn on, and what each is allowed to ask. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { PREVIEW_SOURCES, PREVIEW_TERMS } from '../../../contracts/previews.ts';
import { AllowedHosts } from '../../../sources/allowedHosts.ts';
import type { PreviewSource } from '../../../sources/previewSource.ts';
import {
  createPreviewSources,
  LIVE_FETCHERS,
  type PreviewSourceSettings,
} from '../../../sources/previews/createSources.ts';
import { embedPage, TRACK_ID } from './embedPages.ts';
import { patience, serve } from './fetchers.ts';

const SETTINGS: PreviewSourceSettings = {
  sources: PREVIEW_SOURCES,
  contact: 'someone@example.org',
  folder: '/tmp',
  replicaBaseUrl: null,
};

function create(changes: Partial<PreviewSourceSettings>): PreviewSource[] {
  const sources = createPreviewSources({ ...SETTINGS, ...changes });
  onTestFinished(async () => {
    for (const source of sources) await source.close();
  });
  return sources;
}

const originsOf = (changes: Partial<PreviewSourceSettings>): string[] => create(changes).map(({ origin }) => origin);

describe('the sources', () => {
  it('come in the order in which they are turned on', () => {
    expect(originsOf({})).toEqual(['spotify', 'deezer', 'itunes', 'folder']);
    expect(originsOf({ sources: ['folder', 'deezer'] })).toEqual(['folder', 'deezer']);
    expect(originsOf({ sources: [], contact: null, folder: null })).toEqual([]);
  });

  it.each(['spotify', 'deezer', 'itunes'] as const)('%s is not asked without a contact', (name) => {
    expect(() => create({ sources: [name], contact: null })).toThrow(
      expect.objectContaining({
        type: 'InvalidInput',
        message: `the source ${name} is not asked without a contact`,
        next: expect.stringContaining('address'),
      }),
    );
    expect(() => create({ sources: [name], contact: 'nobody' })).toThrow('is not a contact');
  });

  it('the folder needs a folder, and no contact', () => {
    expect(originsOf({ sources: ['folder'], contact: null })).toEqual(['folder']);
    expect(() => create({ sources: ['folder'], folder: null })).toThrow('no folder is named');
  });

  it('the replica stands in for all of them, unless none is turned on', async () => {
    const server = await serve((request, response) => {
      const url = `http://${request.headers.host}/mp3-preview/1`;
      response.end(request.url?.startsWith('/embed/') ? embedPage({ audioPreview: { url } }) : 'sound');
    });
    const changes = { contact: null, folder: null, replicaBaseUrl: server.baseUrl };
    const [replica, ...others] = create(changes);
    expect(others).toEqual([]);
    expect(replica?.origin).toBe('replica');
    const track = { trackId: TRACK_ID, title: null, artistNames: [] };
    expect(await replica?.find(track, patience())).toMatchObject({ outcome: 'found', isSynthetic: true });
    expect(server.headers[0]?.['user-agent']).toMatch(/^chartlife\//);
    expect(originsOf({ ...changes, sources: [] })).toEqual([]);
    expect(() => create({ replicaBaseUrl: 'replica' })).toThrow('is not the address');
  });
});

describe('live', () => {
  it('robots.txt is not asked of two public APIs, and of nobody else', () => {
    const unasked = Object.entries(LIVE_FETCHERS).filter(([, options]) => options.obeyRobots === false);
    expect(unasked.flatMap(([, { allowedHosts }]) => allowedHosts)).toEqual(['api.deezer.com', 'itunes.apple.com']);
  });

  it('the paces are those that the searches allow', () => {
    expect(LIVE_FETCHERS.deezerSearch.minIntervalMs).toBeGreaterThanOrEqual(150);
    expect(LIVE_FETCHERS.itunesSearch.minIntervalMs).toBeGreaterThanOrEqual(3_000);
  });

  it.each([
    [
      'spotify',
      ['https://open.spotify.com/embed/track/1', 'https://p.scdn.co/mp3-preview/1', 'https://a.spotifycdn.com/1'],
    ],
    ['deezerAudio', ['https://cdns-preview-1.dzcdn.net/stream/1.mp3', 'https://cdnt-preview.dzcdn.net/api/1/1/a.mp3']],
    ['itunesAudio', ['https://audio-ssl.itunes.apple.com/1.m4a', 'https://audio.mzstatic.com/1.m4a']],
  ] as const)('%s may ask where previews are, and nowhere else', (name, urls) => {
    const hosts = new AllowedHosts(LIVE_FETCHERS[name].allowedHosts);
    for (const url of urls) expect(hosts.allows(new URL(url)), url).toBe(true);
    for (const url of [
      'https://api.spotify.com/',
      'https://www.deezer.com/',
      'https://apple.com/',
      'http://127.0.0.1/',
    ]) {
      expect(hosts.allows(new URL(url)), url).toBe(false);
    }
  });

  it('every source says its terms in one line', () => {
    for (const name of PREVIEW_SOURCES) expect(PREVIEW_TERMS[name]).toMatch(/^[^\n]{20,160}\.$/);
    expect(PREVIEW_TERMS.spotify).toMatch(/personal, non-commercial.*bars training/);
  });
});
