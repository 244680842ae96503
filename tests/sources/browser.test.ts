/** The browser driver with a real Chromium, against the replica and against servers that misbehave. */
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseDate } from '../../contracts/dates.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { findChromium } from '../../runtime/chromium.ts';
import type { BrowserFetcherOptions } from '../../sources/browser.ts';
import { createBrowserFetcher } from '../../sources/browser.ts';
import { createHttpFetcher } from '../../sources/http.ts';
import { parsePageBytes } from '../../sources/kworb/parsePage.ts';
import type { PageFetcher } from '../../sources/pageFetcher.ts';
import type { Replica } from '../../sources/replica/replica.ts';
import { createReplica } from '../../sources/replica/server.ts';
import { makeSyntheticHistories } from '../../sources/replica/syntheticHistory.ts';
import type { Handler, TestServer } from './httpTestServer.ts';
import { failureOf, startServer } from './httpTestServer.ts';

const found = await findChromium(process.env);
if (found === null) {
  console.warn(
    'tests of the browser driver are skipped: there is no Chromium (`npx chartlife doctor` says where it is looked for)',
  );
}

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

function fetcherFor(hosts: readonly string[], options: Partial<BrowserFetcherOptions> = {}): PageFetcher {
  const fetcher = createBrowserFetcher({
    executablePath: found?.executablePath ?? '',
    allowedHosts: hosts,
    minIntervalMs: 0,
    jitterMs: 0,
    ...options,
  });
  cleanUp.push(() => fetcher.close());
  return fetcher;
}

async function serve(handler: Handler, robots?: string): Promise<TestServer> {
  const server = await startServer(handler, robots);
  cleanUp.push(() => server.close());
  return server;
}

const html =
  (body: string, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    void response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(`<!DOCTYPE html>${body}`);

const bodyOf = async (fetching: ReturnType<PageFetcher['fetch']>): Promise<string> => {
  const page = await fetching;
  if (page.outcome !== 'fetched') throw new Error('not modified');
  return new TextDecoder().decode(page.body);
};

describe.skipIf(found === null)('with a real Chromium', () => {
  describe('on the replica', () => {
    const region = parseRegion('gb');
    let replica: Replica;
    beforeAll(async () => {
      const histories = makeSyntheticHistories([region], { seed: 5, firstDate: parseDate('2019-10-01'), numDays: 30 });
      replica = createReplica({ histories });
      await replica.listen();
    });
    afterAll(() => replica.close());

    it('gives the same rows as HTTP, on the day asked for', async () => {
      replica.clearRequests();
      const browser = fetcherFor([replica.host], { contact: 'someone@example.org' });
      const http = createHttpFetcher({ allowedHosts: [replica.host], minIntervalMs: 0, jitterMs: 0 });
      const headers = { 'chartlife-replica-today': '2019-10-20' };
      for (const path of ['/spotify/country/gb_daily.html', '/spotify/country/gb_weekly.html', '/spotify/']) {
        const url = replica.baseUrl + path;
        const [inBrowser, overHttp] = [await browser.fetch({ url, headers }), await http.fetch({ url, headers })];
        if (inBrowser.outcome !== 'fetched' || overHttp.outcome !== 'fetched') throw new Error('not fetched');
        expect(inBrowser).toMatchObject({ url, httpStatus: 200, lastModified: overHttp.lastModified });
        expect(parsePageBytes(inBrowser.body)).toEqual(parsePageBytes(overHttp.body));
      }
      await http.close();
      const { latest, byPath } = replica.requests();
      const fromBrowser = latest.filter(({ userAgent }) => userAgent.includes('someone@example.org'));
      expect(fromBrowser.every(({ userAgent }) => userAgent.startsWith('chartlife/'))).toBe(true);
      expect(
        fromBrowser.filter(({ path }) => path.startsWith('/spotify/')).every(({ today }) => today === '2019-10-20'),
      ).toBe(true);
      // Scripts of the host itself are let in; styles, counters and advertisers are not even asked for.
      expect(
        Object.keys(byPath)
          .filter((path) => !path.startsWith('/spotify/'))
          .toSorted(),
      ).toEqual(['/robots.txt', '/sorttable.js']);
    });

    it('asks conditionally', async () => {
      const fetcher = fetcherFor([replica.host]);
      const url = `${replica.baseUrl}/spotify/country/gb_daily.html`;
      const page = await fetcher.fetch({ url });
      if (page.outcome !== 'fetched' || page.etag === null) throw new Error('not fetched');
      expect(await fetcher.fetch({ url, etag: page.etag })).toMatchObject({ outcome: 'not-modified', url });
      expect(await fetcher.fetch({ url, etag: '"another"' })).toMatchObject({ outcome: 'fetched' });
    });

    it('maps 404, 429 and 500 as HTTP does, and obeys robots.txt', async () => {
      const fetcher = fetcherFor([replica.host]);
      const url = `${replica.baseUrl}/spotify/track/0000000000000000000000.html`;
      expect(await failureOf(fetcher.fetch({ url }))).toMatchObject({
        type: 'PageNotFound',
        details: { httpStatus: 404 },
      });
      replica.setFaults({ rate429: 1, retryAfterSeconds: 7 });
      expect(await failureOf(fetcher.fetch({ url }))).toMatchObject({
        type: 'RateLimited',
        details: { retryAfterMs: 7_000 },
      });
      replica.setFaults({ rate500: 1 });
      expect((await failureOf(fetcher.fetch({ url }))).type).toBe('SourceUnavailable');
      replica.setFaults({});
      const control = `${replica.baseUrl}/__replica/requests`;
      expect((await failureOf(fetcher.fetch({ url: control }))).type).toBe('RobotsDisallowed');
    });

    it('takes no half page for a whole one', async () => {
      const path = '/spotify/country/gb_daily.html';
      replica.setFaults({ brokenConnection: [path] });
      expect((await failureOf(fetcherFor([replica.host]).fetch({ url: replica.baseUrl + path }))).type).toBe(
        'SourceUnavailable',
      );
      replica.setFaults({});
    });
  });

  describe('on pages that need a browser', () => {
    it('gives the page as its scripts have made it', async () => {
      const server = await serve((request, response) => {
        if (request.url === '/rows.json') response.end('["打上花火"]');
        else if (request.url === '/fill.js')
          response.end(`document.body.insertAdjacentHTML('beforeend', '<i>script</i>')`);
        else
          html(`<body><script src="/fill.js"></script><script>
            fetch('/rows.json').then((r) => r.json()).then((rows) => setTimeout(() => {
              document.body.insertAdjacentHTML('beforeend', '<table id="late"><tr><td>' + rows[0] + '</td></tr></table>');
            }, 30));
          </script></body>`)(request, response);
      });
      const body = await bodyOf(
        fetcherFor([server.host], { readySelector: '#late' }).fetch({ url: `${server.baseUrl}/` }),
      );
      expect(body).toContain('<td>打上花火</td>');
      expect(body).toContain('<i>script</i>');
    });

    it('gives up on a page that does not become ready', async () => {
      const server = await serve(html('<body>empty</body>'));
      const fetcher = fetcherFor([server.host], { readySelector: '#never', timeoutMs: 1_500 });
      const failure = await failureOf(fetcher.fetch({ url: `${server.baseUrl}/` }));
      expect(failure).toMatchObject({ type: 'SourceUnavailable' });
      expect(failure.message).toContain('no whole page within 1500 ms');
    });

    it('keeps nothing from one page to the next', async () => {
      const server = await serve(html('<body>page</body>', { 'set-cookie': 'a=b', 'cache-control': 'max-age=3600' }));
      const fetcher = fetcherFor([server.host]);
      for (let i = 0; i < 2; i += 1) await fetcher.fetch({ url: `${server.baseUrl}/page` });
      expect(server.paths).toEqual(['/robots.txt', '/page', '/page']);
      expect(server.headers.every(({ cookie }) => cookie === undefined)).toBe(true);
    });

    it('follows a script that moves on at once, as it follows a redirect', async () => {
      const other = await serve(html('<body>other</body>'));
      const server = await serve((request, response) => {
        const target = request.url === '/own' ? '/there' : `${other.baseUrl}/`;
        if (request.url === '/there') html('<body>there</body>')(request, response);
        else html(`<body>here<script>location.href = '${target}'</script></body>`)(request, response);
      });
      const fetcher = fetcherFor([server.host]);
      expect(await bodyOf(fetcher.fetch({ url: `${server.baseUrl}/own` }))).toContain('there');
      expect((await failureOf(fetcher.fetch({ url: `${server.baseUrl}/away` }))).type).toBe('HostNotAllowed');
      expect(other.paths).toEqual([]);
    });

    it('stays on a page that is loaded, wherever its scripts would go', async () => {
      const server = await serve(
        html(`<body>here<script>addEventListener('load', () => {
          setTimeout(() => { location.href = '/away'; }, 300);
          setTimeout(() => { document.body.id = 'late'; }, 600);
        });</script></body>`),
      );
      const body = await bodyOf(
        fetcherFor([server.host], { readySelector: '#late' }).fetch({ url: `${server.baseUrl}/` }),
      );
      expect(body).toContain('here');
      expect(server.paths).not.toContain('/away');
    });
  });

  describe('manners', () => {
    it('nothing but the allowed hosts is asked: pictures, frames, scripts, calls and sockets of others stay out', async () => {
      const other = await serve((_, response) => void response.end('other'));
      const server = await serve(
        html(`<body>page
          <img src="/own.png"><img src="${other.baseUrl}/a.png"><iframe src="${other.baseUrl}/frame"></iframe>
          <script src="${other.baseUrl}/a.js"></script><link rel="stylesheet" href="/own.css">
          <script>fetch('${other.baseUrl}/call').catch(() => {}); new WebSocket('ws://${other.host}/socket');
          navigator.sendBeacon('${other.baseUrl}/beacon');</script></body>`),
      );
      expect(await bodyOf(fetcherFor([server.host]).fetch({ url: `${server.baseUrl}/` }))).toContain('page');
      expect(server.paths).toEqual(['/robots.txt', '/']);
      expect(other.paths).toEqual([]);
    });

    it('a redirect is followed to an allowed host and its robots.txt, no further', async () => {
      const other = await serve(html('<body>moved</body>'), 'User-agent: *\nDisallow: /closed');
      const server = await serve((request, response) => {
        const target = request.url === '/loop' ? '/loop' : other.baseUrl + request.url;
        response.writeHead(302, { location: target }).end();
      });
      const alone = fetcherFor([server.host]);
      expect(await failureOf(alone.fetch({ url: `${server.baseUrl}/open` }))).toMatchObject({
        type: 'HostNotAllowed',
        details: { url: `${other.baseUrl}/open` },
      });
      expect(other.paths).toEqual([]);
      const both = fetcherFor([server.host, other.host]);
      expect(await bodyOf(both.fetch({ url: `${server.baseUrl}/open` }))).toContain('moved');
      expect((await failureOf(both.fetch({ url: `${server.baseUrl}/closed` }))).type).toBe('RobotsDisallowed');
      expect((await failureOf(both.fetch({ url: `${server.baseUrl}/loop` }))).message).toContain(
        'redirects more than 5 times',
      );
      expect(other.paths).toEqual(['/robots.txt', '/open']);
    });

    it('one page at a time for a host', async () => {
      const server = await serve(
        (request, response) => void setTimeout(() => html('<body>page</body>')(request, response), 20),
      );
      const fetcher = fetcherFor([server.host]);
      await Promise.all(['/1', '/2', '/3'].map((p) => fetcher.fetch({ url: server.baseUrl + p })));
      expect(server.paths).toEqual(['/robots.txt', '/1', '/2', '/3']);
      expect(server.maxOpen()).toBe(1);
    });
  });

  describe('limits', () => {
    it('too large by its header, while it comes, and unpacked', async () => {
      const server = await serve((request, response) => {
        if (request.url === '/announced') return html('x'.repeat(300_000))(request, response);
        if (request.url === '/bomb') {
          response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' });
          return void response.end(gzipSync(Buffer.alloc(20_000_000, 'x')));
        }
        response.writeHead(200, { 'content-type': 'text/html' });
        const timer = setInterval(() => response.write('x'.repeat(50_000)), 2);
        response.on('close', () => clearInterval(timer));
      });
      const fetcher = fetcherFor([server.host], { maxBytes: 200_000 });
      for (const p of ['/announced', '/endless', '/bomb']) {
        expect((await failureOf(fetcher.fetch({ url: server.baseUrl + p }))).type, p).toBe('ResponseTooLarge');
      }
    });

    it('time: headers that do not come', async () => {
      const server = await serve(() => undefined, 'User-agent: *');
      const failure = await failureOf(
        fetcherFor([server.host], { timeoutMs: 1_000 }).fetch({ url: `${server.baseUrl}/` }),
      );
      expect(failure).toMatchObject({ type: 'SourceUnavailable' });
      expect(failure.message).toContain('no whole page within 1000 ms');
    });

    it('a server that is not there', async () => {
      const server = await serve(() => undefined);
      const fetcher = fetcherFor([server.host], { obeyRobots: false });
      await server.close();
      expect((await failureOf(fetcher.fetch({ url: `${server.baseUrl}/` }))).type).toBe('SourceUnavailable');
    });
  });

  it('an aborted request rejects with its reason; closing ends what is under way', async () => {
    const server = await serve(() => undefined, 'User-agent: *');
    const fetcher = fetcherFor([server.host]);
    const controller = new AbortController();
    const aborted = fetcher.fetch({ url: `${server.baseUrl}/1`, signal: controller.signal });
    await expect.poll(() => server.paths, { timeout: 10_000 }).toContain('/1');
    const reason = new Error('cancelled');
    controller.abort(reason);
    await expect(aborted).rejects.toBe(reason);
    const closed = failureOf(fetcher.fetch({ url: `${server.baseUrl}/2` }));
    await expect.poll(() => server.paths, { timeout: 10_000 }).toContain('/2');
    await fetcher.close();
    expect(await closed).toMatchObject({ type: 'SourceUnavailable', message: 'the page fetcher is closed' });
  });
});

describe('without a browser', () => {
  it('a path that is no browser says so', async () => {
    const server = await serve(html('<body>page</body>'));
    const fetcher = fetcherFor([server.host], { executablePath: '/bin/false' });
    expect(await failureOf(fetcher.fetch({ url: `${server.baseUrl}/` }))).toMatchObject({ type: 'SetupMissing' });
  });

  it('live kworb needs a contact here too', () => {
    expect(() => createBrowserFetcher({ executablePath: '/bin/false', allowedHosts: ['kworb.net'] })).toThrow(
      'contact',
    );
  });
});
