/**
 * The views over the whole sample (214,400 rows), beside DuckDB's own Python client: the same lake, the same SQL, the
 * same number of threads, in turn. All rows are read into the language, here as columns, there as tuples.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { importCharts } from '../data/import/importCharts.ts';
import { readFileHead } from '../data/import/readHead.ts';
import { openLake } from '../data/lake/openLake.ts';
import type { Lake } from '../data/lake/types.ts';
import { homeAt } from '../runtime/home.ts';
import { nativeCacheAt, nativeCacheRoot } from '../runtime/nativeParts.ts';
import { PROJECT_ROOT } from '../runtime/projectRoot.ts';
import { prepareImport } from '../sources/imports/prepareImport.ts';
import { PythonPeer, pythonWith } from './lib/python.ts';
import { type Contestant, inTurn, medianMs, ours, ratios } from './lib/rounds.ts';
import { formatSpread } from './lib/spread.ts';

const SAMPLE = path.join(PROJECT_ROOT, 'data', 'sample', 'us_daily_2017_2019.parquet');
const SAMPLE_TRACKS = path.join(PROJECT_ROOT, 'data', 'sample', 'us_tracks.parquet');
const EXTENSIONS_DIR = nativeCacheAt(nativeCacheRoot(process.env)).duckdbExtensionsDir;
const NUM_ROUNDS = 11;
const OURS = 'chartlife';
const THEIRS = 'Python client';

/** Half a million rows of `trajectory` would compare lists, not views: there the answer is sums. */
const QUERIES: Readonly<Record<string, string>> = {
  popularity_metric: 'FROM popularity_metric',
  trajectory: 'SELECT count(*), sum(streams), sum(cut_streams_upper_bound), sum(num_days_observed) FROM trajectory',
  new_entry: 'FROM new_entry',
  chart_cut: 'FROM chart_cut',
  artist_as_of: 'SELECT count(*), sum(num_tracks), sum(streams) FROM artist_as_of',
  freshness: 'FROM freshness',
};

async function numRowsOf(lake: Lake, sql: string): Promise<number> {
  let numRows = 0;
  const { batches } = await lake.query(sql);
  for await (const batch of batches) numRows += batch.numRows;
  return numRows;
}

async function startPeer(catalogPath: string): Promise<PythonPeer | null> {
  const python = await pythonWith(['duckdb==1.5.5']);
  if (python === null) return null;
  const peer = new PythonPeer(python, path.join(PROJECT_ROOT, 'bench', 'metrics_duckdb.py'));
  await peer.ask(['open', catalogPath, EXTENSIONS_DIR, os.availableParallelism()].join('\t'));
  return peer;
}

async function compare(lake: Lake, peer: PythonPeer | null, view: string, sql: string): Promise<void> {
  const contestants: Record<string, Contestant> = { [OURS]: ours(() => numRowsOf(lake, sql)) };
  if (peer !== null) {
    const [theirs, here] = [await peer.ask(['count', sql].join('\t')), String(await numRowsOf(lake, sql))];
    if (theirs !== here) throw new Error(`${view}: ${here} rows here, ${theirs} there`);
    contestants[THEIRS] = async (numTimes) => {
      const answer = await peer.ask(['time', numTimes, sql].join('\t'));
      const [wall = Number.NaN, cpu = Number.NaN] = answer.split(' ').map(Number);
      return { wall, cpu };
    };
  }
  const times = await inTurn(contestants, NUM_ROUNDS, 1);
  const [here, there] = [times.get(OURS) ?? [], times.get(THEIRS) ?? []];
  const inMs = (name: string, rounds: typeof here): string =>
    `${name} ${medianMs(rounds, 'wall').padStart(8)} ms (${medianMs(rounds, 'cpu').padStart(8)} of processor)`;
  const beside =
    there.length === 0 ? '' : `, ${inMs(THEIRS, there)}, ratio ${formatSpread(ratios(here, there, 'wall'), 2)}`;
  console.log(`  ${view.padEnd(18)}${inMs(OURS, here)}${beside}`);
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-bench-'));
try {
  const { catalogPath, lakeDataDir } = homeAt(folder);
  const lake = await openLake({ catalogPath, dataDir: lakeDataDir, extensionsDir: EXTENSIONS_DIR }, { mode: 'write' });
  await importCharts(lake, await prepareImport([SAMPLE], { tracksPath: SAMPLE_TRACKS }, readFileHead));
  const peer = await startPeer(catalogPath);
  console.log(`the sample's 214,400 rows; medians of ${NUM_ROUNDS} rounds`);
  for (const [view, sql] of Object.entries(QUERIES)) await compare(lake, peer, view, sql);
  peer?.close();
  await lake.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
