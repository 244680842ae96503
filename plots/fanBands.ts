/** From quantiles to bands: the outermost pair first, so that the inner ones lie on it. */
import type { ForecastWeek } from './forecastFan.ts';

export interface WeekBand {
  /** Such as `10–90 %`. */
  readonly label: string;
  readonly points: readonly { readonly week: number; readonly low: number; readonly high: number }[];
  /** Of what the band adds to those under it. */
  readonly fill: number;
  /** As it looks on all those under it. */
  readonly legendFill: number;
}

const FILL = 0.18;
/** A band of one week would have no width. */
const LONE_HALF_WIDTH_WEEKS = 0.3;
const MEDIAN = 0.5;

export function bandsOf(weeks: readonly ForecastWeek[], levels: readonly number[]): WeekBand[] {
  const places = placesByLevel(levels);
  const numBands = Math.floor(places.length / 2);
  return Array.from({ length: numBands }, (_, index) => {
    const [low, high] = [places[index] as number, places[places.length - 1 - index] as number];
    const points = weeks.flatMap(({ week, log10Streams }) => {
      const [from, to] = [log10Streams[low], log10Streams[high]];
      return isNumber(from) && isNumber(to) ? [{ week, low: Math.min(from, to), high: Math.max(from, to) }] : [];
    });
    return {
      label: `${percent(levels[low] as number)}–${percent(levels[high] as number)} %`,
      points: widened(points),
      fill: FILL,
      legendFill: 1 - (1 - FILL) ** (index + 1),
    };
  }).filter(({ points }) => points.length > 0);
}

/** None where the levels have no median. */
export function medianOf(
  weeks: readonly ForecastWeek[],
  levels: readonly number[],
): { readonly week: number; readonly log10Streams: number }[] {
  const place = levels.indexOf(MEDIAN);
  return weeks.flatMap(({ week, log10Streams }) => {
    const value = log10Streams[place];
    return isNumber(value) ? [{ week, log10Streams: value }] : [];
  });
}

function placesByLevel(levels: readonly number[]): number[] {
  return levels
    .map((_, place) => place)
    .filter((place) => !Number.isNaN(levels[place]))
    .sort((a, b) => (levels[a] as number) - (levels[b] as number));
}

function widened(points: WeekBand['points']): WeekBand['points'] {
  const [only] = points;
  if (points.length !== 1 || only === undefined) return points;
  return [-1, 1].map((side) => ({ ...only, week: only.week + side * LONE_HALF_WIDTH_WEEKS }));
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined && !Number.isNaN(value);
}

function percent(level: number): string {
  return String(Number((100 * Math.min(1, Math.max(0, level))).toFixed(1)));
}
