/**
 * A night of 76 charts of 200 rows into the lake, one transaction each, night after night with maintenance in between,
 * beside DuckDB's own Python client that only inserts the rows: no checks, no names, no page, no look at the day before.
 * Both keep a lake of their own and work in turn.
 *
 * `commits [NIGHTS]`: 27 nights are 2,052 commits. The rows are the sample's US charts; their regions and dates are made
 * up. `commits cold`: each night begins with a lake just opened, which remembers nothing of the night before.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ChartHistory } from '../contracts/chartHistory.ts';
import { addDays, parseDate } from '../contracts/dates.ts';
import type { ChartPage, ChartRow } from '../contracts/pages.ts';
import { parseRegion, REGION_NAMES } from '../contracts/regions.ts';
import { openLake } from '../data/lake/openLake.ts';
import type { Lake, LakeLocation } from '../data/lake/types.ts';
import { loadSample } from '../data/sample/loadSample.ts';
import { sha256Hex } from '../runtime/files.ts';
import { homeAt } from '../runtime/home.ts';
import { nativeCacheAt, nativeCacheRoot } from '../runtime/nativeParts.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { PythonPeer, pythonWith } from './lib/python.ts';
import type { Seconds } from './lib/rounds.ts';
import { formatSpread, median } from './lib/spread.ts';

const NUM_CHARTS = 76;
const FIRST_DATE = parseDate('2024-01-01');
const KEEP_SNAPSHOT_DAYS = 30;
const EXTENSIONS_DIR = nativeCacheAt(nativeCacheRoot(process.env)).duckdbExtensionsDir;
const REGIONS = Object.keys(REGION_NAMES).slice(0, NUM_CHARTS);

function locationIn(folder: string): LakeLocation {
  const { catalogPath, lakeDataDir } = homeAt(folder);
  return { catalogPath, dataDir: lakeDataDir, extensionsDir: EXTENSIONS_DIR };
}

/** One of the sample's days as that night's page of a region. */
function pageOf(history: ChartHistory, region: string, place: number, night: number): ChartPage {
  const index = (night + 7 * place) % history.dates.length;
  const start = history.rowStarts[index] ?? 0;
  const end = history.rowStarts[index + 1] ?? start;
  const rows = Array.from({ length: end - start }, (_, offset): ChartRow => {
    const track = history.tracks[history.trackIndexes[start + offset] ?? 0];
    if (track === undefined) throw new Error('the sample names a track it does not have');
    const streams = history.streams[start + offset] ?? 0;
    return {
      rank: offset + 1,
      movement: offset % 40 === 0 ? 'new' : 3,
      trackId: track.id,
      title: track.title ?? track.id,
      artists: track.artist === null ? [] : [track.artist],
      featured: [],
      periodsOnChart: 5,
      peakRank: 3,
      timesAtPeak: 2,
      streams,
      streamsChange: -5,
      sevenDay: 7 * streams,
      sevenDayChange: 55,
      total: 100 * streams + 1_000_000 * night,
    };
  });
  return { kind: 'daily', region: parseRegion(region), chartDate: addDays(FIRST_DATE, night), rows };
}

async function commitNight(lake: Lake, pages: readonly ChartPage[]): Promise<Seconds> {
  const startCpu = process.cpuUsage();
  const startMs = performance.now();
  for (const page of pages) {
    const { outcome } = await lake.commitChart(page, {
      url: `https://kworb.net/spotify/country/${page.region}_daily.html`,
      pageKind: page.kind,
      fetchedAt: `${addDays(page.chartDate, 2)}T03:00:00.000Z`,
      httpStatus: 200,
      etag: null,
      sha256: sha256Hex(`${page.region} ${page.chartDate}`),
      parserVersion: 'bench',
    });
    if (outcome !== 'committed') throw new Error(`${page.region} ${page.chartDate} was ${outcome}`);
  }
  const { user, system } = process.cpuUsage(startCpu);
  return { wall: (performance.now() - startMs) / 1000, cpu: (user + system) / 1e6 };
}

function inWords(name: string, { wall, cpu }: Seconds): string {
  const perChart = (seconds: number): string => ((1000 * seconds) / NUM_CHARTS).toFixed(0);
  return `${name} ${wall.toFixed(2)} s (${perChart(wall)} ms a chart, ${perChart(cpu)} of processor)`;
}

async function startPeer(folder: string): Promise<PythonPeer | null> {
  const python = await pythonWith(['duckdb==1.5.5']);
  if (python === null) return null;
  const peer = new PythonPeer(python, path.join(PROJECT_ROOT, 'bench', 'commits_duckdb.py'));
  const sample = path.join(PROJECT_ROOT, 'data', 'sample', 'us_daily_2017_2019.parquet');
  await peer.ask(['open', path.join(folder, 'plain'), EXTENSIONS_DIR, sample].join('\t'));
  return peer;
}

async function run(folder: string, numNights: number, isCold: boolean): Promise<void> {
  const history = await loadSample();
  const peer = await startPeer(folder);
  const open = (): Promise<Lake> => openLake(locationIn(folder), { mode: 'write' });
  let lake = await open();
  const ours: Seconds[] = [];
  const theirs: Seconds[] = [];
  for (let night = 0; night < numNights; night++) {
    if (isCold) {
      await lake.close();
      lake = await open();
    }
    const pages = REGIONS.map((region, place) => pageOf(history, region, place, night));
    ours.push(await commitNight(lake, pages));
    const startMs = performance.now();
    await lake.maintain({ keepSnapshotDays: KEEP_SNAPSHOT_DAYS });
    const maintenance = ((performance.now() - startMs) / 1000).toFixed(1);
    if (peer !== null) {
      const answer = await peer.ask(['night', addDays(FIRST_DATE, night), ...REGIONS].join('\t'));
      const [wall = Number.NaN, cpu = Number.NaN] = answer.split(' ').map(Number);
      theirs.push({ wall, cpu });
    }
    const [own, plain] = [ours[night], theirs[night]];
    if (own === undefined) throw new Error('a night has no times');
    const beside = plain === undefined ? '' : `; ${inWords('plain INSERT', plain)}`;
    console.log(`night ${night + 1}: ${inWords('chartlife', own)}, maintenance ${maintenance} s${beside}`);
  }
  const { length: numSnapshots } = await lake.snapshots();
  await lake.close();
  peer?.close();
  summarise(ours, theirs, numSnapshots);
}

function summarise(ours: readonly Seconds[], theirs: readonly Seconds[], numSnapshots: number): void {
  const nights = `a night of ${NUM_CHARTS} charts`;
  console.log(
    `${numSnapshots} snapshots; ${nights} takes ${formatSpread(
      ours.map(({ wall }) => wall),
      2,
    )} s`,
  );
  for (const of of theirs.length > 0 ? (['wall', 'cpu'] as const) : []) {
    const ratios = ours.map((seconds, night) => seconds[of] / (theirs[night]?.[of] ?? Number.NaN));
    console.log(`chartlife / plain INSERT, ${of === 'wall' ? 'seconds' : 'processor'}: ${formatSpread(ratios, 2)}`);
  }
  const share = Math.max(1, Math.floor(ours.length / 4));
  const cpuOf = (some: readonly Seconds[]): number => median(some.map(({ cpu }) => cpu));
  const growth = cpuOf(ours.slice(-share)) / cpuOf(ours.slice(0, share));
  console.log(`processor time, the last ${share} nights over the first ${share}: ${growth.toFixed(2)}`);
}

const args = process.argv.slice(2);
const numNights = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 6);
const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-bench-'));
try {
  await run(folder, numNights, args.includes('cold'));
} finally {
  await rm(folder, { recursive: true, force: true });
}
