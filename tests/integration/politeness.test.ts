/**
 * The pace towards kworb is kept by the server, over all workers together: two worker processes ask no faster than one.
 * The site is a stand-in on the loopback that has no page; the settings call it kworb, so the pace is kworb's own.
 *
 * Bounds are from below alone: a machine that is busy can only make it slower.
 */

import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseDate } from '../../contracts/dates.ts';
import type { Home } from '../../runtime/home.ts';
import { type Control, connectToHome } from '../../workers/control/control.ts';
import { type RunningSystem, startSystem } from '../../workers/system/startSystem.ts';
import { ensureDist, makeHome, START_TIMEOUT_MS } from './liveSystem.ts';
import { dailyCharts, NATIVE_CACHE, replicaSettings } from './replicaCharts.ts';

const REGIONS = ['us', 'gb', 'de', 'fr', 'jp', 'br'];

interface Asked {
  readonly path: string;
  readonly userAgent: string;
  readonly atMs: number;
}

const asked: Asked[] = [];
let site: Server;
let home: Home;
let system: RunningSystem;
let control: Control;

beforeAll(async () => {
  await ensureDist();
  site = createServer((request, response) => {
    asked.push({
      path: request.url ?? '',
      userAgent: request.headers['user-agent'] ?? '',
      atMs: performance.now(),
    });
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  home = await makeHome();
  system = await startSystem({
    home,
    settings: replicaSettings(dailyCharts(REGIONS), {
      source: {
        kind: 'kworb',
        baseUrl: `http://127.0.0.1:${(site.address() as AddressInfo).port}`,
        contact: 'me@example.org',
      },
      enrich: false,
    }),
    nativeCache: NATIVE_CACHE,
    env: process.env,
    numWorkers: 2,
  });
  control = await connectToHome(home, {});
}, START_TIMEOUT_MS);

afterAll(async () => {
  await control?.close();
  await system?.stop();
  await new Promise((resolve) => site.close(resolve));
  await rm(home.root, { recursive: true, force: true });
});

test(
  'two workers together ask for six pages in no less than five pauses of two seconds',
  async () => {
    expect(system.workerPids).toHaveLength(2);
    const run = await control.startRefresh('daily', parseDate('2026-03-05'));
    // The site has none of the pages: every chart is reported, and the night says so.
    await expect(control.awaitRefresh(run)).rejects.toMatchObject({ type: 'PageNotFound' });
    const pages = asked.filter(({ path }) => path !== '/robots.txt');
    expect(pages.map(({ path }) => path).sort()).toEqual(
      REGIONS.map((region) => `/spotify/country/${region}_daily.html`).sort(),
    );
    const spanMs = pages.at(-1)!.atMs - pages[0]!.atMs;
    expect(spanMs).toBeGreaterThan((REGIONS.length - 1) * 2_000);
  },
  START_TIMEOUT_MS,
);

test('robots.txt is asked for before any page, and everyone is told who asks', () => {
  expect(asked[0]?.path).toBe('/robots.txt');
  for (const { userAgent } of asked) expect(userAgent).toContain('me@example.org');
});
