/**
 * Invented charts: for tests that need more regions than the sample has, or rows odder than its own. Every id begins
 * with "synthetic" and the origin says so too: they can't be taken for real ones wherever they end up.
 */
import { createHash } from 'node:crypto';
import type { ChartHistory, HistoryTrack } from '../../contracts/chartHistory.ts';
import { CHART_DEPTH } from '../../contracts/charts.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { addDays } from '../../contracts/dates.ts';
import { parseArtistId, parseTrackId } from '../../contracts/ids.ts';
import type { ArtistCredit } from '../../contracts/pages.ts';
import type { Region } from '../../contracts/regions.ts';

export interface SyntheticOptions {
  readonly seed: number;
  readonly firstDate: CalendarDate;
  readonly numDays: number;
  /** Ranks per day. Default 200. */
  readonly depth?: number;
}

const ID_PREFIX = 'synthetic';
const ID_LENGTH = 22;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** New tracks of a day, per rank of the chart. */
const DEBUTS_PER_RANK = 0.05;
const LONGEST_LIFE_DAYS = 50;
const TOP_STREAMS = 2_000_000;

/** Names with the marks that break careless parsers, as kworb's own pages have them. */
const ODD_TITLES = [
  'gimme luv <3',
  'V&V',
  'Song - Remix',
  '打上花火',
  'a, b (with c)',
  'u + me = <3',
  'AT&T; - "live"',
];

/**
 * Daily charts of each region. They share their tracks, not their numbers. The same seed gives the same charts, to the
 * last number.
 */
export function makeSyntheticHistories(regions: readonly Region[], options: SyntheticOptions): ChartHistory[] {
  const { seed, firstDate, numDays, depth = CHART_DEPTH } = options;
  const debutsPerDay = Math.max(1, Math.ceil(depth * DEBUTS_PER_RANK));
  // Charts start full: the tracks of a whole life's days have debuted before the first.
  const numTracks = (numDays + LONGEST_LIFE_DAYS) * debutsPerDay;
  const tracks = Array.from({ length: numTracks }, (_, number) => makeTrack(seed, number));
  const dates = Array.from({ length: numDays }, (_, day) => addDays(firstDate, day));
  return regions.map((region) => ({
    kind: 'daily',
    region,
    origin: `synthetic charts of region ${region}, seed ${seed}`,
    isSynthetic: true,
    dates,
    tracks,
    ...makeCharts(region, seed, { numDays, depth, debutsPerDay, numTracks }),
  }));
}

interface Size {
  readonly numDays: number;
  readonly depth: number;
  readonly debutsPerDay: number;
  readonly numTracks: number;
}

function makeCharts(
  region: Region,
  seed: number,
  { numDays, depth, debutsPerDay, numTracks }: Size,
): Pick<ChartHistory, 'rowStarts' | 'trackIndexes' | 'streams'> {
  const lives = Array.from({ length: numTracks }, (_, number) => makeLife(region, seed, number));
  const rowsPerDay = Math.min(depth, LONGEST_LIFE_DAYS * debutsPerDay);
  const trackIndexes = new Int32Array(numDays * rowsPerDay);
  const streams = new Float64Array(numDays * rowsPerDay);
  const streamsToday = new Float64Array(numTracks);
  for (let day = 0; day < numDays; day += 1) {
    const firstLiving = (day + 1) * debutsPerDay;
    const living = Int32Array.from({ length: LONGEST_LIFE_DAYS * debutsPerDay }, (_, i) => firstLiving + i);
    for (const number of living) {
      const life = lives[number]!;
      const ageDays = LONGEST_LIFE_DAYS + day - Math.floor(number / debutsPerDay);
      streamsToday[number] = streamsOn(life, ageDays, uniform(life.salt, day));
    }
    living.sort((a, b) => streamsToday[b]! - streamsToday[a]! || a - b);
    const charted = living.subarray(0, rowsPerDay);
    trackIndexes.set(charted, day * rowsPerDay);
    streams.set(
      Float64Array.from(charted, (number) => streamsToday[number]!),
      day * rowsPerDay,
    );
  }
  return { rowStarts: Int32Array.from({ length: numDays + 1 }, (_, day) => day * rowsPerDay), trackIndexes, streams };
}

function makeTrack(seed: number, number: number): HistoryTrack {
  const artists = Math.floor(number / 3);
  const credit = (n: number): ArtistCredit => ({
    id: parseArtistId(syntheticId(`${seed}/artist/${n}`)),
    name: n % 10 === 3 ? `Synthetic - Artist & ${n}` : `Synthetic Artist ${n}`,
  });
  const odd = ODD_TITLES[number % 23];
  return {
    id: parseTrackId(syntheticId(`${seed}/track/${number}`)),
    title: odd === undefined ? `Synthetic Track ${number}` : `${odd} ${number}`,
    // kworb writes "Unknown Artist" without a link where it knows none.
    artist: number % 97 === 5 ? null : credit(artists),
    featured: number % 97 === 5 ? [] : Array.from({ length: featuredCount(number) }, (_, i) => credit(artists + 1 + i)),
  };
}

function featuredCount(number: number): number {
  return number % 3 === 1 ? 1 + (number % 4) : 0;
}

/** How a track does in a region: strong or weak everywhere, more or less to the region's taste. */
interface Life {
  readonly debutStreams: number;
  readonly halfLifeDays: number;
  readonly salt: number;
}

function makeLife(region: Region, seed: number, number: number): Life {
  const salt = mix(mix(seed, number), hashText(region));
  const strength = uniform(mix(seed, number), 1) ** 3;
  const taste = 0.5 + uniform(salt, -1);
  return {
    debutStreams: TOP_STREAMS * strength * taste,
    halfLifeDays: 5 + 30 * uniform(mix(seed, number), 2),
    salt,
  };
}

/** Streams fade from the debut on, and wobble by a draw in [0, 1). */
function streamsOn({ debutStreams, halfLifeDays }: Life, ageDays: number, draw: number): number {
  return 1_000 + Math.floor(debutStreams * (0.85 + 0.3 * draw) * 2 ** (-ageDays / halfLifeDays));
}

function syntheticId(name: string): string {
  const digest = createHash('sha256').update(name).digest();
  const letters = Array.from({ length: ID_LENGTH - ID_PREFIX.length }, (_, i) => BASE62[digest[i]! % BASE62.length]);
  return ID_PREFIX + letters.join('');
}

/** In [0, 1), a pure function of both. */
function uniform(a: number, b: number): number {
  return mix(a, b) / 2 ** 32;
}

/** A 32-bit hash of two integers (the finaliser of MurmurHash3, twice): quick, for these charts draw very often. */
function mix(a: number, b: number): number {
  let hash = 0;
  for (const value of [a, b]) {
    hash = Math.imul(hash ^ value, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

function hashText(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}
