/** Lakes in temporary folders, and pages to commit to them. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ChartKind } from '../../contracts/charts.ts';
import { parseDate } from '../../contracts/dates.ts';
import { type ArtistId, parseArtistId, parseTrackId, type TrackId } from '../../contracts/ids.ts';
import type { PageProvenance } from '../../contracts/lake.ts';
import type { ArtistCredit, ChartPage, ChartRow } from '../../contracts/pages.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { openLake } from '../../data/lake/openLake.ts';
import type { Lake, LakeLocation } from '../../data/lake/types.ts';
import type { PlainRow } from '../../data/lake/values.ts';
import { sha256Hex } from '../../runtime/files.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../runtime/nativeParts.ts';

export const EXTENSIONS_DIR: string = nativeCacheAt(nativeCacheRoot(process.env)).duckdbExtensionsDir;

export function locationIn(folder: string): LakeLocation {
  return {
    catalogPath: path.join(folder, 'lake', 'catalog.sqlite'),
    dataDir: path.join(folder, 'lake', 'data'),
    extensionsDir: EXTENSIONS_DIR,
  };
}

export function makeFolder(): Promise<string> {
  return mkdtemp(path.join(os.tmpdir(), 'chartlife-lake-'));
}

let template: Promise<string> | null = null;

/** An empty lake of the newest schema: made once per test file, copied for each test. */
async function emptyLakeFolder(): Promise<string> {
  template ??= (async () => {
    const folder = await makeFolder();
    await (await openLake(locationIn(folder), { mode: 'write' })).close();
    process.on('exit', () => void rm(folder, { recursive: true, force: true }));
    return folder;
  })();
  return template;
}

export interface LakeHome {
  readonly folder: string;
  readonly location: LakeLocation;
  readonly lake: Lake;
  remove(): Promise<void>;
}

/** A new empty lake, open to write. */
export async function makeLake(): Promise<LakeHome> {
  const source = await emptyLakeFolder();
  const folder = await makeFolder();
  await cp(source, folder, { recursive: true });
  const location = locationIn(folder);
  const lake = await openLake(location, { mode: 'write' });
  return {
    folder,
    location,
    lake,
    remove: async () => {
      await lake.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Rows as the lake's own code reads them: a look behind the API, for tests alone. */
export async function rowsOf(lake: Lake, sql: string): Promise<PlainRow[]> {
  return (await lake.transaction({ author: 'test', text: 'look' }, (transaction) => transaction.rows(sql))).value;
}

/** Runs statements that change the lake behind its API: for lakes that break a rule. */
export async function execute(lake: Lake, ...statements: readonly string[]): Promise<void> {
  await lake.transaction({ author: 'test', text: 'set up' }, async (transaction) => {
    for (const sql of statements) await transaction.run(sql);
  });
}

/** A track id made of a word: 22 letters and digits. */
export function trackIdOf(word: string): TrackId {
  return parseTrackId(word.padEnd(22, '0'));
}

export function artistIdOf(word: string): ArtistId {
  return parseArtistId(word.padEnd(22, '0'));
}

export function artistOf(word: string): ArtistCredit {
  return { id: artistIdOf(word), name: word };
}

/** A row with everything filled; `overrides` says what matters to the test. */
export function rowOf(rank: number, overrides: Partial<ChartRow> = {}): ChartRow {
  return {
    rank,
    movement: 0,
    trackId: trackIdOf(`track${rank}x`),
    title: `Title ${rank}`,
    artists: [artistOf(`artist${rank}x`)],
    featured: [],
    periodsOnChart: 10,
    peakRank: rank,
    timesAtPeak: null,
    streams: 1_000_000 - 1_000 * rank,
    streamsChange: -5,
    sevenDay: 7_000_000,
    sevenDayChange: 12,
    total: 90_000_000,
    ...overrides,
  };
}

/** The rows of a chart with these tracks, from rank 1 on. */
export function rowsOfTracks(words: readonly string[], overrides: Partial<ChartRow> = {}): ChartRow[] {
  return words.map((word, index) =>
    rowOf(index + 1, { trackId: trackIdOf(word), title: word, artists: [artistOf(`by${word}`)], ...overrides }),
  );
}

export interface PageOptions {
  readonly kind?: ChartKind;
  readonly region?: string;
  readonly date?: string;
  readonly rows?: readonly ChartRow[];
}

export function pageOf(options: PageOptions = {}): ChartPage {
  return {
    kind: options.kind ?? 'daily',
    region: parseRegion(options.region ?? 'us'),
    chartDate: parseDate(options.date ?? '2026-07-16'),
    rows: options.rows ?? Array.from({ length: 5 }, (_, index) => rowOf(index + 1)),
  };
}

/** Of a page's own bytes unless said otherwise: another page has another hash. */
export function provenanceOf(page: ChartPage, overrides: Partial<PageProvenance> = {}): PageProvenance {
  return {
    url: `https://kworb.net/spotify/country/${page.region}_${page.kind}.html`,
    pageKind: page.kind,
    fetchedAt: `${page.chartDate}T05:00:00.000Z`,
    httpStatus: 200,
    etag: '"v1"',
    sha256: sha256Hex(JSON.stringify(page)),
    parserVersion: '1',
    ...overrides,
  };
}

/** Commits a page as it would come from kworb. */
export function commit(lake: Lake, page: ChartPage, overrides: Partial<PageProvenance> = {}) {
  return lake.commitChart(page, provenanceOf(page, overrides));
}
