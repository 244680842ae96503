/** A real HTTP server on the loopback whose answers a test scripts, with a record of what it was asked. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ErrorType, isChartlifeError } from '../../contracts/errors.ts';

/** What a request failed with. */
export async function failureOf(
  promise: Promise<unknown>,
): Promise<{ type: ErrorType; message: string; details: object }> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!isChartlifeError(error)) throw error;
  return { type: error.type, message: error.message, details: error.details };
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface TestServer {
  readonly baseUrl: string;
  /** `127.0.0.1:port`, as the list of allowed hosts wants it. */
  readonly host: string;
  /** Paths in order of arrival. */
  readonly paths: string[];
  readonly headers: IncomingHttpHeaders[];
  /** The most requests that were open at the same time. */
  readonly maxOpen: () => number;
  close(): Promise<void>;
}

/** Starts a server; `robots` is its robots.txt, or what answers that path (404 if left out). */
export async function startServer(handler: Handler, robots?: string | Handler): Promise<TestServer> {
  const paths: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  let numOpen = 0;
  let maxOpen = 0;
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    headers.push(request.headers);
    numOpen += 1;
    maxOpen = Math.max(maxOpen, numOpen);
    response.on('close', () => {
      numOpen -= 1;
    });
    const answer = request.url === '/robots.txt' ? robotsHandler(robots) : handler;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    baseUrl: `http://${host}`,
    host,
    paths,
    headers,
    maxOpen: () => maxOpen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function robotsHandler(robots: string | Handler | undefined): Handler {
  if (typeof robots === 'function') return robots;
  return (_, response) => {
    response.writeHead(robots === undefined ? 404 : 200, { 'content-type': 'text/plain' });
    response.end(robots ?? 'not found');
  };
}
