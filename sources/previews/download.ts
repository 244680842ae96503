/** The two things that sources ask for: files of sound, and answers in JSON. */
import { ChartlifeError, isChartlifeError } from '../../contracts/errors.ts';
import { sha256Hex } from '../../runtime/files.ts';
import type { PageFetcher } from '../pageFetcher.ts';
import type { AbsentPreview, KnownPreview } from '../previewSource.ts';
import { parseJson } from './json.ts';

/** Previews are half a minute: about 0.4 MB, 1.2 MB at the best rates. */
export const MAX_PREVIEW_BYTES: number = 16 * 1024 * 1024;

const AUDIO = 'audio/mpeg, audio/mp4, audio/*;q=0.9, */*;q=0.5';
const JSON_TYPES = 'application/json, text/javascript;q=0.9';

export type Download =
  | {
      readonly outcome: 'found';
      readonly bytes: Uint8Array;
      readonly urlHost: string;
      readonly addressSha256: string;
    }
  | Pick<AbsentPreview, 'outcome' | 'why'>
  | { readonly outcome: 'unchanged' };

/**
 * Names an address without telling it. Of the path alone: sources serve a file from one host or another, and sign the
 * address anew each time.
 */
export function addressKey(url: string): string {
  return sha256Hex(new URL(url).pathname);
}

/**
 * The file of a preview. What is said of it names its host and no more: addresses may be signed, or carry a token.
 *
 * @param known its file is not asked for again
 * @throws ChartlifeError as `PageFetcher.fetch` does, but for a file that is not there or lies where nobody may ask.
 */
export async function downloadPreview(
  fetcher: PageFetcher,
  url: string,
  signal: AbortSignal,
  known?: KnownPreview,
): Promise<Download> {
  const urlHost = new URL(url).host;
  const addressSha256 = addressKey(url);
  if (addressSha256 === known?.addressSha256) return { outcome: 'unchanged' };
  let bytes: Uint8Array | null;
  try {
    bytes = await bodyOf(fetcher, url, AUDIO, signal);
  } catch (error) {
    if (!isChartlifeError(error)) throw error;
    // A track with such a preview has none for us, today and tomorrow.
    if (error.type === 'HostNotAllowed') return { outcome: 'absent', why: whyNotAsked(urlHost, error) };
    throw withoutAddress(error, urlHost);
  }
  if (bytes === null) return { outcome: 'absent', why: 'the preview is gone' };
  if (bytes.length === 0) return { outcome: 'absent', why: 'the preview is empty' };
  return { outcome: 'found', bytes, urlHost, addressSha256 };
}

function whyNotAsked(urlHost: string, error: ChartlifeError): string {
  // A redirect may have led there.
  const refused = URL.canParse(String(error.details.url)) ? new URL(String(error.details.url)).host : urlHost;
  const led = refused === urlHost ? '' : `, where ${urlHost} leads`;
  return `the preview lies on ${refused}${led}: that host is not asked`;
}

/** The same error, about the host: message, details and cause of the other quote addresses. */
function withoutAddress(error: ChartlifeError, urlHost: string): ChartlifeError {
  const { httpStatus, retryAfterMs, numBytes, maxBytes } = error.details;
  const known = Object.entries({ httpStatus, retryAfterMs, numBytes, maxBytes }).filter(([, value]) => value != null);
  return new ChartlifeError(error.type, `the preview on ${urlHost} ${whatHappened(error)}`, {
    next: error.next,
    details: { urlHost, ...Object.fromEntries(known) },
  });
}

function whatHappened({ type, details }: ChartlifeError): string {
  if (details.httpStatus != null) return `answered ${details.httpStatus}`;
  if (type === 'ResponseTooLarge') return `is larger than ${details.maxBytes} bytes`;
  if (type === 'RobotsDisallowed') return 'may not be asked for: robots.txt refuses it';
  return type === 'SourceUnavailable' ? 'did not come: no whole answer' : `can't be asked for (${type})`;
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
