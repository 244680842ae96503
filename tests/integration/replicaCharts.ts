/** Charts for a test's replica, and the settings of a home that reads them. */
import type { ChartHistory } from '../../contracts/chartHistory.ts';
import type { Chart } from '../../contracts/charts.ts';
import { parseDate } from '../../contracts/dates.ts';
import type { TrackId } from '../../contracts/ids.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { DEFAULT_SETTINGS, REPLICA_BASE_URL, type Settings } from '../../contracts/settings.ts';
import type { TrackFacts } from '../../contracts/trackFacts.ts';
import { type NativeCache, nativeCacheAt, nativeCacheRoot } from '../../runtime/nativeParts.ts';
import { makeSyntheticHistories } from '../../sources/replica/syntheticHistory.ts';

export const NATIVE_CACHE: NativeCache = nativeCacheAt(nativeCacheRoot(process.env));

/** Settings for charts that a replica serves. */
export function replicaSettings(charts: readonly Chart[], settings: Partial<Settings> = {}): Settings {
  return {
    ...DEFAULT_SETTINGS,
    source: { kind: 'replica', baseUrl: REPLICA_BASE_URL, contact: null },
    charts,
    ...settings,
  };
}

/** Invented daily charts of a few short regions: small enough that a night takes about a second. */
export function syntheticHistories(
  regions: readonly string[],
  firstDate: string,
  numDays: number,
  depth = 20,
): ChartHistory[] {
  return makeSyntheticHistories(regions.map(parseRegion), {
    seed: 7,
    firstDate: parseDate(firstDate),
    numDays,
    depth,
  });
}

export function dailyCharts(regions: readonly string[]): Chart[] {
  return regions.map((region) => ({ kind: 'daily', region: parseRegion(region) }));
}

/** Something to render a preview from, for every track of the histories: each sounds a little different. */
export function syntheticFacts(histories: readonly ChartHistory[]): Map<TrackId, TrackFacts> {
  const tracks = histories.flatMap((history) => history.tracks);
  return new Map(
    tracks.map(({ id }, index) => [
      id,
      {
        descriptors: {
          tempoBpm: 80 + (index % 80),
          beatsPerBar: 4,
          pitchClass: index % 12,
          isMajor: index % 2 === 0,
          loudnessDb: -5 - (index % 10),
          energy: (index % 10) / 10,
          valence: 0.5,
          danceability: 0.5,
          acousticness: 0.2,
          instrumentalness: 0,
          speechiness: 0.1,
          liveness: 0.1,
        },
        releaseDate: { date: parseDate('2026-01-02'), precision: 'day' },
        durationMs: 180_000 + index,
        isExplicit: index % 3 === 0,
      },
    ]),
  );
}
