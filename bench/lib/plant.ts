/**
 * Popularity that was invented, from what a track's synthetic sound was made of: how high it comes in and how fast it falls
 * both depend on tempo and energy. What is told of it, its first week, is loud with noise that does not last: it says
 * neither how high the rest lies nor how fast it falls.
 */
import { addDays, type CalendarDate, parseDate } from '../../contracts/dates.ts';
import { type ArtistId, parseArtistId, parseTrackId } from '../../contracts/ids.ts';
import type { ChartPage, ChartRow } from '../../contracts/pages.ts';
import { parseRegion } from '../../contracts/regions.ts';
import { sha256Hex } from '../../runtime/files.ts';
import { Draws } from '../../runtime/philox.ts';
import type { Track } from '../../tests/models/learning/hearTracks.ts';

export interface PlantSettings {
  readonly seed: number;
  /** In the order of the tracks, which means nothing: see chooseTracks(). */
  readonly debutsPerWeek: number;
  /** Charts go on for so many weeks after the last debut. */
  readonly weeksAfter: number;
}

export interface PlantedTrack {
  readonly trackId: string;
  /** Of the charts, from 0. */
  readonly debutWeek: number;
  /** log10 of a week's streams, but for the noise. */
  readonly level: number;
  /** Weeks in which its streams fall to half. */
  readonly halfLifeWeeks: number;
}

/** Below it a track is off the chart, and stays off: the cut of every week. */
const CUT = 3.9;
/** Standard deviations, in log10 streams: of the level, of the first week alone, of every other week. */
const NOISE = { level: 0.05, firstWeek: 0.2, week: 0.04 } as const;
const LOG2_HALF_LIFE_NOISE = 0.15;
const DRAWS = { track: 2_001, week: 2_002 } as const;
const DEPTH = 200;
/** Chart weeks end on Thursdays. */
const FIRST_CHART = parseDate('2024-01-04');
const REGION = parseRegion('us');

export function plant(tracks: readonly Track[], { seed, debutsPerWeek }: PlantSettings): PlantedTrack[] {
  const tempo = standardised(tracks.map(({ descriptors }) => Math.log2(descriptors.tempoBpm)));
  const energy = standardised(tracks.map(({ descriptors }) => descriptors.energy));
  return tracks.map(({ trackId }, place) => {
    const draws = new Draws(seed, place, DRAWS.track);
    const [ownTempo, ownEnergy] = [tempo[place] as number, energy[place] as number];
    return {
      trackId,
      debutWeek: 1 + Math.floor(place / debutsPerWeek),
      level: 5.4 + 0.06 * ownEnergy + 0.04 * ownTempo + NOISE.level * normal(draws),
      halfLifeWeeks: 2 ** (2.3 + 0.9 * ownEnergy + 0.35 * ownTempo + LOG2_HALF_LIFE_NOISE * normal(draws)),
    };
  });
}

/** log10 of the streams of a week from the debut, 0 the first. */
export function plantedStreams(track: PlantedTrack, week: number, seed: number): number {
  const noise = week === 0 ? NOISE.firstWeek : NOISE.week;
  const draws = new Draws(seed, 1_000 * track.debutWeek + week, DRAWS.week + hashOf(track.trackId));
  return track.level - (Math.log10(2) * week) / track.halfLifeWeeks + noise * normal(draws);
}

/** Weekly charts whose every figure is invented. The first has one row, which no track with sound is in: all debuts are seen. */
export function plantedCharts(planted: readonly PlantedTrack[], settings: PlantSettings): ChartPage[] {
  const last = Math.max(...planted.map(({ debutWeek }) => debutWeek)) + settings.weeksAfter;
  const before = new Map<string, number>();
  return Array.from({ length: last + 1 }, (_, week) => {
    const rows = planted
      .filter(({ trackId, debutWeek }) => debutWeek <= week && before.get(trackId) !== GONE)
      .map((track) => ({ track, streams: plantedStreams(track, week - track.debutWeek, settings.seed) }))
      .filter(({ track, streams }) => {
        const isOn = streams >= CUT;
        before.set(track.trackId, isOn ? week - track.debutWeek + 1 : GONE);
        return isOn;
      })
      .sort((a, b) => b.streams - a.streams)
      .slice(0, DEPTH)
      .map(({ track, streams }, place) => chartRow(track.trackId, place + 1, streams, week - track.debutWeek));
    const chartDate: CalendarDate = addDays(FIRST_CHART, 7 * week);
    return {
      kind: 'weekly',
      region: REGION,
      chartDate,
      rows: week === 0 ? [chartRow('0'.repeat(22), 1, CUT, 100)] : rows,
    };
  });
}

const GONE = -1;

function chartRow(trackId: string, rank: number, log10Streams: number, week: number): ChartRow {
  const none = { timesAtPeak: null, streamsChange: null, sevenDay: null, sevenDayChange: null, total: null };
  return {
    ...none,
    rank,
    movement: week === 0 ? 'new' : 0,
    trackId: parseTrackId(trackId),
    title: `Planted: synthetic popularity of ${trackId}`,
    // Each track has an artist of its own: planted popularity knows of none.
    artists: [{ id: artistOf(trackId), name: `Nobody ${trackId.slice(0, 6)}` }],
    featured: [],
    periodsOnChart: week + 1,
    peakRank: rank,
    streams: Math.round(10 ** log10Streams),
  };
}

function artistOf(trackId: string): ArtistId {
  return parseArtistId(sha256Hex(trackId).slice(0, 22));
}

/** From the mean in standard deviations, at most two. */
function standardised(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  return values.map((value) => Math.max(-2, Math.min(2, (value - mean) / deviation)));
}

/** Box and Muller's. */
function normal(draws: Draws): number {
  return Math.sqrt(-2 * Math.log(1 - draws.unit())) * Math.cos(2 * Math.PI * draws.unit());
}

function hashOf(text: string): number {
  return Number.parseInt(sha256Hex(text).slice(0, 7), 16);
}
