/** The sources of sound that the user turned on, each with its hosts, its pace and its manners. */
import { ChartlifeError } from '../../contracts/errors.ts';
import type { PreviewSourceName } from '../../contracts/previews.ts';
import { parsePageUrl } from '../allowedHosts.ts';
import { createHttpFetcher, type HttpFetcherOptions } from '../http.ts';
import type { PageFetcher } from '../pageFetcher.ts';
import type { PreviewSource } from '../previewSource.ts';
import { createDeezerSource, DEEZER_AUDIO_HOSTS, DEEZER_BASE_URL, DEEZER_INTERVAL_MS } from './deezer.ts';
import { MAX_PREVIEW_BYTES } from './download.ts';
import { createFolderSource } from './folder.ts';
import { createItunesSource, ITUNES_AUDIO_HOSTS, ITUNES_BASE_URL, ITUNES_INTERVAL_MS } from './itunes.ts';
import { createSpotifyEmbedSource, SPOTIFY_HOSTS } from './spotifyEmbed.ts';

export interface PreviewSourceSettings {
  /** In the order in which they are asked. */
  readonly sources: readonly PreviewSourceName[];
  /** A mail or web address for the User-Agent; live sources are not asked without one. */
  readonly contact: string | null;
  /** Where the source `folder` looks. */
  readonly folder: string | null;
  /** Where the replica is, if it stands in for the world: then nothing else is asked. */
  readonly replicaBaseUrl: string | null;
}

/** Between two files from one host of a CDN, which is made to be asked often. */
const AUDIO_INTERVAL_MS = 500;
const JITTER_MS = 250;

type LiveFetcher = 'spotify' | 'deezerSearch' | 'deezerAudio' | 'itunesSearch' | 'itunesAudio';

/**
 * Whom the live sources ask, and how. robots.txt speaks to crawlers of pages, and is obeyed wherever pages and files are.
 * The searches of Deezer and Apple are public APIs whose documentation invites programs and states limits of its own:
 * these are kept, and robots.txt is not asked there, and nowhere else. Audio lies in object stores, which forbid what they
 * do not have: there a forbidden robots.txt is none.
 */
export const LIVE_FETCHERS: Readonly<Record<LiveFetcher, HttpFetcherOptions>> = {
  // The pace of pages, which is the default, for the files too.
  spotify: { allowedHosts: SPOTIFY_HOSTS, forbiddenRobotsMean: 'everything' },
  deezerSearch: apiOptions(DEEZER_BASE_URL, DEEZER_INTERVAL_MS),
  deezerAudio: audioOptions(DEEZER_AUDIO_HOSTS),
  itunesSearch: apiOptions(ITUNES_BASE_URL, ITUNES_INTERVAL_MS),
  itunesAudio: audioOptions(ITUNES_AUDIO_HOSTS),
};

/**
 * The sources in their order; the replica's alone where there is one, and none where none is turned on.
 *
 * @throws ChartlifeError InvalidInput: a live source without a contact, a folder source without a folder.
 */
export function createPreviewSources(settings: PreviewSourceSettings): PreviewSource[] {
  const { sources, contact, folder, replicaBaseUrl } = settings;
  if (sources.length === 0) return [];
  if (replicaBaseUrl !== null) return [createReplicaSource(replicaBaseUrl)];
  // All is checked before anything is made: nobody would close the first sources if a later one can't be.
  return sources.map((name) => planSource(name, contact, folder)).map((create) => create());
}

function createReplicaSource(baseUrl: string): PreviewSource {
  const fetcher = createHttpFetcher({
    allowedHosts: [parsePageUrl(baseUrl).host],
    maxBytes: MAX_PREVIEW_BYTES,
    minIntervalMs: 0,
    jitterMs: 0,
  });
  return createSpotifyEmbedSource({ fetcher, baseUrl, origin: 'replica' });
}

/** @throws ChartlifeError InvalidInput */
function planSource(name: PreviewSourceName, contact: string | null, folder: string | null): () => PreviewSource {
  if (name === 'folder') {
    const dir = requireFolder(folder);
    return () => createFolderSource({ dir });
  }
  const fetcherFor = liveFetchers(name, contact);
  switch (name) {
    case 'spotify':
      return () => createSpotifyEmbedSource({ fetcher: fetcherFor('spotify'), origin: 'spotify' });
    case 'deezer':
      return () =>
        createDeezerSource({ searchFetcher: fetcherFor('deezerSearch'), audioFetcher: fetcherFor('deezerAudio') });
    case 'itunes':
      return () =>
        createItunesSource({ searchFetcher: fetcherFor('itunesSearch'), audioFetcher: fetcherFor('itunesAudio') });
  }
}

/** @throws ChartlifeError InvalidInput without a contact. */
function liveFetchers(name: PreviewSourceName, contact: string | null): (name: LiveFetcher) => PageFetcher {
  if (contact === null) {
    throw new ChartlifeError('InvalidInput', `the source ${name} is not asked without a contact`, {
      next: 'Give a mail or web address at which the source can reach you.',
      details: { source: name },
    });
  }
  return (fetcher) => createHttpFetcher({ maxBytes: MAX_PREVIEW_BYTES, contact, ...LIVE_FETCHERS[fetcher] });
}

function requireFolder(folder: string | null): string {
  if (folder !== null) return folder;
  throw new ChartlifeError('InvalidInput', 'the source folder is turned on, and no folder is named', {
    next: 'Say which folder holds your audio.',
  });
}

function apiOptions(baseUrl: string, minIntervalMs: number): HttpFetcherOptions {
  return { allowedHosts: [new URL(baseUrl).host], minIntervalMs, jitterMs: JITTER_MS, obeyRobots: false };
}

function audioOptions(allowedHosts: readonly string[]): HttpFetcherOptions {
  return { allowedHosts, minIntervalMs: AUDIO_INTERVAL_MS, jitterMs: JITTER_MS, forbiddenRobotsMean: 'everything' };
}
