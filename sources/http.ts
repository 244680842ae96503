/** The HTTP driver behind the page port: Node's own fetch, one polite request at a time. */
import { parsePageUrl } from './allowedHosts.ts';
import { isConditional, lowerCaseNames, validators } from './conditional.ts';
import { errorForStatus, isWholePage } from './httpErrors.ts';
import { exchange, followRedirects } from './httpExchange.ts';
import { InFlight } from './inFlight.ts';
import type { FetchedPage, NotModifiedPage, PageFetcher, PageRequest } from './pageFetcher.ts';
import type { PolitenessOptions } from './politeness.ts';
import { DEFAULT_TIMEOUT_MS, Politeness } from './politeness.ts';

export interface HttpFetcherOptions extends PolitenessOptions {
  /** Largest page, in decoded bytes. Default 16 MiB: kworb's totals pages, its largest, are a few. */
  readonly maxBytes?: number | undefined;
}

export const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;

/**
 * A fetcher over plain HTTP. It retries nothing: whoever calls it knows when to try again (`details.retryAfterMs` says
 * what the server asks for).
 *
 * @throws ChartlifeError InvalidInput for options that make no sense, or live kworb without a contact.
 */
export function createHttpFetcher(options: HttpFetcherOptions): PageFetcher {
  return new HttpFetcher(options);
}

class HttpFetcher implements PageFetcher {
  readonly #politeness: Politeness;
  readonly #timeoutMs: number;
  readonly #maxBytes: number;
  readonly #inFlight = new InFlight();

  constructor(options: HttpFetcherOptions) {
    this.#politeness = new Politeness(options);
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  fetch(request: PageRequest): Promise<FetchedPage | NotModifiedPage> {
    return this.#inFlight.run(request.signal, (signal) => this.#fetch(request, signal));
  }

  async close(): Promise<void> {
    this.#politeness.close();
    await this.#inFlight.close();
  }

  async #fetch(request: PageRequest, signal: AbortSignal): Promise<FetchedPage | NotModifiedPage> {
    const headers = this.#headers(request);
    const {
      url,
      status,
      headers: answered,
      body,
    } = await followRedirects(parsePageUrl(request.url), (address) =>
      this.#politeness.visit(address, signal, () =>
        exchange(address, {
          headers,
          timeoutMs: this.#timeoutMs,
          maxBytes: this.#maxBytes,
          whenTooLarge: 'refuse',
          signal,
        }),
      ),
    );
    const fetchedAt = new Date().toISOString();
    if (status === 304 && isConditional(request)) return { outcome: 'not-modified', url: request.url, fetchedAt };
    if (!isWholePage(status)) throw errorForStatus(url, status, answered);
    return {
      outcome: 'fetched',
      url: request.url,
      httpStatus: status,
      etag: answered.get('etag'),
      lastModified: answered.get('last-modified'),
      fetchedAt,
      body,
    };
  }

  #headers(request: PageRequest): Record<string, string> {
    return {
      accept: 'text/html,application/xhtml+xml',
      ...lowerCaseNames(request.headers ?? {}),
      ...validators(request),
      'user-agent': this.#politeness.userAgent,
    };
  }
}
