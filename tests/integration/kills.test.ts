/**
 * Processes killed for real in the middle of nights: a worker, then the server, by SIGKILL. The nights complete, and
 * what they leave in the lake equals what nights that nobody disturbed leave. Not a word on how long it takes.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseDate } from '../../contracts/dates.ts';
import type { PlainValue } from '../../data/lake/values.ts';
import {
  isAlive,
  type LiveSystem,
  liveThrough,
  nightsFrom,
  rowsOf,
  START_TIMEOUT_MS,
  startLiveSystem,
  tablesOf,
  until,
} from './liveSystem.ts';
import { dailyCharts, syntheticHistories } from './replicaCharts.ts';

const REGIONS = ['us', 'gb', 'de', 'jp'];
const NIGHTS = nightsFrom('2026-03-05', '2026-03-08');
const NUM_CHART_DATES = REGIONS.length * NIGHTS.length;

let undisturbed: Readonly<Record<string, PlainValue[][]>>;
let live: LiveSystem;

async function start(): Promise<LiveSystem> {
  return startLiveSystem({
    histories: syntheticHistories(REGIONS, '2026-02-20', 20),
    charts: dailyCharts(REGIONS),
  });
}

beforeAll(async () => {
  live = await start();
  await liveThrough(live, NIGHTS);
  undisturbed = await tablesOf(live.home);
  await live.remove();
  live = await start();
}, START_TIMEOUT_MS);

afterAll(() => live?.remove());

/** How many pages a night has asked the replica for: some of them, and it is in the middle. */
const numRequestsOn = (night: string): number =>
  live.replica.requests().latest.filter(({ today, path }) => today === night && path.endsWith('.html')).length;

test('kill -9 of a worker, then of the server, each in the middle of a night: the same tables as undisturbed', async () => {
  const nights = liveThrough(live, NIGHTS);

  await until(() => numRequestsOn(NIGHTS[1]!) > 2, 'the second night is under way', 60_000);
  const [workerPid] = live.system.workerPids;
  process.kill(workerPid!, 'SIGKILL');
  await until(() => !isAlive(workerPid!), 'the worker is dead');
  await until(() => live.system.workerPids.some((pid) => pid !== workerPid), 'another worker is up');

  // The last night: a schedule takes a minute to find again, after its server was killed, what it was waiting for.
  await until(() => numRequestsOn(NIGHTS.at(-1)!) > 2, 'the last night is under way', 60_000);
  const serverPid = live.system.temporalPid!;
  process.kill(serverPid, 'SIGKILL');
  await until(() => live.system.temporalPid !== null && live.system.temporalPid !== serverPid, 'the server is back');

  const results = await nights;
  expect(results.map(({ nominalDate }) => nominalDate)).toEqual(NIGHTS);
  for (const { outcomes, notes } of results) {
    expect(outcomes).toMatchObject({ quarantined: 0, failed: 0 });
    expect(notes).toEqual([]);
  }
  const disturbed = await tablesOf(live.home);
  for (const [table, rows] of Object.entries(undisturbed)) {
    expect(rows.length, table).toBeGreaterThan(0);
    expect(disturbed[table], table).toEqual(rows);
  }
}, 120_000);

test('every chart date is there, and each (date, region, rank) once', async () => {
  const [counts] = await rowsOf(
    live.home,
    `SELECT count(DISTINCT (region, chart_date)), count(*) = count(DISTINCT (chart_date, region, rank)) FROM chart_entry`,
  );
  expect(counts).toEqual([NUM_CHART_DATES, true]);
});

test('SIGTERM with a request in flight: the worker drains and ends by itself, and the night goes on in the next one', async () => {
  live.replica.setFaults({ rateSlow: 1, slowMs: 600_000 });
  live.replica.clearRequests();
  const run = await live.control.startRefresh('daily', parseDate('2026-03-09'));
  await until(() => live.replica.requests().maxOpen > 0, 'a request is in flight');
  const [workerPid] = live.system.workerPids;
  process.kill(workerPid!, 'SIGTERM');
  // Far less than the request would take, and than a supervisor's own patience.
  await until(() => !isAlive(workerPid!), 'the worker has drained', 60_000);
  const log = (await readFile(path.join(live.home.logsDir, 'worker.log'), 'utf8'))
    .split('\n')
    .filter((line) => line.includes(`"pid":${workerPid}`));
  expect(log.some((line) => line.includes('"draining"'))).toBe(true);
  expect(log.at(-1)).toContain('"worker ended"');

  live.replica.setFaults({});
  expect(await live.control.awaitRefresh(run)).toMatchObject({ outcomes: { committed: REGIONS.length, failed: 0 } });
}, 120_000);
