/**
 * How much one model's forecasts are better than another's, and whether that may be luck: a paired bootstrap over tracks
 * (Efron and Tibshirani 1993). Weeks of one track are alike, so tracks are drawn, whole.
 */
import { WEEK_STATE } from '../../contracts/dataset.ts';
import { Draws } from '../../runtime/philox.ts';
import { PURPOSE } from '../training/purposes.ts';
import type { Forecasted } from './errors.ts';

/** In log10 streams: the mean absolute error of the other less one's own. Above 0 is better. */
export interface Gain {
  readonly value: number;
  /** The 2.5 % and the 97.5 % quantile over {@link NUM_RESAMPLES}: the 95 % interval. */
  readonly low: number;
  readonly high: number;
  /** Tracks of which a week counts. */
  readonly numTracks: number;
}

export const NUM_RESAMPLES = 2_000;
const TAIL = 0.025;

/** One forecast of a track's weeks in a region, by both. */
export interface ForecastPair extends Pick<Forecasted, 'series'> {
  readonly trackId: string;
  readonly own: Float32Array;
  readonly other: Float32Array;
}

/**
 * The same pairs give the same figures: the draws depend on their number alone.
 *
 * @param numObserved weeks that the forecasts were given; they do not count
 * @returns null where no week counts
 */
export function gainOver(pairs: readonly ForecastPair[], numObserved: number): Gain | null {
  const tracks = [...byTrack(pairs, numObserved).values()].filter(({ numWeeks }) => numWeeks > 0);
  if (tracks.length === 0) return null;
  const ratioOf = (chosen: readonly Tally[]): number =>
    chosen.reduce((sum, { less }) => sum + less, 0) / chosen.reduce((sum, { numWeeks }) => sum + numWeeks, 0);
  const resampled = Float64Array.from({ length: NUM_RESAMPLES }, (_, resample) => {
    const draws = new Draws(0, resample, PURPOSE.bootstrap);
    return ratioOf(tracks.map(() => tracks[draws.integer(0, tracks.length - 1)] as Tally));
  }).sort();
  return {
    value: ratioOf(tracks),
    low: quantile(resampled, TAIL),
    high: quantile(resampled, 1 - TAIL),
    numTracks: tracks.length,
  };
}

/** Of a track: over its weeks, the sum of the other's absolute errors less that of one's own. */
interface Tally {
  less: number;
  numWeeks: number;
}

function byTrack(pairs: readonly ForecastPair[], numObserved: number): Map<string, Tally> {
  const tracks = new Map<string, Tally>();
  for (const { trackId, series, own, other } of pairs) {
    const tally = tracks.get(trackId) ?? { less: 0, numWeeks: 0 };
    tracks.set(trackId, tally);
    for (let week = numObserved; week < series.states.length; week++) {
      if (series.states[week] !== WEEK_STATE.on) continue;
      const actual = series.log10Streams[week] as number;
      tally.less += Math.abs((other[week] as number) - actual) - Math.abs((own[week] as number) - actual);
      tally.numWeeks++;
    }
  }
  return tracks;
}

/** Linear between the two nearest. */
function quantile(ascending: Float64Array, share: number): number {
  const place = share * (ascending.length - 1);
  const [low, high] = [ascending[Math.floor(place)] as number, ascending[Math.ceil(place)] as number];
  return low + (high - low) * (place - Math.floor(place));
}
