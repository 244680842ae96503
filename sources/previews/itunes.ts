/** Previews from Apple's search of the iTunes Store: AAC in .m4a files, of 30 seconds or more. */
import { ChartlifeError, isChartlifeError } from '../../contracts/errors.ts';
import type { PreviewSource } from '../previewSource.ts';
import { fetchJson, unknownAnswer } from './download.ts';
import { durationOf, listOf, recordOf, textOf, webAddressOf } from './json.ts';
import { createSearchSource, type SearchFetchers, type SearchResult } from './searchSource.ts';

export const ITUNES_BASE_URL = 'https://itunes.apple.com';
export const ITUNES_AUDIO_HOSTS: readonly string[] = ['audio-ssl.itunes.apple.com', '*.mzstatic.com'];
/** About 20 calls a minute are allowed. */
export const ITUNES_INTERVAL_MS = 3_000;

const MAX_RESULTS = 25;
const DEFAULT_COUNTRY = 'US';
const LIMIT_WINDOW_MS = 60_000;

export interface ItunesOptions extends SearchFetchers {
  /** Default {@link ITUNES_BASE_URL}. */
  readonly baseUrl?: string;
  /** Whose store is searched, as two letters. Default US. */
  readonly country?: string;
}

export function createItunesSource({ baseUrl, country, ...fetchers }: ItunesOptions): PreviewSource {
  const base = (baseUrl ?? ITUNES_BASE_URL).replace(/\/+$/, '');
  return createSearchSource('itunes', fetchers, async ({ title, artistName }, signal) => {
    const query = new URLSearchParams({
      term: `${artistName} ${title}`,
      media: 'music',
      entity: 'song',
      limit: String(MAX_RESULTS),
      country: country ?? DEFAULT_COUNTRY,
    });
    const url = `${base}/search?${query}`;
    return resultsOf(await fetchJson(fetchers.searchFetcher, url, signal).catch(throwTyped), url);
  });
}

/** @throws ChartlifeError LayoutChanged */
function resultsOf(answer: unknown, url: string): SearchResult[] {
  const found = listOf(recordOf(answer)?.results);
  if (found === null) throw unknownAnswer(url, 'there is no list "results" in it');
  return found.map(resultOf).filter((result) => result !== null);
}

function resultOf(value: unknown): SearchResult | null {
  const track = recordOf(value);
  const title = textOf(track?.trackName);
  const artistName = textOf(track?.artistName);
  if (title === null || artistName === null) return null;
  const explicitness = textOf(track?.trackExplicitness);
  return {
    title,
    artistName,
    previewUrl: webAddressOf(track?.previewUrl),
    durationMs: durationOf(track?.trackTimeMillis),
    isExplicit: explicitness === null ? null : explicitness === 'explicit',
  };
}

/** Apple says "too many calls" with 403, and without saying for how long. */
function throwTyped(error: unknown): never {
  if (!isChartlifeError(error)) throw error;
  const isLimit = error.type === 'RateLimited' || error.details.httpStatus === 403;
  if (!isLimit) throw error;
  throw new ChartlifeError('RateLimited', error.message, {
    next: 'It is tried again by itself: Apple allows about 20 searches a minute.',
    details: { retryAfterMs: LIMIT_WINDOW_MS, ...error.details },
    cause: error,
  });
}
