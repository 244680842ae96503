/**
 * What a page in the browser may ask for, decided request by request before anything leaves the machine: Chromium
 * pauses each one, redirects too, and asks us. (Playwright's own routing does not see redirects.)
 */
import type { CDPSession } from 'playwright';
import { parsePageUrl } from './allowedHosts.ts';
import { lowerCaseNames } from './conditional.ts';
import { errorForStatus, isWholePage, tooLarge, unavailable } from './httpErrors.ts';
import { MAX_REDIRECTS } from './httpExchange.ts';
import type { Politeness } from './politeness.ts';
import type { RobotsRules } from './robots.ts';
import { checkRobots } from './robots.ts';

export interface TrafficOptions {
  readonly politeness: Politeness;
  /** Sent with every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent with the page's own request alone. */
  readonly pageHeaders: Readonly<Record<string, string>>;
  /** Of all that one page brings, in decoded bytes. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** The head of the answer that brought the page, or said that it has not changed. */
export interface PageAnswer {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
}

/** As Chromium's protocol has it, as far as it is used here. */
interface PausedRequest {
  readonly requestId: string;
  readonly networkId?: string;
  readonly frameId: string;
  readonly resourceType: string;
  readonly request: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  readonly responseStatusCode?: number;
  readonly responseHeaders?: readonly { readonly name: string; readonly value: string }[];
  readonly responseErrorReason?: string;
}

/** The kinds of request that can change the page's text. Pictures, fonts, styles, counters and the like can not. */
const NEEDED_TYPES: ReadonlySet<string> = new Set(['Document', 'Script', 'XHR', 'Fetch']);

export class BrowserTraffic {
  readonly #session: CDPSession;
  readonly #options: TrafficOptions;
  readonly #rules = new Map<string, RobotsRules | null>();
  readonly #mainFrameId: string;
  readonly #stopped: Promise<never>;
  #stop: (reason: unknown) => void = () => {};
  /** Settles with the last byte of the page; another one after every redirect. */
  #finished: Promise<void> = Promise.resolve();
  #finish: () => void = () => {};
  #isKept = false;
  #answer: PageAnswer | null = null;
  #pageNetworkId: string | undefined;
  #numHops = 0;
  #numBytes = 0;

  private constructor(session: CDPSession, mainFrameId: string, options: TrafficOptions) {
    this.#session = session;
    this.#mainFrameId = mainFrameId;
    this.#options = options;
    this.#stopped = new Promise((_, reject) => {
      this.#stop = reject;
    });
    // It may be stopped before anyone waits for it.
    this.#stopped.catch(() => undefined);
  }

  /** Takes charge of all requests of a page that has not gone anywhere yet. */
  static async control(
    session: CDPSession,
    first: { readonly url: URL; readonly rules: RobotsRules | null },
    options: TrafficOptions,
  ): Promise<BrowserTraffic> {
    const { frameTree } = await session.send('Page.getFrameTree');
    const traffic = new BrowserTraffic(session, frameTree.frame.id, options);
    traffic.#rules.set(first.url.origin, first.rules);
    session.on('Fetch.requestPaused', (event: PausedRequest) => void traffic.#decide(event));
    session.on('Network.dataReceived', ({ dataLength }) => traffic.#count(dataLength));
    session.on('Network.loadingFinished', ({ requestId }) => traffic.#onEnd(requestId, null));
    session.on('Network.loadingFailed', ({ requestId, errorText }) => traffic.#onEnd(requestId, errorText));
    await session.send('Network.enable');
    await session.send('Fetch.enable', {
      patterns: [
        { urlPattern: '*', requestStage: 'Request' },
        { urlPattern: '*', resourceType: 'Document', requestStage: 'Response' },
      ],
    });
    return traffic;
  }

  /** The answer to the page's own request; null until it has come. */
  get answer(): PageAnswer | null {
    return this.#answer;
  }

  /** From now on the page stays: where its scripts would go from it is of no interest. */
  keepPage(): void {
    this.#isKept = true;
  }

  /**
   * Waits for work on the page, and for the page's own last byte.
   *
   * @throws ChartlifeError at once whatever the page is stopped for: the work itself would only see that it was.
   */
  async guard<T>(work: Promise<T>): Promise<T> {
    const result = await Promise.race([this.#stopped, work]);
    await Promise.race([this.#stopped, this.#finished]);
    return result;
  }

  async #decide(event: PausedRequest): Promise<void> {
    const isMainFrame = event.resourceType === 'Document' && event.frameId === this.#mainFrameId;
    const isPage = isMainFrame && !this.#isKept;
    try {
      if (event.responseStatusCode !== undefined || event.responseErrorReason !== undefined) {
        if (isPage && event.responseStatusCode !== undefined) this.#judgeAnswer(event, event.responseStatusCode);
        await this.#session.send('Fetch.continueRequest', { requestId: event.requestId });
      } else if (isMainFrame && !isPage) {
        // To go to an answer without content is to stay.
        await this.#session.send('Fetch.fulfillRequest', { requestId: event.requestId, responseCode: 204 });
      } else {
        await this.#judgeRequest(event, isPage);
        await this.#send(event, isPage);
      }
    } catch (error) {
      if (isPage) this.#stop(error);
      await this.#session
        .send('Fetch.failRequest', { requestId: event.requestId, errorReason: 'Aborted' })
        .catch(() => undefined);
    }
  }

  async #send({ requestId, request }: PausedRequest, isPage: boolean): Promise<void> {
    const headers = {
      ...lowerCaseNames(request.headers),
      ...lowerCaseNames(this.#options.headers),
      ...(isPage ? this.#options.pageHeaders : {}),
      'user-agent': this.#options.politeness.userAgent,
    };
    await this.#session.send('Fetch.continueRequest', {
      requestId,
      headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    });
  }

  /** @throws whatever keeps the request from being made. */
  async #judgeRequest({ request, resourceType, networkId }: PausedRequest, isPage: boolean): Promise<void> {
    const url = parsePageUrl(request.url);
    if (isPage) {
      this.#startHop(networkId);
      if (this.#numHops > MAX_REDIRECTS + 1) throw unavailable(url, `redirects more than ${MAX_REDIRECTS} times`);
    } else if (!NEEDED_TYPES.has(resourceType)) {
      throw new Error(`a ${resourceType} is not needed`);
    }
    const rules = await this.#admit(url);
    // The first request has had its pause already.
    if (!isPage || this.#numHops > 1) {
      await this.#options.politeness.pauseWithinVisit(url, rules, this.#options.signal);
    }
  }

  /** The page's own request, a redirect of it, or a script's before the page was loaded: that is a redirect too. */
  #startHop(networkId: string | undefined): void {
    this.#numHops += 1;
    this.#pageNetworkId = networkId;
    this.#answer = null;
    this.#finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** The rules of a site are asked for once per page: asking again could mean to wait for our own turn. */
  async #admit(url: URL): Promise<RobotsRules | null> {
    const known = this.#rules.get(url.origin);
    if (known === undefined) {
      const rules = await this.#options.politeness.admit(url, this.#options.signal);
      this.#rules.set(url.origin, rules);
      return rules;
    }
    if (known !== null) checkRobots(url, known);
    return known;
  }

  /** @throws ChartlifeError for an answer that is not the page. */
  #judgeAnswer({ request, responseHeaders }: PausedRequest, status: number): void {
    const url = parsePageUrl(request.url);
    const headers = new Headers();
    for (const { name, value } of responseHeaders ?? []) headers.append(name, value);
    if (status >= 300 && status < 400 && status !== 304 && headers.has('location')) return;
    this.#answer = { url, status, headers };
    if (!isWholePage(status)) throw errorForStatus(url, status, headers);
    const announced = Number(headers.get('content-length') ?? 0);
    if (announced > this.#options.maxBytes) throw tooLarge(url, announced, this.#options.maxBytes);
  }

  #count(numBytes: number): void {
    this.#numBytes += numBytes;
    if (this.#numBytes <= this.#options.maxBytes || this.#answer === null) return;
    this.#stop(tooLarge(this.#answer.url, this.#numBytes, this.#options.maxBytes));
  }

  #onEnd(requestId: string, errorText: string | null): void {
    if (requestId !== this.#pageNetworkId || this.#answer === null) return;
    if (errorText === null) this.#finish();
    else this.#stop(unavailable(this.#answer.url, errorText));
  }
}
