/** The manners both drivers share: allowed hosts, robots.txt, one request at a time per host, a contact for live kworb. */
import { ChartlifeError } from '../contracts/errors.ts';
import { waitFor } from '../runtime/deadline.ts';
import { AllowedHosts } from './allowedHosts.ts';
import type { Pace } from './hostTurns.ts';
import { HostTurns } from './hostTurns.ts';
import { exchange, followRedirects } from './httpExchange.ts';
import { closedError } from './inFlight.ts';
import type { ForbiddenMeans, RobotsRules } from './robots.ts';
import { checkRobots, ROBOTS_MAX_BYTES, RobotsCache } from './robots.ts';
import { userAgent } from './userAgent.ts';

export interface PolitenessOptions {
  /** `host` (on its scheme's own port), `host:port`, or `*.host` for all below one. Nothing else is ever asked. */
  readonly allowedHosts: readonly string[];
  /** A mail or web address of whoever runs this; goes into the User-Agent. Live kworb is not asked without it. */
  readonly contact?: string | undefined;
  /** The least pause between two requests of this process to one host. Default 2,000; kworb itself never gets less. */
  readonly minIntervalMs?: number | undefined;
  /** Up to so much more, at random. Default 1,000. */
  readonly jitterMs?: number | undefined;
  /** Default true. */
  readonly obeyRobots?: boolean | undefined;
  /** What a robots.txt that is itself forbidden allows. Default nothing. */
  readonly forbiddenRobotsMean?: ForbiddenMeans | undefined;
  /** How long a robots.txt is believed. Default one day. */
  readonly robotsMaxAgeMs?: number | undefined;
  /** For one request, from connecting to the last byte. Default 30,000. */
  readonly timeoutMs?: number | undefined;
}

export const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MIN_INTERVAL_MS = 2_000;
const DEFAULT_JITTER_MS = 1_000;
const ONE_DAY_MS = 86_400_000;

export class Politeness {
  readonly userAgent: string;
  readonly #hosts: AllowedHosts;
  readonly #turns: HostTurns;
  readonly #robots: RobotsCache | null;
  readonly #timeoutMs: number;
  readonly #closing = new AbortController();

  /** @throws ChartlifeError InvalidInput */
  constructor(options: PolitenessOptions) {
    if (options.contact === undefined && options.allowedHosts.some(isKworb)) {
      throw new ChartlifeError('InvalidInput', 'kworb.net is not asked without a contact', {
        next: 'Give a mail or web address at which kworb can reach you.',
      });
    }
    this.userAgent = userAgent(options.contact);
    this.#hosts = new AllowedHosts(options.allowedHosts);
    this.#turns = new HostTurns(paceOf(options));
    this.#timeoutMs = nonNegative('timeoutMs', options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    this.#robots =
      options.obeyRobots === false
        ? null
        : new RobotsCache(
            (robotsUrl) => this.#loadRobots(robotsUrl),
            options.robotsMaxAgeMs ?? ONE_DAY_MS,
            options.forbiddenRobotsMean,
          );
  }

  /**
   * Makes one request when it may be made: on an allowed host, allowed by robots.txt, in its turn.
   *
   * @throws ChartlifeError HostNotAllowed, RobotsDisallowed, and what robots.txt's own request throws.
   */
  async visit<T>(
    url: URL,
    signal: AbortSignal | undefined,
    request: (rules: RobotsRules | null) => Promise<T>,
  ): Promise<T> {
    const rules = await this.admit(url, signal);
    return this.#turns.take(url.host, rules?.crawlDelayMs ?? 0, signal, () => request(rules));
  }

  /** The first half of {@link visit}: may this address be asked at all? Gives its site's rules, null if none are kept. */
  async admit(url: URL, signal?: AbortSignal): Promise<RobotsRules | null> {
    this.#hosts.check(url);
    if (this.#robots === null) return null;
    // The request for robots.txt is shared: one caller who gives up must not end it for the others.
    const rules = await waitFor(this.#robots.rulesFor(url), signal);
    checkRobots(url, rules);
    return rules;
  }

  /** Waits for the pause before a further request inside a visit, such as for a page's own script. */
  async pauseWithinVisit(url: URL, rules: RobotsRules | null, signal?: AbortSignal): Promise<void> {
    await this.#turns.pause(url.host, rules?.crawlDelayMs ?? 0, signal);
  }

  /** Ends a request for robots.txt that is under way. */
  close(): void {
    this.#closing.abort(closedError());
  }

  #loadRobots(robotsUrl: URL): ReturnType<typeof exchange> {
    return followRedirects(robotsUrl, (url) => {
      this.#hosts.check(url);
      return this.#turns.take(url.host, 0, this.#closing.signal, () =>
        exchange(url, {
          headers: { 'user-agent': this.userAgent, accept: 'text/plain' },
          timeoutMs: this.#timeoutMs,
          maxBytes: ROBOTS_MAX_BYTES,
          whenTooLarge: 'cut',
          signal: this.#closing.signal,
        }),
      );
    });
  }
}

/** The pause between two requests: as wished, but where live kworb is asked never under two seconds. */
export function paceOf({ allowedHosts, minIntervalMs, jitterMs }: PolitenessOptions): Pace {
  const wished = nonNegative('minIntervalMs', minIntervalMs ?? DEFAULT_MIN_INTERVAL_MS);
  return {
    minIntervalMs: allowedHosts.some(isKworb) ? Math.max(wished, DEFAULT_MIN_INTERVAL_MS) : wished,
    jitterMs: nonNegative('jitterMs', jitterMs ?? DEFAULT_JITTER_MS),
  };
}

function isKworb(host: string): boolean {
  return /(?:^|\.)kworb\.net(?::\d+)?$/i.test(host.trim());
}

function nonNegative(name: string, value: number): number {
  if (value >= 0) return value;
  throw new ChartlifeError('InvalidInput', `${name} is ${value}`, {
    next: 'Give a number of milliseconds, 0 or more.',
    details: { value },
  });
}
