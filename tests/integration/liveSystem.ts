/** A whole system for a test: supervisor, Temporal server, worker process, replica over HTTP, a home of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ChartHistory } from '../../contracts/chartHistory.ts';
import type { Chart } from '../../contracts/charts.ts';
import { type CalendarDate, dateRange, parseDate } from '../../contracts/dates.ts';
import type { TrackId } from '../../contracts/ids.ts';
import type { RefreshResult } from '../../contracts/payloads.ts';
import type { Settings } from '../../contracts/settings.ts';
import type { TrackFacts } from '../../contracts/trackFacts.ts';
import { openLake } from '../../data/lake/openLake.ts';
import type { Lake } from '../../data/lake/types.ts';
import { type PlainValue, toPlain } from '../../data/lake/values.ts';
import { type Home, homeAt } from '../../runtime/home.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { ensureBuilt } from '../../setup/build.mjs';
import { Report } from '../../setup/report.mjs';
import type { Replica } from '../../sources/replica/replica.ts';
import { createReplica } from '../../sources/replica/server.ts';
import { type Control, connectToHome } from '../../workers/control/control.ts';
import { type RunningSystem, startSystem } from '../../workers/system/startSystem.ts';
import { NATIVE_CACHE, replicaSettings } from './replicaCharts.ts';

/** Set-up of a file's system, on a machine that does other things too. */
export const START_TIMEOUT_MS = 120_000;

export interface LiveSystem {
  readonly home: Home;
  readonly replica: Replica;
  readonly system: RunningSystem;
  readonly control: Control;
  readonly settings: Settings;
  /** Ends everything and removes the home. */
  remove(): Promise<void>;
}

export interface LiveSystemOptions {
  /** One that is there already; else a new one. */
  readonly home?: Home;
  readonly histories: readonly ChartHistory[];
  readonly charts: readonly Chart[];
  readonly settings?: Partial<Settings>;
  readonly numWorkers?: number;
  /** With them the replica serves embed pages and synthetic previews. */
  readonly trackFacts?: ReadonlyMap<TrackId, TrackFacts>;
}

export async function makeHome(): Promise<Home> {
  return homeAt(await mkdtemp(path.join(os.tmpdir(), 'chartlife-system-')));
}

/** What `npm run build` makes, from the sources as they are now. */
export function ensureDist(): Promise<void> {
  return ensureBuilt(PROJECT_ROOT, new Report(process.stderr, 'build'));
}

export async function startLiveSystem(options: LiveSystemOptions): Promise<LiveSystem> {
  await ensureDist();
  const { histories, trackFacts, home = await makeHome() } = options;
  const replica = createReplica({ histories, ...(trackFacts === undefined ? {} : { trackFacts }) });
  const system = await startSystem({
    home,
    settings: replicaSettings(options.charts, options.settings),
    nativeCache: NATIVE_CACHE,
    env: process.env,
    replica,
    ...(options.numWorkers === undefined ? {} : { numWorkers: options.numWorkers }),
  });
  const control = await connectToHome(home, {});
  await control.applySchedules(system.settings, { pausedBecause: 'the nights of a test are all past' });
  return {
    ...{ home, replica, system, control },
    settings: system.settings,
    remove: async () => {
      await control.close();
      await system.stop();
      await rm(home.root, { recursive: true, force: true });
    },
  };
}

export function nightsFrom(first: string, last: string): CalendarDate[] {
  return dateRange(parseDate(first), parseDate(last));
}

/** Has the schedule live through nights; each of them must complete. */
export async function liveThrough(live: LiveSystem, nights: readonly CalendarDate[]): Promise<RefreshResult[]> {
  const awaited = await live.control.backfillSchedule(live.settings, 'daily', nights);
  const results: RefreshResult[] = [];
  for await (const night of live.control.awaitNights(awaited)) {
    if (night.outcome === 'failed') throw new Error(`${night.nominalDate}: ${JSON.stringify(night.failure)}`);
    results.push(night.result);
  }
  return results;
}

/** One refresh as a person asks for it. */
export async function refreshNow(live: LiveSystem, nominalDate: string): Promise<RefreshResult> {
  return live.control.awaitRefresh(await live.control.startRefresh('daily', parseDate(nominalDate)));
}

export async function withLakeOf<T>(home: Home, work: (lake: Lake) => Promise<T>): Promise<T> {
  const lake = await openLake(
    { catalogPath: home.catalogPath, dataDir: home.lakeDataDir, extensionsDir: NATIVE_CACHE.duckdbExtensionsDir },
    { mode: 'read' },
  );
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
}

/** All rows of a query on the home's lake, each as a list of values. */
export function rowsOf(home: Home, sql: string): Promise<PlainValue[][]> {
  return withLakeOf(home, async (lake) => {
    const { batches } = await lake.query(sql);
    const rows: PlainValue[][] = [];
    for await (const { numRows, columns } of batches) {
      for (let row = 0; row < numRows; row++) rows.push(columns.map((column) => toPlain(column[row] ?? null)));
    }
    return rows;
  });
}

/** What nights leave behind, but for times and the order of snapshots: equal for equal nights. */
export async function tablesOf(home: Home): Promise<Readonly<Record<string, PlainValue[][]>>> {
  return {
    chart_entry: await rowsOf(home, 'SELECT * FROM chart_entry ORDER BY chart_kind, region, chart_date, rank'),
    track: await rowsOf(home, 'SELECT * FROM track ORDER BY track_id'),
    artist: await rowsOf(home, 'SELECT * FROM artist ORDER BY artist_id'),
    track_week: await rowsOf(home, 'SELECT * FROM track_week ORDER BY track_id, region, week_end'),
    check_result: await rowsOf(
      home,
      'SELECT * EXCLUDE (checked_at) FROM check_result ORDER BY chart_kind, region, chart_date, name',
    ),
  };
}

/** The newest snapshot's number. */
export async function newestSnapshotId(home: Home): Promise<number> {
  return withLakeOf(home, async (lake) => (await lake.snapshots()).at(-1)?.snapshotId ?? 0);
}

/** A process of this machine that still runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits for something that is on its way. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 30_000,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
