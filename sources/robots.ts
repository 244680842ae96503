/** robots.txt (RFC 9309): asked once per site, kept for a while, obeyed. */
import robotsParser from 'robots-parser';
import { ChartlifeError } from '../contracts/errors.ts';
import { errorForStatus, isWholePage } from './httpErrors.ts';
import type { HttpAnswer } from './httpExchange.ts';
import { ROBOTS_TOKEN } from './userAgent.ts';

/** How much of a robots.txt is read, in bytes; RFC 9309 asks for 500 KiB at least. */
export const ROBOTS_MAX_BYTES = 500 * 1024;

// A wait of more than a day is a mistake in the file, and longer than we keep it anyway.
const LONGEST_CRAWL_DELAY_MS = 86_400_000;

export interface RobotsRules {
  allows(url: URL): boolean;
  /** The pause the site asks for between two requests; 0 if it asks for none. */
  readonly crawlDelayMs: number;
}

/**
 * RFC 9309 lets us in where robots.txt is forbidden. A site of pages that hides its rules from us hardly means that, so
 * there it is `nothing`; an object store forbids every file that it does not have, so there it is `everything`.
 */
export type ForbiddenMeans = 'nothing' | 'everything';

const ALLOW_ALL: RobotsRules = { allows: () => true, crawlDelayMs: 0 };
const ALLOW_NOTHING: RobotsRules = { allows: () => false, crawlDelayMs: 0 };

interface ParsedRobots {
  isAllowed(url: string, userAgent: string): boolean | undefined;
  getCrawlDelay(userAgent: string): number | undefined;
}

// The package's types describe a module with a member `default`; what Node imports is the function itself.
const parseRobotsTxt = robotsParser as unknown as (robotsUrl: string, text: string) => ParsedRobots;

interface CachedRules {
  readonly rules: Promise<RobotsRules>;
  /** Unknown until the rules are there. */
  expiresAtMs: number;
}

export class RobotsCache {
  readonly #load: (robotsUrl: URL) => Promise<HttpAnswer>;
  readonly #maxAgeMs: number;
  readonly #whenForbidden: RobotsRules;
  readonly #cached = new Map<string, CachedRules>();

  /**
   * @param load brings the robots.txt, redirects followed.
   * @param forbiddenMeans what a robots.txt that is itself forbidden (401, 403) says.
   */
  constructor(
    load: (robotsUrl: URL) => Promise<HttpAnswer>,
    maxAgeMs: number,
    forbiddenMeans: ForbiddenMeans = 'nothing',
  ) {
    this.#load = load;
    this.#maxAgeMs = maxAgeMs;
    this.#whenForbidden = forbiddenMeans === 'nothing' ? ALLOW_NOTHING : ALLOW_ALL;
  }

  /**
   * The rules of the site a page is on. Callers who ask at the same time share one request; a failure is not kept.
   *
   * @throws ChartlifeError SourceUnavailable or RateLimited if the site can't say what it allows at the moment.
   */
  async rulesFor(url: URL): Promise<RobotsRules> {
    const cached = this.#cached.get(url.origin);
    if (cached !== undefined && Date.now() < cached.expiresAtMs) return cached.rules;
    const entry: CachedRules = { rules: this.#ask(url), expiresAtMs: Number.POSITIVE_INFINITY };
    this.#cached.set(url.origin, entry);
    try {
      const rules = await entry.rules;
      entry.expiresAtMs = Date.now() + this.#maxAgeMs;
      return rules;
    } catch (error) {
      if (this.#cached.get(url.origin) === entry) this.#cached.delete(url.origin);
      throw error;
    }
  }

  async #ask(url: URL): Promise<RobotsRules> {
    const robotsUrl = new URL('/robots.txt', url);
    const answer = await this.#load(robotsUrl);
    if (isWholePage(answer.status)) return parseRules(robotsUrl, answer.body);
    if (answer.status === 401 || answer.status === 403) return this.#whenForbidden;
    if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return ALLOW_ALL;
    throw errorForStatus(robotsUrl, answer.status, answer.headers);
  }
}

/** @throws ChartlifeError RobotsDisallowed */
export function checkRobots(url: URL, rules: RobotsRules): void {
  if (rules.allows(url)) return;
  const robotsUrl = new URL('/robots.txt', url).href;
  throw new ChartlifeError('RobotsDisallowed', `${robotsUrl} does not allow ${ROBOTS_TOKEN} to ask for ${url.href}`, {
    next: 'Leave the page out; ask the site if you think that it is a mistake.',
    details: { url: url.href, robotsUrl },
  });
}

function parseRules(robotsUrl: URL, body: Uint8Array): RobotsRules {
  // TextDecoder also takes the byte order mark away, which would hide the first line from the parser.
  const robots = parseRobotsTxt(robotsUrl.href, new TextDecoder().decode(body));
  const delaySeconds = robots.getCrawlDelay(ROBOTS_TOKEN) ?? 0;
  return {
    allows: (url) => robots.isAllowed(url.href, ROBOTS_TOKEN) !== false,
    crawlDelayMs: Math.min(Math.max(0, delaySeconds * 1000), LONGEST_CRAWL_DELAY_MS),
  };
}
