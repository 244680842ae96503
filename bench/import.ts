/**
 * The sample's 214,400 rows into an empty lake, from Parquet and from CSV, beside pandas with the same checks and
 * DuckDB's plain COPY with none: in turn, in one run, after a look that all keep the same rows.
 *
 * `synthetic MILLIONS` instead: so many million invented rows of the Kaggle dump's form, for speed and memory.
 */
import { createWriteStream } from 'node:fs';
import { cp, mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { REGION_NAMES } from '../contracts/regions.ts';
import { importCharts } from '../data/import/importCharts.ts';
import { readFileHead } from '../data/import/readHead.ts';
import { openLake } from '../data/lake/openLake.ts';
import type { LakeLocation } from '../data/lake/types.ts';
import { homeAt } from '../runtime/home.ts';
import { nativeCacheAt, nativeCacheRoot } from '../runtime/nativeParts.ts';
import { formatCount } from '../runtime/progress.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { prepareImport } from '../sources/imports/prepareImport.ts';
import { PythonPeer, pythonWith } from './lib/python.ts';
import { type Contestant, inTurn, medianMs, ratios, type Seconds } from './lib/rounds.ts';
import { formatSpread, median } from './lib/spread.ts';

const SAMPLE = path.join(PROJECT_ROOT, 'data', 'sample', 'us_daily_2017_2019.parquet');
const SAMPLE_TRACKS = path.join(PROJECT_ROOT, 'data', 'sample', 'us_tracks.parquet');
const SAMPLE_ROWS = 214_400;
const REQUIREMENTS = ['pandas==2.3.3', 'pyarrow==22.0.0', 'duckdb==1.5.5'];
const NUM_ROUNDS = 7;
const OURS = 'chartlife';

function locationIn(folder: string): LakeLocation {
  const { catalogPath, lakeDataDir } = homeAt(folder);
  const { duckdbExtensionsDir } = nativeCacheAt(nativeCacheRoot(process.env));
  return { catalogPath, dataDir: lakeDataDir, extensionsDir: duckdbExtensionsDir };
}

/** From the files to the closed lake: reading, checks, the transaction. The empty lake is there before. */
function chartlife(empty: string, folder: string, files: readonly string[]): Contestant {
  return async (numTimes) => {
    let wall = 0;
    let cpu = 0;
    for (let time = 0; time < numTimes; time++) {
      await rm(folder, { recursive: true, force: true });
      await cp(empty, folder, { recursive: true });
      const startCpu = process.cpuUsage();
      const startMs = performance.now();
      const lake = await openLake(locationIn(folder), { mode: 'write' });
      const plan = await prepareImport(files, { tracksPath: SAMPLE_TRACKS }, readFileHead);
      const { numRowsWritten } = await importCharts(lake, plan);
      await lake.close();
      wall += (performance.now() - startMs) / 1_000;
      const { user, system } = process.cpuUsage(startCpu);
      cpu += (user + system) / 1e6;
      if (numRowsWritten !== SAMPLE_ROWS) throw new Error(`${numRowsWritten} rows were written, not ${SAMPLE_ROWS}`);
    }
    return { wall, cpu };
  };
}

function python(peer: PythonPeer, name: string, source: string, folder: string): Contestant {
  return async (numTimes) => {
    const answer = await peer.ask(['time', name, numTimes, source, folder].join('\t'));
    const [wall = Number.NaN, cpu = Number.NaN] = answer.split(' ').map(Number);
    return { wall, cpu };
  };
}

function describe(name: string, rounds: readonly Seconds[], ourRounds: readonly Seconds[]): void {
  const rowsPerSecond = formatCount(Math.round(SAMPLE_ROWS / median(rounds.map(({ wall }) => wall))));
  const times = `${medianMs(rounds, 'wall').padStart(8)} ms, ${medianMs(rounds, 'cpu').padStart(8)} ms of processor`;
  const wall = formatSpread(ratios(ourRounds, rounds, 'wall'), 2);
  console.log(`  ${name.padEnd(26)}${times}  ${rowsPerSecond.padStart(9)} rows/s   ours / this: ${wall}`);
}

async function besidePeers(folder: string): Promise<void> {
  const empty = path.join(folder, 'empty');
  await (await openLake(locationIn(empty), { mode: 'write' })).close();
  const interpreter = await pythonWith(REQUIREMENTS);
  const peer =
    interpreter === null ? null : new PythonPeer(interpreter, path.join(PROJECT_ROOT, 'bench', 'import_peers.py'));
  const csv = path.join(folder, 'sample.csv');
  await peer?.ask(['csv', SAMPLE, csv].join('\t'));
  for (const source of peer === null ? [SAMPLE] : [SAMPLE, csv]) {
    const contestants: Record<string, Contestant> = { [OURS]: chartlife(empty, path.join(folder, 'lake'), [source]) };
    for (const name of peer === null ? [] : ['pandas', 'duckdb']) {
      const figures = await peer!.ask(['check', name, source].join('\t'));
      if (!figures.startsWith(`${SAMPLE_ROWS} 0 `)) throw new Error(`${name} makes something else of it: ${figures}`);
      const title = name === 'pandas' ? 'pandas, the same checks' : 'DuckDB COPY, no checks';
      contestants[title] = python(peer!, name, source, path.join(folder, name));
    }
    const times = await inTurn(contestants, NUM_ROUNDS, 1);
    const { size } = await stat(source);
    console.log(
      `${formatCount(SAMPLE_ROWS)} rows from ${path.extname(source).slice(1)}, ${(size / 1e6).toFixed(1)} MB; medians of ${NUM_ROUNDS}`,
    );
    for (const [name, rounds] of times) describe(name, rounds, times.get(OURS) ?? []);
  }
  peer?.close();
}

/** Days of all regions, top 200 and viral 50 of each, in the columns of the Kaggle dump. All of it is invented. */
function* syntheticDays(numDays: number): Generator<string> {
  yield 'title,rank,date,artist,url,region,chart,trend,streams\n';
  const names = Object.values(REGION_NAMES);
  for (let day = 0; day < numDays; day++) {
    const date = new Date(Date.UTC(2017, 0, 1 + day)).toISOString().slice(0, 10);
    const month = Math.floor(day / 30);
    const lines: string[] = [];
    for (const [chart, depth] of [
      ['top200', 200],
      ['viral50', 50],
    ] as const) {
      for (const [place, region] of names.entries()) {
        for (let rank = 1; rank <= depth; rank++) {
          const song = (rank * 31 + place * 977 + month * 131) % 50_000;
          const id = `synthetic${String(song).padStart(13, '0')}`;
          const streams = chart === 'top200' ? String(Math.round(1e6 / rank)) : '';
          lines.push(
            `"Song ""${song}"", synthetic",${rank},${date},"Artist ${song % 5_000}, Another",https://open.spotify.com/track/${id},${region},${chart},SAME_POSITION,${streams}\n`,
          );
        }
      }
    }
    yield lines.join('');
  }
}

async function synthetic(folder: string, numMillions: number): Promise<void> {
  const file = path.join(folder, 'charts.csv');
  const numRowsPerDay = Object.keys(REGION_NAMES).length * 250;
  await pipeline(syntheticDays(Math.ceil((numMillions * 1e6) / numRowsPerDay)), createWriteStream(file));
  const { size } = await stat(file);
  const idle = process.resourceUsage().maxRSS / 1024;
  const lake = await openLake(locationIn(path.join(folder, 'home')), { mode: 'write' });
  const summary = await importCharts(lake, await prepareImport([file], {}, readFileHead));
  await lake.close();
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(
    `${formatCount(summary.numRowsRead)} synthetic rows, ${(size / 1e6).toFixed(0)} MB of CSV: ${summary.seconds.toFixed(1)} s, ` +
      `${formatCount(Math.round(summary.rowsPerSecond))} rows/s; ${formatCount(summary.numRowsWritten)} written; ` +
      `peak memory ${peak.toFixed(0)} MiB (${idle.toFixed(0)} before)`,
  );
}

const [mode, numMillions] = process.argv.slice(2);
const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-bench-'));
try {
  if (mode === 'synthetic') await synthetic(folder, Number(numMillions ?? 5));
  else await besidePeers(folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}
