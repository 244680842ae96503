/** The HTTP driver against real servers on the loopback. */
import { createServer as createTcpServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { ErrorType } from '../../contracts/errors.ts';
import type { HttpFetcherOptions } from '../../sources/http.ts';
import { createHttpFetcher } from '../../sources/http.ts';
import type { PageFetcher } from '../../sources/pageFetcher.ts';
import type { Handler, TestServer } from './httpTestServer.ts';
import { failureOf, startServer } from './httpTestServer.ts';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

async function serve(handler: Handler, robots?: string | Handler): Promise<TestServer> {
  const server = await startServer(handler, robots);
  cleanUp.push(() => server.close());
  return server;
}

function fetcherFor(
  server: TestServer | readonly TestServer[],
  options: Partial<HttpFetcherOptions> = {},
): PageFetcher {
  const servers = Array.isArray(server) ? (server as TestServer[]) : [server as TestServer];
  const fetcher = createHttpFetcher({
    allowedHosts: servers.map(({ host }) => host),
    minIntervalMs: 0,
    jitterMs: 0,
    ...options,
  });
  cleanUp.push(() => fetcher.close());
  return fetcher;
}

const text = (body: Uint8Array): string => new TextDecoder().decode(body);

describe('a page', () => {
  it('comes with its bytes, validators and time', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, {
        'content-type': 'text/html',
        etag: '"v1"',
        'last-modified': 'Sat, 02 Nov 2019 00:00:00 GMT',
      });
      response.end('<p>打上花火</p>');
    });
    const url = `${server.baseUrl}/spotify/`;
    const page = await fetcherFor(server).fetch({ url });
    expect(page).toMatchObject({
      outcome: 'fetched',
      url,
      httpStatus: 200,
      etag: '"v1"',
      lastModified: 'Sat, 02 Nov 2019 00:00:00 GMT',
    });
    if (page.outcome !== 'fetched') throw new Error('unreachable');
    expect(text(page.body)).toBe('<p>打上花火</p>');
    expect(new Date(page.fetchedAt).toISOString()).toBe(page.fetchedAt);
  });

  it('is decoded from gzip, and gzip is asked for', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(gzipSync('chart'.repeat(10_000)));
    });
    const page = await fetcherFor(server).fetch({ url: `${server.baseUrl}/` });
    expect(page.outcome === 'fetched' && text(page.body)).toBe('chart'.repeat(10_000));
    expect(server.headers.at(-1)?.['accept-encoding']).toContain('gzip');
  });

  it('is asked for with our name and contact, and the caller can not take another name', async () => {
    const server = await serve((_, response) => void response.end('ok'));
    const fetcher = fetcherFor(server, { contact: 'someone@example.org' });
    await fetcher.fetch({ url: `${server.baseUrl}/`, headers: { 'User-Agent': 'Mozilla', 'X-Nominal': '2019-11-01' } });
    for (const headers of server.headers) {
      expect(headers['user-agent']).toMatch(/^chartlife\/\d+\.\d+\.\d+ \(\+someone@example\.org\)$/);
    }
    expect(server.headers.at(-1)?.['x-nominal']).toBe('2019-11-01');
  });

  it('that has not changed is not sent again', async () => {
    const server = await serve((request, response) => {
      const { 'if-none-match': etag, 'if-modified-since': since } = request.headers;
      response.writeHead(etag === '"v1"' && since === 'Sat, 02 Nov 2019 00:00:00 GMT' ? 304 : 200);
      response.end();
    });
    const url = `${server.baseUrl}/`;
    const validators = { etag: '"v1"', lastModified: 'Sat, 02 Nov 2019 00:00:00 GMT' };
    const fetcher = fetcherFor(server);
    expect(await fetcher.fetch({ url, ...validators })).toMatchObject({ outcome: 'not-modified', url });
    expect(await fetcher.fetch({ url, ...validators, etag: '"v2"' })).toMatchObject({ outcome: 'fetched' });
  });

  it('can not be "not modified" if we hold no version', async () => {
    const server = await serve((_, response) => void response.writeHead(304).end());
    expect(await failureOf(fetcherFor(server).fetch({ url: `${server.baseUrl}/` }))).toMatchObject({
      type: 'SourceUnavailable',
      details: { httpStatus: 304 },
    });
  });
});

describe('statuses', () => {
  it.each<[number, ErrorType]>([
    [404, 'PageNotFound'],
    [410, 'PageNotFound'],
    [429, 'RateLimited'],
    [400, 'RequestRefused'],
    [401, 'RequestRefused'],
    [403, 'RequestRefused'],
    [451, 'RequestRefused'],
    [408, 'SourceUnavailable'],
    [425, 'SourceUnavailable'],
    [500, 'SourceUnavailable'],
    [502, 'SourceUnavailable'],
    [503, 'SourceUnavailable'],
    [204, 'SourceUnavailable'],
    [206, 'SourceUnavailable'],
    [300, 'SourceUnavailable'],
  ])('%i is %s', async (status, type) => {
    const server = await serve((_, response) => void response.writeHead(status).end());
    const failure = await failureOf(fetcherFor(server).fetch({ url: `${server.baseUrl}/a.html` }));
    expect(failure).toMatchObject({ type, details: { httpStatus: status, url: `${server.baseUrl}/a.html` } });
    expect(failure.message).toContain(`${server.baseUrl}/a.html answered ${status}`);
    expect(failure.details).not.toHaveProperty('retryAfterMs');
    // Nothing is tried twice: whoever calls decides when.
    expect(server.paths).toEqual(['/robots.txt', '/a.html']);
  });

  it.each([429, 503])('%i brings the pause the server asks for, in seconds', async (status) => {
    const server = await serve((_, response) => void response.writeHead(status, { 'retry-after': '7' }).end());
    expect((await failureOf(fetcherFor(server).fetch({ url: `${server.baseUrl}/` }))).details).toMatchObject({
      retryAfterMs: 7_000,
    });
  });

  it('a pause given as a date counts from the date of the server, whatever our clock says', async () => {
    const server = await serve((_, response) => {
      response.writeHead(429, {
        date: 'Sun, 06 Nov 1994 08:49:37 GMT',
        'retry-after': 'Sun, 06 Nov 1994 08:50:37 GMT',
      });
      response.end();
    });
    expect((await failureOf(fetcherFor(server).fetch({ url: `${server.baseUrl}/` }))).details).toMatchObject({
      retryAfterMs: 60_000,
    });
  });
});

describe('limits', () => {
  it('refuses a page whose announced size is over the limit', async () => {
    const server = await serve((_, response) => void response.end('x'.repeat(2_000)));
    const fetcher = fetcherFor(server, { maxBytes: 1_999 });
    expect(await failureOf(fetcher.fetch({ url: `${server.baseUrl}/` }))).toMatchObject({
      type: 'ResponseTooLarge',
      details: { numBytes: 2_000, maxBytes: 1_999 },
    });
    expect((await fetcherFor(server, { maxBytes: 2_000 }).fetch({ url: `${server.baseUrl}/` })).outcome).toBe(
      'fetched',
    );
  });

  it('stops a page that never ends, and lets go of the connection', async () => {
    let isClosed: () => void;
    const closed = new Promise<void>((resolve) => {
      isClosed = resolve;
    });
    const server = await serve((_, response) => {
      const timer = setInterval(() => response.write('x'.repeat(10_000)), 1);
      response.on('close', () => {
        clearInterval(timer);
        isClosed();
      });
    });
    const failure = await failureOf(fetcherFor(server, { maxBytes: 100_000 }).fetch({ url: `${server.baseUrl}/` }));
    expect(failure.type).toBe('ResponseTooLarge');
    await closed;
  });

  it('counts decoded bytes: a gzip bomb is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    expect(bomb.byteLength).toBeLessThan(100_000);
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.byteLength });
      response.end(bomb);
    });
    const failure = await failureOf(fetcherFor(server, { maxBytes: 1_000_000 }).fetch({ url: `${server.baseUrl}/` }));
    expect(failure.type).toBe('ResponseTooLarge');
  });

  it('gives up on headers that do not come', async () => {
    const server = await serve(() => undefined, 'User-agent: *');
    const failure = await failureOf(fetcherFor(server, { timeoutMs: 200 }).fetch({ url: `${server.baseUrl}/` }));
    expect(failure).toMatchObject({ type: 'SourceUnavailable' });
    expect(failure.message).toContain('no whole answer within 200 ms');
  });

  it('gives up on a body that trickles', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 1_000_000 });
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    const failure = await failureOf(fetcherFor(server, { timeoutMs: 300 }).fetch({ url: `${server.baseUrl}/` }));
    expect(failure).toMatchObject({ type: 'SourceUnavailable' });
    expect(failure.message).toContain('no whole answer within 300 ms');
  });
});

describe('broken connections', () => {
  it('a body shorter than announced is no page', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 1_000 });
      response.write('half a page', () => response.destroy());
    });
    expect((await failureOf(fetcherFor(server).fetch({ url: `${server.baseUrl}/` }))).type).toBe('SourceUnavailable');
  });

  it('a chunked body without its end is no page', async () => {
    const server = await serve((_, response) => {
      response.write('half a page', () => response.destroy());
    });
    expect((await failureOf(fetcherFor(server).fetch({ url: `${server.baseUrl}/` }))).type).toBe('SourceUnavailable');
  });

  it('a server that hangs up, or speaks no HTTP, or is not there', async () => {
    const hangsUp = await serve((request) => void request.socket.destroy());
    expect((await failureOf(fetcherFor(hangsUp).fetch({ url: `${hangsUp.baseUrl}/` }))).type).toBe('SourceUnavailable');

    const noise = createTcpServer((socket) => socket.resume().end('220 smtp ready\r\n'));
    await new Promise<void>((resolve) => noise.listen(0, '127.0.0.1', resolve));
    const address = noise.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const fetcher = createHttpFetcher({
      allowedHosts: [`127.0.0.1:${port}`],
      obeyRobots: false,
      minIntervalMs: 0,
      jitterMs: 0,
    });
    const url = `http://127.0.0.1:${port}/`;
    expect((await failureOf(fetcher.fetch({ url }))).type).toBe('SourceUnavailable');
    await new Promise((resolve) => noise.close(resolve));
    const refused = await failureOf(fetcher.fetch({ url }));
    expect(refused.type).toBe('SourceUnavailable');
    expect(refused.message).toContain('ECONNREFUSED');
    await fetcher.close();
  });
});

describe('redirects', () => {
  const redirectTo =
    (location: string, status = 302): Handler =>
    (_, response) =>
      void response.writeHead(status, { location }).end();

  it.each([301, 302, 303, 307, 308])(
    '%i is followed, relative addresses too; the page keeps the name asked for',
    async (status) => {
      const server = await serve((request, response) =>
        request.url === '/spotify' ? redirectTo('/spotify/', status)(request, response) : void response.end('index'),
      );
      const page = await fetcherFor(server).fetch({ url: `${server.baseUrl}/spotify` });
      expect(page).toMatchObject({ outcome: 'fetched', url: `${server.baseUrl}/spotify` });
      expect(server.paths).toEqual(['/robots.txt', '/spotify', '/spotify/']);
    },
  );

  it('at most five times', async () => {
    const server = await serve((request, response) => {
      const n = Number(request.url?.slice(1));
      if (n === 5) response.end('here');
      else redirectTo(`/${n + 1}`)(request, response);
    });
    const fetcher = fetcherFor(server);
    expect((await fetcher.fetch({ url: `${server.baseUrl}/0` })).outcome).toBe('fetched');
    const loop = await serve(redirectTo('/again'));
    expect((await failureOf(fetcherFor(loop).fetch({ url: `${loop.baseUrl}/` }))).message).toContain(
      'more than 5 times',
    );
    expect(loop.paths.length).toBe(1 + 6);
  });

  it('never to a host that is not allowed', async () => {
    const other = await serve((_, response) => void response.end('elsewhere'));
    const server = await serve(redirectTo(`${other.baseUrl}/page`));
    expect(await failureOf(fetcherFor(server).fetch({ url: `${server.baseUrl}/` }))).toMatchObject({
      type: 'HostNotAllowed',
      details: { url: `${other.baseUrl}/page` },
    });
    expect(other.paths).toEqual([]);
  });

  it('to another allowed host only if its own robots.txt lets us in', async () => {
    const other = await serve((_, response) => void response.end('elsewhere'), 'User-agent: *\nDisallow: /closed');
    const server = await serve((request, response) => redirectTo(other.baseUrl + request.url)(request, response));
    const fetcher = fetcherFor([server, other]);
    expect((await fetcher.fetch({ url: `${server.baseUrl}/open` })).outcome).toBe('fetched');
    expect((await failureOf(fetcher.fetch({ url: `${server.baseUrl}/closed` }))).type).toBe('RobotsDisallowed');
    expect(other.paths).toEqual(['/robots.txt', '/open']);
  });

  it('never to something that is not http', async () => {
    const server = await serve(redirectTo('file:///etc/passwd'));
    expect((await failureOf(fetcherFor(server).fetch({ url: `${server.baseUrl}/` }))).type).toBe('InvalidInput');
  });
});

describe('which addresses', () => {
  it.each(['kworb.net/spotify', 'ftp://127.0.0.1/', 'http://me:secret@127.0.0.1/', 'javascript:alert(1)', ''])(
    '%j is refused as no address of a page',
    async (url) => {
      const server = await serve(() => undefined);
      expect((await failureOf(fetcherFor(server).fetch({ url }))).type).toBe('InvalidInput');
    },
  );

  it('a host is allowed with its port alone', async () => {
    const server = await serve((_, response) => void response.end('ok'));
    for (const url of [
      `${server.baseUrl.replace('127.0.0.1', 'localhost')}/`,
      'http://127.0.0.1/',
      'https://kworb.net/',
    ]) {
      expect((await failureOf(fetcherFor(server).fetch({ url }))).type).toBe('HostNotAllowed');
    }
    expect(server.paths).toEqual([]);
  });
});

describe('aborting and closing', () => {
  const never: Handler = () => undefined;

  it('an aborted request rejects with the reason of its signal, at once', async () => {
    const server = await serve(never, 'User-agent: *');
    const fetcher = fetcherFor(server);
    const controller = new AbortController();
    const fetching = fetcher.fetch({ url: `${server.baseUrl}/`, signal: controller.signal });
    await expect.poll(() => server.paths).toContain('/');
    const reason = new Error('the activity was cancelled');
    controller.abort(reason);
    await expect(fetching).rejects.toBe(reason);
    await expect(fetcher.fetch({ url: `${server.baseUrl}/`, signal: controller.signal })).rejects.toBe(reason);
  });

  it('one who gives up while waiting does not let the next one in early', async () => {
    let answerFirst = (): void => {};
    const server = await serve((request, response) => {
      if (request.url === '/1') answerFirst = () => void response.end('first');
      else response.end('other');
    }, 'User-agent: *');
    const fetcher = fetcherFor(server);
    const first = fetcher.fetch({ url: `${server.baseUrl}/1` });
    await expect.poll(() => server.paths).toContain('/1');
    const controller = new AbortController();
    const second = fetcher.fetch({ url: `${server.baseUrl}/2`, signal: controller.signal });
    const third = fetcher.fetch({ url: `${server.baseUrl}/3` });
    controller.abort(new Error('gave up'));
    await expect(second).rejects.toThrow('gave up');
    expect(server.paths).toEqual(['/robots.txt', '/1']);
    answerFirst();
    await Promise.all([first, third]);
    expect(server.paths).toEqual(['/robots.txt', '/1', '/3']);
    expect(server.maxOpen()).toBe(1);
  });

  it('closing ends what is under way and refuses what comes after', async () => {
    const server = await serve(never, 'User-agent: *');
    const fetcher = fetcherFor(server);
    const failure = failureOf(fetcher.fetch({ url: `${server.baseUrl}/` }));
    await expect.poll(() => server.paths).toContain('/');
    await fetcher.close();
    expect(await failure).toMatchObject({ type: 'SourceUnavailable', message: 'the page fetcher is closed' });
    expect((await failureOf(fetcher.fetch({ url: `${server.baseUrl}/` }))).type).toBe('SourceUnavailable');
  });

  it('closing does not wait for a robots.txt that never comes', async () => {
    const server = await serve(never, never);
    const fetcher = fetcherFor(server);
    const failure = failureOf(fetcher.fetch({ url: `${server.baseUrl}/` }));
    await expect.poll(() => server.paths).toContain('/robots.txt');
    await fetcher.close();
    expect((await failure).type).toBe('SourceUnavailable');
  });
});

describe('one connection at a time', () => {
  it('requests to one host queue, in order', async () => {
    const server = await serve((_, response) => void setTimeout(() => response.end('ok'), 5));
    const fetcher = fetcherFor(server);
    const paths = Array.from({ length: 12 }, (_, i) => `/${i}`);
    await Promise.all(paths.map((path) => fetcher.fetch({ url: server.baseUrl + path })));
    expect(server.paths).toEqual(['/robots.txt', ...paths]);
    expect(server.maxOpen()).toBe(1);
  });

  it('goes on after a failure', async () => {
    const server = await serve((request, response) => {
      if (request.url === '/bad') request.socket.destroy();
      else response.end('ok');
    });
    const fetcher = fetcherFor(server);
    const bad = failureOf(fetcher.fetch({ url: `${server.baseUrl}/bad` }));
    const good = fetcher.fetch({ url: `${server.baseUrl}/good` });
    expect((await bad).type).toBe('SourceUnavailable');
    expect((await good).outcome).toBe('fetched');
  });
});
