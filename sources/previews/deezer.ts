/** Previews from Deezer's public search: MP3 of 30 seconds, at addresses that are good for a while only. */
import { ChartlifeError } from '../../contracts/errors.ts';
import type { PreviewSource } from '../previewSource.ts';
import { fetchJson, unknownAnswer } from './download.ts';
import { booleanOf, durationOf, type JsonRecord, listOf, recordOf, textOf, webAddressOf } from './json.ts';
import { createSearchSource, type SearchFetchers, type SearchQuery, type SearchResult } from './searchSource.ts';

export const DEEZER_BASE_URL = 'https://api.deezer.com';
export const DEEZER_AUDIO_HOSTS: readonly string[] = ['*.dzcdn.net'];
/** 50 requests in 5 seconds are allowed to an address; this is a third fewer. */
export const DEEZER_INTERVAL_MS = 150;

const MAX_RESULTS = 15;
const QUOTA_CODE = 4;
const QUOTA_WINDOW_MS = 5_000;
const BUSY_CODE = 700;
/** `DataException: no data`: Deezer's way to say that it has nothing of the kind. */
const NO_DATA_CODE = 800;
/** What Deezer calls its errors, for those that come without a number. */
const CODE_OF_TYPE: ReadonlyMap<string, number> = new Map([
  ['QuotaException', QUOTA_CODE],
  ['ServiceBusyException', BUSY_CODE],
  ['DataNotFoundException', NO_DATA_CODE],
]);

export interface DeezerOptions extends SearchFetchers {
  /** Default {@link DEEZER_BASE_URL}. */
  readonly baseUrl?: string;
}

export function createDeezerSource({ baseUrl, ...fetchers }: DeezerOptions): PreviewSource {
  const base = (baseUrl ?? DEEZER_BASE_URL).replace(/\/+$/, '');
  return createSearchSource('deezer', fetchers, async (query, signal) => {
    const url = `${base}/search?${new URLSearchParams({ q: queryFor(query), limit: String(MAX_RESULTS) })}`;
    return resultsOf(await fetchJson(fetchers.searchFetcher, url, signal), url);
  });
}

/** A quotation mark in a name would end it. */
function queryFor({ title, artistName }: SearchQuery): string {
  const quoted = (text: string): string => `"${text.replace(/["“”]/g, ' ').trim()}"`;
  return `artist:${quoted(artistName)} track:${quoted(title)}`;
}

/** @throws ChartlifeError RateLimited, SourceUnavailable, RequestRefused, LayoutChanged. */
function resultsOf(answer: unknown, url: string): SearchResult[] {
  const error = recordOf(recordOf(answer)?.error);
  if (error !== null) {
    if (codeOf(error) === NO_DATA_CODE) return [];
    throw refusal(error, url);
  }
  const found = listOf(recordOf(answer)?.data);
  if (found === null) throw unknownAnswer(url, 'there is no list "data" in it');
  return found.map(resultOf).filter((result) => result !== null);
}

function resultOf(value: unknown): SearchResult | null {
  const track = recordOf(value);
  const title = textOf(track?.title);
  const artistName = textOf(recordOf(track?.artist)?.name);
  if (title === null || artistName === null) return null;
  return {
    title,
    artistName,
    previewUrl: webAddressOf(track?.preview),
    durationMs: durationOf(track?.duration, 1_000),
    isExplicit: booleanOf(track?.explicit_lyrics),
  };
}

/** As a number or as its digits; by the error's name where there is none. */
function codeOf({ code, type }: JsonRecord): number | null {
  if (typeof code === 'number') return code;
  if (typeof code === 'string' && /^\d{1,6}$/.test(code)) return Number(code);
  return CODE_OF_TYPE.get(textOf(type) ?? '') ?? null;
}

/** Deezer answers 200 and says in the body what is wrong. */
function refusal(error: JsonRecord, url: string): ChartlifeError {
  const code = codeOf(error);
  const message = `${url} answered error ${code ?? 'without a code'}: ${textOf(error.message) ?? 'without a word'}`;
  if (code === QUOTA_CODE) {
    return new ChartlifeError('RateLimited', message, {
      next: 'It is tried again by itself: Deezer counts requests over 5 s.',
      details: { url, code, retryAfterMs: QUOTA_WINDOW_MS },
    });
  }
  return new ChartlifeError(code === BUSY_CODE ? 'SourceUnavailable' : 'RequestRefused', message, {
    next:
      code === BUSY_CODE ? 'It is tried again later by itself.' : 'See what Deezer’s documentation says of that code.',
    details: { url, code },
  });
}
