/** The browser driver behind the page port: a real Chromium, for pages whose text only scripts bring. */
import type { Browser, BrowserContext } from 'playwright';
import { chromium } from 'playwright';
import { ChartlifeError } from '../contracts/errors.ts';
import { Deadline, waitFor } from '../runtime/deadline.ts';
import { parsePageUrl } from './allowedHosts.ts';
import { BrowserTraffic } from './browserTraffic.ts';
import { isConditional, validators } from './conditional.ts';
import { DEFAULT_MAX_BYTES } from './http.ts';
import { tooLarge, unavailable } from './httpErrors.ts';
import { InFlight } from './inFlight.ts';
import type { FetchedPage, NotModifiedPage, PageFetcher, PageRequest } from './pageFetcher.ts';
import type { PolitenessOptions } from './politeness.ts';
import { DEFAULT_TIMEOUT_MS, Politeness } from './politeness.ts';
import type { RobotsRules } from './robots.ts';

export interface BrowserFetcherOptions extends PolitenessOptions {
  /** A Chromium, as findChromium of runtime/chromium.ts gives it. */
  readonly executablePath: string;
  /** Of all that one page brings, in decoded bytes; also of its text. Default 16 MiB. */
  readonly maxBytes?: number | undefined;
  /** What must stand in the page before it is taken, for pages that scripts fill after they are loaded. */
  readonly readySelector?: string | undefined;
}

/**
 * A fetcher that lets a page's scripts run and gives its HTML after that, as UTF-8. The same port and the same manners
 * as the HTTP driver; pictures, fonts, styles and everything on hosts that are not allowed stay out. The browser
 * starts with the first page.
 *
 * @throws ChartlifeError InvalidInput for options that make no sense, or live kworb without a contact.
 */
export function createBrowserFetcher(options: BrowserFetcherOptions): PageFetcher {
  return new BrowserFetcher(options);
}

class BrowserFetcher implements PageFetcher {
  readonly #options: BrowserFetcherOptions;
  readonly #politeness: Politeness;
  readonly #maxBytes: number;
  readonly #inFlight = new InFlight();
  #browser: Promise<Browser> | null = null;

  constructor(options: BrowserFetcherOptions) {
    this.#options = options;
    this.#politeness = new Politeness(options);
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  fetch(request: PageRequest): Promise<FetchedPage | NotModifiedPage> {
    return this.#inFlight.run(request.signal, (signal) => {
      const url = parsePageUrl(request.url);
      return this.#politeness.visit(url, signal, (rules) => this.#load(request, url, rules, signal));
    });
  }

  async close(): Promise<void> {
    this.#politeness.close();
    await this.#inFlight.close();
    const browser = await this.#browser?.catch(() => null);
    await browser?.close();
  }

  async #load(
    request: PageRequest,
    url: URL,
    rules: RobotsRules | null,
    signal: AbortSignal,
  ): Promise<FetchedPage | NotModifiedPage> {
    const browser = await waitFor(this.#start(), signal);
    const timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const deadline = new Deadline(timeoutMs, signal);
    // A context of its own: no cookies, no cache, nothing left over from the page before.
    const context = await browser.newContext({ userAgent: this.#politeness.userAgent, serviceWorkers: 'block' });
    try {
      return await this.#read(context, request, url, rules, deadline.signal);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ChartlifeError) throw error;
      if (deadline.expired) throw unavailable(url, `no whole page within ${timeoutMs} ms`, error);
      throw unavailable(url, error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error), error);
    } finally {
      deadline.dispose();
      await context.close().catch(() => undefined);
    }
  }

  async #read(
    context: BrowserContext,
    request: PageRequest,
    url: URL,
    rules: RobotsRules | null,
    signal: AbortSignal,
  ): Promise<FetchedPage | NotModifiedPage> {
    // Sockets do not pass where the page's other requests are judged. None is let through.
    await context.routeWebSocket(/./, (socket) => void socket.close());
    const page = await context.newPage();
    const traffic = await BrowserTraffic.control(
      await context.newCDPSession(page),
      { url, rules },
      {
        politeness: this.#politeness,
        headers: request.headers ?? {},
        pageHeaders: validators(request),
        maxBytes: this.#maxBytes,
        signal,
      },
    );
    const { readySelector } = this.#options;
    const loading = (async () => {
      await page.goto(url.href, { waitUntil: 'load', timeout: 0 });
      traffic.keepPage();
      if (readySelector !== undefined) await page.waitForSelector(readySelector, { state: 'attached', timeout: 0 });
      return page.content();
    })();
    // What is stopped from outside ends with the context; its own complaint about that is of no interest.
    loading.catch(() => undefined);
    try {
      return this.#answerOf(request, traffic, await waitFor(traffic.guard(loading), signal));
    } catch (error) {
      if (traffic.answer?.status !== 304 || !isConditional(request)) throw error;
      return { outcome: 'not-modified', url: request.url, fetchedAt: new Date().toISOString() };
    }
  }

  #answerOf(request: PageRequest, { answer }: BrowserTraffic, html: string): FetchedPage {
    const body = new TextEncoder().encode(html);
    if (answer === null) throw new Error('the browser loaded a page that it never asked for');
    if (body.byteLength > this.#maxBytes) throw tooLarge(answer.url, body.byteLength, this.#maxBytes);
    return {
      outcome: 'fetched',
      url: request.url,
      httpStatus: answer.status,
      etag: answer.headers.get('etag'),
      lastModified: answer.headers.get('last-modified'),
      fetchedAt: new Date().toISOString(),
      body,
    };
  }

  /** The running browser; a new one if there is none, or the last one has died. */
  async #start(): Promise<Browser> {
    const running = await this.#browser?.catch(() => null);
    if (running?.isConnected() === true) return running;
    this.#browser = this.#launch();
    return this.#browser;
  }

  async #launch(): Promise<Browser> {
    const { executablePath } = this.#options;
    try {
      return await chromium.launch({
        executablePath,
        // Chromium refuses to run as root with its sandbox on; everyone else keeps it.
        chromiumSandbox: process.getuid?.() !== 0,
        // The process that runs us decides what a signal means; `close` ends the browser.
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
        args: [`--host-resolver-rules=${this.#hostRules()}`],
      });
    } catch (error) {
      const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
      throw new ChartlifeError('SetupMissing', `${executablePath} does not start: ${reason}`, {
        next: 'See with `chartlife doctor` which browser is found; fetch over HTTP does without one.',
        details: { executablePath },
        cause: error,
      });
    }
  }

  /** No name but the allowed ones resolves at all: also what goes past the page's requests ends here. */
  #hostRules(): string {
    const names = this.#options.allowedHosts.map((host) => new URL(`http://${host.trim()}`).hostname);
    return ['MAP * ~NOTFOUND', ...names.map((name) => `EXCLUDE ${name}`)].join(', ');
  }
}
