/** The two things that sources ask for: files of sound, and answers in JSON. */
import { ChartlifeError, isChartlifeError } from '../../contracts/errors.ts';
import type { PageFetcher } from '../pageFetcher.ts';
import { parseJson } from './json.ts';

/** Previews are half a minute: about 0.4 MB, 1.2 MB at the best rates. */
export const MAX_PREVIEW_BYTES: number = 16 * 1024 * 1024;

const AUDIO = 'audio/mpeg, audio/mp4, audio/*;q=0.9, */*;q=0.5';
const JSON_TYPES = 'application/json, text/javascript;q=0.9';

export type Download =
  | { readonly outcome: 'found'; readonly bytes: Uint8Array; readonly urlHost: string }
  | { readonly outcome: 'absent'; readonly why: string };

/** @throws ChartlifeError as `PageFetcher.fetch` does, but for a file that is not there. */
export async function downloadPreview(fetcher: PageFetcher, url: string, signal: AbortSignal): Promise<Download> {
  const bytes = await bodyOf(fetcher, url, AUDIO, signal);
  if (bytes === null) return { outcome: 'absent', why: 'the preview is gone' };
  if (bytes.length === 0) return { outcome: 'absent', why: 'the preview is empty' };
  return { outcome: 'found', bytes, urlHost: new URL(url).host };
}

/**
 * The value that an API answers with.
 *
 * @throws ChartlifeError as `PageFetcher.fetch` does; LayoutChanged for an answer that is no JSON.
 */
export async function fetchJson(fetcher: PageFetcher, url: string, signal: AbortSignal): Promise<unknown> {
  const bytes = await bodyOf(fetcher, url, JSON_TYPES, signal);
  if (bytes === null) throw unknownAnswer(url, 'there is nothing at that address');
  const value = parseJson(new TextDecoder().decode(bytes));
  if (value === undefined) throw unknownAnswer(url, 'it is no JSON');
  return value;
}

/** The error for an API that no longer answers as it is known to. */
export function unknownAnswer(url: string, what: string): ChartlifeError {
  return new ChartlifeError('LayoutChanged', `${url} does not answer as it did: ${what}`, {
    next: 'Open the address in a browser: the search may have changed, or the network stands in its way.',
    details: { url },
  });
}

/** The body of an answer; null for HTTP 404 and 410. */
export async function bodyOf(
  fetcher: PageFetcher,
  url: string,
  accept: string,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  try {
    const answer = await fetcher.fetch({ url, headers: { accept }, signal });
    if (answer.outcome === 'fetched') return answer.body;
  } catch (error) {
    if (isChartlifeError(error, 'PageNotFound')) return null;
    throw error;
  }
  throw new ChartlifeError('SourceUnavailable', `${url} says "not modified" to one who holds no version`, {
    next: 'It is tried again later by itself.',
    details: { url },
  });
}
