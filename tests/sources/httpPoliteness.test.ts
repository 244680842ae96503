/** robots.txt, contact, pauses and Retry-After: the manners both drivers share. */
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { isChartlifeError } from '../../contracts/errors.ts';
import { AllowedHosts } from '../../sources/allowedHosts.ts';
import { HostTurns } from '../../sources/hostTurns.ts';
import { createHttpFetcher } from '../../sources/http.ts';
import { type PolitenessOptions, paceOf } from '../../sources/politeness.ts';
import { MAX_RETRY_AFTER_MS, retryAfterMs } from '../../sources/retryAfter.ts';
import type { Handler, TestServer } from './httpTestServer.ts';
import { startServer } from './httpTestServer.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** Fetches `paths` one after the other from a server with that robots.txt; gives each outcome or error type. */
async function outcomes(
  robots: string | Handler | undefined,
  paths: readonly string[],
  options: Pick<PolitenessOptions, 'obeyRobots' | 'robotsMaxAgeMs' | 'forbiddenRobotsMean'> = {},
): Promise<{ results: string[]; server: TestServer }> {
  const server = await startServer((_, response) => void response.end('page'), robots);
  const fetcher = createHttpFetcher({ allowedHosts: [server.host], minIntervalMs: 0, jitterMs: 0, ...options });
  cleanUp.push(
    () => server.close(),
    () => fetcher.close(),
  );
  const results: string[] = [];
  for (const path of paths) {
    results.push(
      await fetcher.fetch({ url: server.baseUrl + path }).then(
        (page) => page.outcome,
        (error: unknown) => (isChartlifeError(error) ? error.type : String(error)),
      ),
    );
  }
  return { results, server };
}

const status =
  (code: number): Handler =>
  (_, response) =>
    void response.writeHead(code).end('nothing');

describe('robots.txt', () => {
  it('is asked once for a host, before the first page', async () => {
    const { results, server } = await outcomes('User-agent: *\nDisallow: /private/', ['/a', '/private/b', '/c']);
    expect(results).toEqual(['fetched', 'RobotsDisallowed', 'fetched']);
    expect(server.paths).toEqual(['/robots.txt', '/a', '/c']);
  });

  it('is asked anew when it is too old', async () => {
    const { server } = await outcomes('', ['/a', '/b'], { robotsMaxAgeMs: 0 });
    expect(server.paths).toEqual(['/robots.txt', '/a', '/robots.txt', '/b']);
  });

  it('rules for us win over rules for all; the longest rule wins; a byte order mark hides nothing', async () => {
    const robots = '\uFEFFUser-agent: chartlife\nAllow: /spotify/\nDisallow: /\n\nUser-agent: *\nDisallow: /spotify/\n';
    const { results } = await outcomes(robots, ['/spotify/', '/itunes/']);
    expect(results).toEqual(['fetched', 'RobotsDisallowed']);
  });

  it.each([404, 410, 400])('%i means there are no rules', async (code) => {
    const { results } = await outcomes(status(code), ['/a']);
    expect(results).toEqual(['fetched']);
  });

  it.each([401, 403])('%i means that nothing is allowed', async (code) => {
    const { results, server } = await outcomes(status(code), ['/a']);
    expect(results).toEqual(['RobotsDisallowed']);
    expect(server.paths).toEqual(['/robots.txt']);
  });

  it.each([401, 403])(
    '%i means that there are no rules, where a store of files answers so for what it lacks',
    async (code) => {
      const { results, server } = await outcomes(status(code), ['/a'], { forbiddenRobotsMean: 'everything' });
      expect(results).toEqual(['fetched']);
      expect(server.paths).toEqual(['/robots.txt', '/a']);
      const rules = await outcomes('User-agent: *\nDisallow: /a', ['/a'], { forbiddenRobotsMean: 'everything' });
      expect(rules.results).toEqual(['RobotsDisallowed']);
    },
  );

  it('a server that can not say is left alone for now, and asked again next time', async () => {
    const { results, server } = await outcomes(status(503), ['/a', '/b']);
    expect(results).toEqual(['SourceUnavailable', 'SourceUnavailable']);
    expect(server.paths).toEqual(['/robots.txt', '/robots.txt']);
    expect((await outcomes((request) => void request.socket.destroy(), ['/a'])).results).toEqual(['SourceUnavailable']);
    expect((await outcomes(status(429), ['/a'])).results).toEqual(['RateLimited']);
  });

  it('is found through a redirect, and not on a host that is not allowed', async () => {
    const robots: Handler = (_, response) => void response.writeHead(301, { location: '/rules' }).end();
    expect((await outcomes(robots, ['/a'])).server.paths).toEqual(['/robots.txt', '/rules', '/a']);
    const away: Handler = (_, response) => void response.writeHead(301, { location: 'http://localhost:1/x' }).end();
    expect((await outcomes(away, ['/a'])).results).toEqual(['HostNotAllowed']);
  });

  it('is read up to 500 KiB', async () => {
    const filler = `# ${'x'.repeat(1022)}\n`;
    const { results } = await outcomes(`User-agent: *\nDisallow: /early\n${filler.repeat(600)}Disallow: /late\n`, [
      '/early',
      '/late',
    ]);
    expect(results).toEqual(['RobotsDisallowed', 'fetched']);
  });

  it('is not asked when told so', async () => {
    const { results, server } = await outcomes('User-agent: *\nDisallow: /', ['/a'], { obeyRobots: false });
    expect(results).toEqual(['fetched']);
    expect(server.paths).toEqual(['/a']);
  });

  it('is asked once by many callers at the same time', async () => {
    const server = await startServer((_, response) => void response.end('page'));
    const fetcher = createHttpFetcher({ allowedHosts: [server.host], minIntervalMs: 0, jitterMs: 0 });
    cleanUp.push(
      () => server.close(),
      () => fetcher.close(),
    );
    await Promise.all(['/a', '/b', '/c'].map((path) => fetcher.fetch({ url: server.baseUrl + path })));
    expect(server.paths.filter((path) => path === '/robots.txt')).toHaveLength(1);
  });
});

describe('live kworb', () => {
  it.each(['kworb.net', 'KWORB.net', 'www.kworb.net', 'kworb.net:443'])('%s is not asked without a contact', (host) => {
    expect(() => createHttpFetcher({ allowedHosts: [host] })).toThrow('contact');
    expect(() => createHttpFetcher({ allowedHosts: [host], contact: 'me@example.org' })).not.toThrow();
  });

  it.each(['', 'me', 'me@example', 'me@example.org\r\nX: y', 'a) (b@c.de'])('%j is not a contact', (contact) => {
    expect(() => createHttpFetcher({ allowedHosts: ['kworb.net'], contact })).toThrow('is not a contact');
  });

  it('gets two seconds between requests at least, whatever is wished', () => {
    expect(paceOf({ allowedHosts: ['kworb.net'], minIntervalMs: 0, jitterMs: 0 })).toEqual({
      minIntervalMs: 2_000,
      jitterMs: 0,
    });
    expect(paceOf({ allowedHosts: ['kworb.net'], minIntervalMs: 5_000 })).toEqual({
      minIntervalMs: 5_000,
      jitterMs: 1_000,
    });
    expect(paceOf({ allowedHosts: ['127.0.0.1:1'], minIntervalMs: 0, jitterMs: 0 })).toEqual({
      minIntervalMs: 0,
      jitterMs: 0,
    });
    expect(() => paceOf({ allowedHosts: ['127.0.0.1:1'], minIntervalMs: -1 })).toThrow('minIntervalMs is -1');
  });

  it('a name that only looks like it needs none', () => {
    expect(() => createHttpFetcher({ allowedHosts: ['notkworb.net', 'kworb.net.example.org'] })).not.toThrow();
  });
});

describe('allowed hosts', () => {
  it.each([
    ...['', 'http://kworb.net', 'kworb.net/spotify', 'a b', 'host:port'],
    ...['*', '*.', '*.net', '*net.org', 'a.*.org', '*.*.org', '*.0.0.1', '*.127.0.0.1', '*.[::1]', '*..net', '*.a.n1'],
  ])('%j is not a host', (host) => {
    expect(() => new AllowedHosts([host])).toThrow('is not a host');
  });

  it('takes all hosts below a name, and nothing that only looks like one', () => {
    const hosts = new AllowedHosts(['*.dzcdn.net', '*.scdn.co:8443']);
    const allowed = ['https://cdnt-preview.dzcdn.net/a', 'http://CDN.DZCDN.net/', 'https://a.b.dzcdn.net/'];
    for (const url of [...allowed, 'https://p.scdn.co:8443/']) expect(hosts.allows(new URL(url)), url).toBe(true);
    const others = [
      ...['https://dzcdn.net/', 'https://evildzcdn.net/', 'https://dzcdn.net.example.org/', 'https://x.dzcdn.net./'],
      ...['https://x.dzcdn.net:8443/', 'https://p.scdn.co/', 'https://net/', 'http://127.0.0.1/', 'https://x@a.net/'],
    ];
    for (const url of others) expect(hosts.allows(new URL(url)), url).toBe(false);
  });

  it('takes the own port of a scheme with and without its number', () => {
    const named = new AllowedHosts(['kworb.net:443']);
    expect(named.allows(new URL('https://kworb.net/'))).toBe(true);
    expect(named.allows(new URL('http://kworb.net/'))).toBe(false);
    const plain = new AllowedHosts(['kworb.net']);
    expect(plain.allows(new URL('https://KWORB.NET/x'))).toBe(true);
    expect(plain.allows(new URL('https://kworb.net:8443/'))).toBe(false);
    expect(plain.allows(new URL('https://evil.kworb.net/'))).toBe(false);
    expect(new AllowedHosts(['[::1]:8080']).allows(new URL('http://[::1]:8080/'))).toBe(true);
  });

  it('must be given', () => {
    expect(() => new AllowedHosts([])).toThrow('empty');
  });
});

describe('pauses', () => {
  /** A clock whose time passes only by sleeping. */
  function fakeClock(random = 0): {
    nowMs: () => number;
    sleep: (ms: number) => Promise<void>;
    random: () => number;
    slept: number[];
  } {
    let nowMs = 1_000;
    const slept: number[] = [];
    return {
      nowMs: () => nowMs,
      sleep: async (ms) => {
        slept.push(Math.max(0, ms));
        nowMs += Math.max(0, ms);
      },
      random: () => random,
      slept,
    };
  }
  const nothing = async (): Promise<void> => {};

  it('lie between two requests to one host, not before the first, not between hosts', async () => {
    const clock = fakeClock(0.5);
    const turns = new HostTurns({ minIntervalMs: 2_000, jitterMs: 1_000 }, clock);
    await turns.take('a', 0, undefined, nothing);
    await turns.take('b', 0, undefined, nothing);
    await turns.take('a', 0, undefined, nothing);
    await turns.take('a', 5_000, undefined, nothing);
    await turns.take('a', 0, undefined, nothing);
    expect(clock.slept).toEqual([0, 0, 2_500, 2_500, 5_500]);
  });

  it('count from the end of the request before, also of one that failed', async () => {
    const clock = fakeClock();
    const turns = new HostTurns({ minIntervalMs: 2_000, jitterMs: 0 }, clock);
    const failing = turns.take('a', 0, undefined, async () => {
      await clock.sleep(300);
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    await turns.take('a', 0, undefined, nothing);
    expect(clock.slept).toEqual([0, 300, 2_000]);
  });

  it('inside a visit follow one another', async () => {
    const clock = fakeClock();
    const turns = new HostTurns({ minIntervalMs: 1_000, jitterMs: 0 }, clock);
    await turns.pause('a', 0);
    await turns.pause('a', 0);
    await turns.pause('a', 0);
    expect(clock.slept).toEqual([0, 1_000, 1_000]);
  });
});

describe('Retry-After', () => {
  const NOW_MS = Date.parse('2026-11-22T18:00:00Z');
  const pause = (value: string, date?: string): number | null =>
    retryAfterMs(new Headers({ 'retry-after': value, ...(date === undefined ? {} : { date }) }), NOW_MS);

  it.each<[string, number | null]>([
    ['0', 0],
    ['120', 120_000],
    [' 5 ', 5_000],
    ['99999999999999999999999', MAX_RETRY_AFTER_MS],
    ['9'.repeat(400), MAX_RETRY_AFTER_MS],
    ['Sun, 22 Nov 2099 18:01:30 GMT', MAX_RETRY_AFTER_MS],
    ['Sun, 22 Nov 2026 18:01:30 GMT', 90_000],
    ['Sunday, 22-Nov-26 18:01:30 GMT', 90_000],
    ['Sun Nov 22 18:01:30 2026', 90_000],
    ['Sun, 22 Nov 2026 17:00:00 GMT', 0],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['', null],
    ['2026-11-22', null],
  ])('%j', (value, expected) => {
    expect(pause(value)).toBe(expected);
  });

  it('is unknown where the header is absent', () => {
    expect(retryAfterMs(new Headers(), NOW_MS)).toBeNull();
  });

  it('a date minus the date of the server is the pause, whatever our clock says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), fc.integer({ min: 0, max: 1_000_000 }), (at, seconds) => {
        const serverDate = new Date(at * 1000);
        const until = new Date((at + seconds) * 1000);
        expect(pause(until.toUTCString(), serverDate.toUTCString())).toBe(Math.min(seconds * 1000, MAX_RETRY_AFTER_MS));
      }),
    );
  });
});
