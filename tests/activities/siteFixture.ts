/** A site on the loopback that answers as a test says and keeps what it was asked; a fetcher and an archive for it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createFetchActivities, type FetchActivities } from '../../activities/fetch.ts';
import type { SourceKind } from '../../contracts/settings.ts';
import { openPageArchive, type PageArchive } from '../../data/archive/pageArchive.ts';
import { createHttpFetcher } from '../../sources/http.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface Site {
  readonly baseUrl: string;
  readonly pagesDir: string;
  readonly archive: PageArchive;
  /** Requests for pages, robots.txt left out. */
  readonly requests: IncomingMessage[];
  answer: Answer;
  activities(kind: SourceKind): FetchActivities;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/robots.txt') {
      response.writeHead(404).end();
      return;
    }
    requests.push(request);
    site.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const baseUrl = `http://127.0.0.1:${port}`;
  const pagesDir = await mkdtemp(path.join(os.tmpdir(), 'chartlife-pages-'));
  const archive = openPageArchive(pagesDir);
  const fetcher = createHttpFetcher({ allowedHosts: [`127.0.0.1:${port}`], minIntervalMs: 0, jitterMs: 0 });
  const site: Site = {
    ...{ baseUrl, pagesDir, archive, requests },
    answer: (_request, response) => response.writeHead(500).end(),
    activities: (kind) =>
      createFetchActivities({ fetcher, archive, source: { kind, baseUrl, contact: null }, jitterMs: 0 }),
    close: async () => {
      await fetcher.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(pagesDir, { recursive: true, force: true });
    },
  };
  return site;
}

/** Runs an activity as a worker would, as the attempt of that number. */
export function runActivity<Input, Output>(
  activity: (input: Input) => Promise<Output>,
  input: Input,
  attempt = 1,
): Promise<Output> {
  return new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') }).run(activity, input);
}
