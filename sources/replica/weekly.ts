/** Weekly charts from daily ones: the sum of each track's days, Friday to Thursday, the best 200. */
import type { ChartHistory } from '../../contracts/chartHistory.ts';
import { CHART_DEPTH } from '../../contracts/charts.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { endOfChartWeek } from '../../contracts/dates.ts';

export interface DerivedWeeks {
  readonly history: ChartHistory;
  /** For each week how many of its seven days the daily charts have. */
  readonly numDays: readonly number[];
}

/**
 * Sums whole weeks. A week counts as over when its Thursday is not after the last daily chart; days missing inside it
 * are simply not there (`numDays` tells). Tracks with equal sums stand in the order of their ids.
 */
export function deriveWeeks(daily: ChartHistory): DerivedWeeks {
  const lastDate = daily.dates.at(-1)!;
  const dates: CalendarDate[] = [];
  const numDays: number[] = [];
  const rowStarts = [0];
  const trackIndexes: number[] = [];
  const streams: number[] = [];
  let firstDay = 0;
  while (firstDay < daily.dates.length) {
    const thursday = endOfChartWeek(daily.dates[firstDay]!);
    let endDay = firstDay;
    while (endDay < daily.dates.length && daily.dates[endDay]! <= thursday) endDay += 1;
    if (thursday > lastDate) break;
    for (const [track, sum] of rankWeek(daily, firstDay, endDay)) {
      trackIndexes.push(track);
      streams.push(sum);
    }
    dates.push(thursday);
    numDays.push(endDay - firstDay);
    rowStarts.push(trackIndexes.length);
    firstDay = endDay;
  }
  return {
    history: {
      ...daily,
      kind: 'weekly',
      dates,
      rowStarts: Int32Array.from(rowStarts),
      trackIndexes: Int32Array.from(trackIndexes),
      streams: Float64Array.from(streams),
    },
    numDays,
  };
}

/** The tracks of the days from `firstDay` to before `endDay` with their sums, best first. */
function rankWeek(daily: ChartHistory, firstDay: number, endDay: number): [track: number, sum: number][] {
  const sums = new Map<number, number>();
  for (let row = daily.rowStarts[firstDay]!; row < daily.rowStarts[endDay]!; row += 1) {
    const track = daily.trackIndexes[row]!;
    sums.set(track, (sums.get(track) ?? 0) + daily.streams[row]!);
  }
  const idOf = (track: number): string => daily.tracks[track]!.id;
  return [...sums].sort(([a, sumA], [b, sumB]) => sumB - sumA || (idOf(a) < idOf(b) ? -1 : 1)).slice(0, CHART_DEPTH);
}
