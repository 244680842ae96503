/** Sources of sound over real HTTP: fetchers for servers of a test, closed after it. */
import { expect, onTestFinished } from 'vitest';
import { type ChartlifeError, isChartlifeError } from '../../../contracts/errors.ts';
import { createHttpFetcher, type HttpFetcherOptions } from '../../../sources/http.ts';
import type { PageFetcher } from '../../../sources/pageFetcher.ts';
import { type Handler, startServer, type TestServer } from '../httpTestServer.ts';

export async function serve(handler: Handler, robots?: string): Promise<TestServer> {
  const server = await startServer(handler, robots);
  onTestFinished(() => server.close());
  return server;
}

export function fetcherFor(server: TestServer, options: Partial<HttpFetcherOptions> = {}): PageFetcher {
  const fetcher = createHttpFetcher({ allowedHosts: [server.host], minIntervalMs: 0, jitterMs: 0, ...options });
  onTestFinished(() => fetcher.close());
  return fetcher;
}

/** A signal that nobody aborts. */
export const patience = (): AbortSignal => new AbortController().signal;

export async function failureOf(promise: Promise<unknown>): Promise<ChartlifeError> {
  const error: unknown = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!isChartlifeError(error)) throw error;
  expect(error.next).toMatch(/\.$/);
  return error;
}
