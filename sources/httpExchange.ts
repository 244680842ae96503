/** One HTTP request and its whole answer, within limits of time and size; and the way through redirects. */
import { ChartlifeError } from '../contracts/errors.ts';
import { Deadline } from '../runtime/deadline.ts';
import { parsePageUrl } from './allowedHosts.ts';
import { isWholePage, tooLarge, unavailable } from './httpErrors.ts';

export interface HttpAnswer {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  /** Decoded; empty unless the status says that a whole page came. */
  readonly body: Uint8Array;
}

export interface ExchangeOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** For the whole of it, from connecting to the last byte. */
  readonly timeoutMs: number;
  /** Of decoded bytes. */
  readonly maxBytes: number;
  /** What to do with an answer over `maxBytes`: refuse it, or keep its beginning. */
  readonly whenTooLarge: 'refuse' | 'cut';
  readonly signal?: AbortSignal | undefined;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
export const MAX_REDIRECTS = 5;

/**
 * Sends one GET request. Follows no redirect and repeats nothing.
 *
 * @throws ChartlifeError SourceUnavailable, ResponseTooLarge; or the reason of the aborted signal.
 */
export async function exchange(url: URL, options: ExchangeOptions): Promise<HttpAnswer> {
  options.signal?.throwIfAborted();
  const deadline = new Deadline(options.timeoutMs, options.signal);
  try {
    const response = await fetch(url, {
      headers: options.headers,
      redirect: 'manual',
      signal: deadline.signal,
    });
    const { status, headers } = response;
    if (isWholePage(status)) return { url, status, headers, body: await readBody(url, response, options) };
    // The status says it all; a body that breaks on its way out changes nothing.
    await response.body?.cancel().catch(() => undefined);
    return { url, status, headers, body: new Uint8Array() };
  } catch (error) {
    if (error instanceof ChartlifeError) throw error;
    options.signal?.throwIfAborted();
    if (deadline.expired) throw unavailable(url, `no whole answer within ${options.timeoutMs} ms`, error);
    throw unavailable(url, causeOf(error), error);
  } finally {
    deadline.dispose();
  }
}

/**
 * Goes from redirect to redirect, each a request of its own to be made by `request`.
 *
 * @throws ChartlifeError SourceUnavailable after more than 5 redirects; InvalidInput for one to no page.
 */
export async function followRedirects(start: URL, request: (url: URL) => Promise<HttpAnswer>): Promise<HttpAnswer> {
  let url = start;
  for (let numRedirects = 0; numRedirects <= MAX_REDIRECTS; numRedirects += 1) {
    const answer = await request(url);
    const target = redirectTarget(answer.url, answer.status, answer.headers);
    if (target === null) return answer;
    url = target;
  }
  throw unavailable(start, `redirects more than ${MAX_REDIRECTS} times, last to ${url.href}`);
}

/** Where an answer sends us; null if nowhere. */
export function redirectTarget(url: URL, status: number, headers: Headers): URL | null {
  const location = headers.get('location');
  return REDIRECTS.has(status) && location !== null ? parsePageUrl(location, url) : null;
}

async function readBody(url: URL, response: Response, options: ExchangeOptions): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const announced = Number(response.headers.get('content-length') ?? 0);
  if (announced > options.maxBytes && options.whenTooLarge === 'refuse') {
    await response.body.cancel();
    throw tooLarge(url, announced, options.maxBytes);
  }
  const chunks: Uint8Array[] = [];
  let numBytes = 0;
  // Leaving the loop early cancels the stream and closes the connection: what is too large is never read to its end.
  for await (const chunk of response.body) {
    numBytes += chunk.byteLength;
    if (numBytes > options.maxBytes) {
      if (options.whenTooLarge === 'refuse') throw tooLarge(url, numBytes, options.maxBytes);
      chunks.push(chunk.subarray(0, chunk.byteLength - (numBytes - options.maxBytes)));
      break;
    }
    chunks.push(chunk);
  }
  return joinChunks(chunks);
}

function joinChunks(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return joined;
}

/** What went wrong on the wire: fetch hides it in the error's cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause ? `${cause.message} (${String(cause.code)})` : cause.message;
}
