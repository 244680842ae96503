/**
 * The trajectory, told day by day in plain loops, as near to the words of the view's header as can be.
 * Shares no code with the view.
 */
import { fromEpochDay, parseDate, toEpochDay } from '../../../contracts/dates.ts';

export interface ChartedRow {
  readonly kind: 'daily' | 'weekly';
  readonly region: string;
  readonly date: string;
  readonly rank: number;
  readonly track: string;
  readonly streams: number | null;
  readonly movement: string | null;
  readonly periods: number | null;
}

export interface TrajectoryRow {
  readonly source: string;
  readonly region: string;
  readonly track: string;
  readonly weekIndex: number;
  readonly weekStart: string;
  readonly weekEnd: string;
  readonly streams: number | null;
  readonly numDaysOnChart: number;
  readonly numDaysObserved: number;
  readonly bestRank: number | null;
  readonly state: string;
  readonly cutBound: number | null;
  readonly isLeftCensored: boolean;
  readonly isRightCensored: boolean;
}

const NUM_WEEKS = 104;
const DEPTH = 200;

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** A week's value over its days: whole streams, nothing lost. `numDays` of them are before the split. */
function firstPart(streams: number, numDays: number, periodDays: number): number {
  return Math.floor((streams * numDays) / periodDays);
}

/** One period of a track on a chart. Days are counted from 1970-01-01. */
interface Period {
  readonly firstDay: number;
  readonly streams: number | null;
  readonly rank: number;
  readonly isSaidNew: boolean;
  readonly isSaidKnown: boolean;
}

function periodsOf(rows: readonly ChartedRow[], periodDays: number): Period[] {
  return [...groupBy(rows, ({ date }) => date)]
    .map(([date, same]) => ({
      firstDay: toEpochDay(parseDate(date)) + 1 - periodDays,
      streams: same.every(({ streams }) => streams === null)
        ? null
        : same.reduce((sum, { streams }) => sum + (streams ?? 0), 0),
      rank: Math.min(...same.map(({ rank }) => rank)),
      isSaidNew: same.some(({ movement, periods }) => movement === 'new' || periods === 1),
      isSaidKnown: same.some(({ movement, periods }) => movement === 're-entry' || (periods ?? 0) > 1),
    }))
    .sort((a, b) => a.firstDay - b.firstDay);
}

/** Of every day that a chart covers: its cut per day in sevenths of a stream, or null if there is none. */
function cutsOf(rows: readonly ChartedRow[], periodDays: number): Map<number, number | null> {
  const cutOfDay = new Map<number, number | null>();
  for (const [date, ranks] of groupBy(rows, (row) => row.date)) {
    const known = ranks.filter(({ streams }) => streams !== null).sort((a, b) => b.rank - a.rank)[0];
    const cut = ranks.length >= DEPTH && known !== undefined ? (known.streams ?? 0) * (7 / periodDays) : null;
    for (let back = 0; back < periodDays; back++) cutOfDay.set(toEpochDay(parseDate(date)) - back, cut);
  }
  return cutOfDay;
}

/** The trajectories of daily or weekly rows; of the tracks that `isWanted`. */
export function referenceTrajectories(
  rows: readonly ChartedRow[],
  isWanted: (track: string) => boolean = () => true,
): TrajectoryRow[] {
  const result: TrajectoryRow[] = [];
  for (const chart of groupBy(rows, ({ kind, region }) => `${kind} ${region}`).values()) {
    const { kind, region } = chart[0]!;
    const periodDays = kind === 'weekly' ? 7 : 1;
    const cutOfDay = cutsOf(chart, periodDays);
    const newestDay = Math.max(...cutOfDay.keys());
    for (const [track, ofTrack] of groupBy(chart, (row) => row.track)) {
      if (!isWanted(track)) continue;
      const periods = periodsOf(ofTrack, periodDays);
      const first = periods[0]!;
      const isLeftCensored = !first.isSaidNew && (first.isSaidKnown || !cutOfDay.has(first.firstDay - 1));
      const isRightCensored = first.firstDay + 7 * NUM_WEEKS - 1 > newestDay;
      for (let weekIndex = 0; weekIndex < NUM_WEEKS; weekIndex++) {
        const weekStart = first.firstDay + 7 * weekIndex;
        result.push({
          source: kind,
          region,
          track,
          weekIndex,
          weekStart: fromEpochDay(weekStart),
          weekEnd: fromEpochDay(weekStart + 6),
          ...weekOf(periods, periodDays, cutOfDay, weekStart),
          isLeftCensored,
          isRightCensored,
        });
      }
    }
  }
  return result;
}

function weekOf(
  periods: readonly Period[],
  periodDays: number,
  cutOfDay: ReadonlyMap<number, number | null>,
  weekStart: number,
): Pick<TrajectoryRow, 'streams' | 'numDaysOnChart' | 'numDaysObserved' | 'bestRank' | 'state' | 'cutBound'> {
  let streamsOfWeek: number | null = null;
  let bestRank: number | null = null;
  const onChartDays = new Set<number>();
  for (const { firstDay, streams, rank } of periods) {
    const begins = Math.max(firstDay, weekStart);
    const ends = Math.min(firstDay + periodDays, weekStart + 7);
    if (begins >= ends) continue;
    for (let day = begins; day < ends; day++) onChartDays.add(day);
    bestRank = Math.min(bestRank ?? rank, rank);
    if (streams === null) continue;
    const isFirstPart = begins === firstDay;
    const before = firstPart(streams, isFirstPart ? ends - begins : periodDays - (ends - begins), periodDays);
    streamsOfWeek = (streamsOfWeek ?? 0) + (isFirstPart ? before : streams - before);
  }
  let observed = 0;
  let onChart = 0;
  let bound = 0;
  let hasUnknownCut = false;
  for (let day = weekStart; day < weekStart + 7; day++) {
    const cut = cutOfDay.get(day);
    if (cut === undefined) continue;
    observed++;
    if (onChartDays.has(day)) onChart++;
    else if (cut === null) hasUnknownCut = true;
    else bound += cut;
  }
  return {
    streams: streamsOfWeek,
    numDaysOnChart: onChart,
    numDaysObserved: observed,
    bestRank,
    state: observed === 0 ? 'unobserved' : onChart === 7 ? 'on chart' : onChart > 0 ? 'partly on chart' : 'below cut',
    cutBound: observed === 0 || hasUnknownCut ? null : Math.ceil(bound / 7),
  };
}
