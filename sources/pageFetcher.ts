/**
 * The port through which every page comes in. Two drivers stand behind it: HTTP (http.ts), the default, and a real
 * browser (browser.ts) for pages that need one.
 */

export interface PageRequest {
  readonly url: string;
  /** The validators of the version we hold: the server may answer "not modified". */
  readonly etag?: string;
  readonly lastModified?: string;
  /** Sent as they are, beside the driver's own. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface FetchedPage {
  readonly outcome: 'fetched';
  /** As it was asked for, also where a redirect led elsewhere: it names the page. */
  readonly url: string;
  readonly httpStatus: number;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** ISO 8601, UTC: when the answer was complete. */
  readonly fetchedAt: string;
  /** The decoded bytes of the page, as the server's content encoding gave them. */
  readonly body: Uint8Array;
}

export interface NotModifiedPage {
  readonly outcome: 'not-modified';
  readonly url: string;
  readonly fetchedAt: string;
}

export interface PageFetcher {
  /**
   * One polite request.
   *
   * @throws ChartlifeError PageNotFound, RequestRefused, RateLimited, SourceUnavailable, RobotsDisallowed,
   *   HostNotAllowed, ResponseTooLarge, InvalidInput; the browser driver also SetupMissing. An aborted request rejects
   *   with its signal's reason.
   */
  fetch(request: PageRequest): Promise<FetchedPage | NotModifiedPage>;
  close(): Promise<void>;
}
