/**
 * Everything a chart row says beside its rank and streams, computed from the history as kworb does it.
 *
 * How kworb computes was read off its real pages of July 2026 (some 15,000 rows):
 * - a change is against the chart before, whatever day that was; a track that was not on it is new, or a re-entry;
 * - new entries and re-entries have no change of streams;
 * - seven days are calendar days, of which those on the chart count; their change is what today brought minus what
 *   left the window, also for new entries and re-entries;
 * - a peak is new when the rank is better than all before it.
 */
import type { ChartHistory } from '../../contracts/chartHistory.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { toEpochDay } from '../../contracts/dates.ts';

/** Stand in `movement` for a track's first chart, and for its first after a gap. */
export const NEW_ENTRY = 32_767;
export const RE_ENTRY = 32_766;

const TOP_TEN = 10;
const WINDOW_DAYS = 7;

/** One value per row of the history, in its order. Running figures include the row itself. */
export interface ChartFigures {
  readonly history: ChartHistory;
  /** Places up since the chart before, or NEW_ENTRY or RE_ENTRY. */
  readonly movement: Int16Array;
  readonly periodsOnChart: Int32Array;
  readonly periodsInTopTen: Int32Array;
  readonly peakRank: Int32Array;
  readonly timesAtPeak: Int32Array;
  readonly peakStreams: Float64Array;
  /** 0 for new entries and re-entries, which have none. */
  readonly streamsChange: Float64Array;
  readonly sevenDay: Float64Array;
  readonly sevenDayChange: Float64Array;
  readonly total: Float64Array;
  /** For each row the place of its date. */
  readonly dateIndexes: Int32Array;
  /** The rows of track `t`, by date: `trackRows[trackRowStarts[t]]` up to `trackRowStarts[t + 1]`. */
  readonly trackRowStarts: Int32Array;
  readonly trackRows: Int32Array;
}

export function computeFigures(history: ChartHistory): ChartFigures {
  const numRows = history.trackIndexes.length;
  const { trackRowStarts, trackRows } = groupByTrack(history);
  const figures: ChartFigures = {
    history,
    movement: new Int16Array(numRows),
    periodsOnChart: new Int32Array(numRows),
    periodsInTopTen: new Int32Array(numRows),
    peakRank: new Int32Array(numRows),
    timesAtPeak: new Int32Array(numRows),
    peakStreams: new Float64Array(numRows),
    streamsChange: new Float64Array(numRows),
    sevenDay: new Float64Array(numRows),
    sevenDayChange: new Float64Array(numRows),
    total: new Float64Array(numRows),
    dateIndexes: dateIndexOfRows(history),
    trackRowStarts,
    trackRows,
  };
  const epochDays = Int32Array.from(history.dates, toEpochDay);
  for (let track = 0; track < history.tracks.length; track += 1) {
    const end = trackRowStarts[track + 1]!;
    for (let place = trackRowStarts[track]!; place < end; place += 1) {
      const before = place > trackRowStarts[track]! ? trackRows[place - 1]! : -1;
      computeRow(figures, trackRows[place]!, before);
      computeWindow(figures, epochDays, place, trackRowStarts[track]!);
    }
  }
  return figures;
}

/** A row's rank: its place among the rows of its date. */
export function rankOf(figures: ChartFigures, row: number): number {
  return row - figures.history.rowStarts[figures.dateIndexes[row]!]! + 1;
}

/** True if the row's rank is better than all ranks of the track before it, or the track is new. */
export function isNewPeak(figures: ChartFigures, row: number): boolean {
  return figures.timesAtPeak[row] === 1 && figures.peakRank[row] === rankOf(figures, row);
}

/** A track's newest row at or before a date; -1 if it had not charted by then. */
export function lastRowOf(figures: ChartFigures, trackIndex: number, dateIndex: number): number {
  const start = figures.trackRowStarts[trackIndex]!;
  let low = start;
  let high = figures.trackRowStarts[trackIndex + 1]!;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (figures.dateIndexes[figures.trackRows[middle]!]! <= dateIndex) low = middle + 1;
    else high = middle;
  }
  return low === start ? -1 : figures.trackRows[low - 1]!;
}

/** A track's rows by date, from `from` on (all if null) up to the date at `lastDateIndex`. */
export function rowsOf(
  figures: ChartFigures,
  trackIndex: number,
  from: CalendarDate | null,
  lastDateIndex: number,
): number[] {
  const { dates } = figures.history;
  const start = figures.trackRowStarts[trackIndex]!;
  const end = figures.trackRowStarts[trackIndex + 1]!;
  return Array.from(figures.trackRows.subarray(start, end)).filter((row) => {
    const dateIndex = figures.dateIndexes[row]!;
    return dateIndex <= lastDateIndex && (from === null || dates[dateIndex]! >= from);
  });
}

function computeRow(figures: ChartFigures, row: number, before: number): void {
  const rank = rankOf(figures, row);
  const streams = figures.history.streams[row]!;
  const isTopTen = rank <= TOP_TEN ? 1 : 0;
  if (before < 0) {
    figures.movement[row] = NEW_ENTRY;
    figures.periodsOnChart[row] = 1;
    figures.periodsInTopTen[row] = isTopTen;
    figures.peakRank[row] = rank;
    figures.timesAtPeak[row] = 1;
    figures.peakStreams[row] = streams;
    figures.total[row] = streams;
    return;
  }
  const stayed = figures.dateIndexes[before] === figures.dateIndexes[row]! - 1;
  const peakBefore = figures.peakRank[before]!;
  figures.movement[row] = stayed ? rankOf(figures, before) - rank : RE_ENTRY;
  figures.streamsChange[row] = stayed ? streams - figures.history.streams[before]! : 0;
  figures.periodsOnChart[row] = figures.periodsOnChart[before]! + 1;
  figures.periodsInTopTen[row] = figures.periodsInTopTen[before]! + isTopTen;
  figures.peakRank[row] = Math.min(rank, peakBefore);
  figures.timesAtPeak[row] = rank < peakBefore ? 1 : figures.timesAtPeak[before]! + (rank === peakBefore ? 1 : 0);
  figures.peakStreams[row] = Math.max(streams, figures.peakStreams[before]!);
  figures.total[row] = figures.total[before]! + streams;
}

/** Sums the seven days that end with the row at `place` among its track's rows, which begin at `start`. */
function computeWindow(figures: ChartFigures, epochDays: Int32Array, place: number, start: number): void {
  const { trackRows, dateIndexes } = figures;
  const { streams } = figures.history;
  const dayAt = (i: number): number => epochDays[dateIndexes[trackRows[i]!]!]!;
  const row = trackRows[place]!;
  const leavingDay = dayAt(place) - WINDOW_DAYS;
  let sum = 0;
  let i = place;
  for (; i >= start && dayAt(i) > leavingDay; i -= 1) sum += streams[trackRows[i]!]!;
  const left = i >= start && dayAt(i) === leavingDay ? streams[trackRows[i]!]! : 0;
  figures.sevenDay[row] = sum;
  figures.sevenDayChange[row] = streams[row]! - left;
}

function dateIndexOfRows(history: ChartHistory): Int32Array {
  const dateIndexes = new Int32Array(history.trackIndexes.length);
  for (let i = 0; i < history.dates.length; i += 1) dateIndexes.fill(i, history.rowStarts[i], history.rowStarts[i + 1]);
  return dateIndexes;
}

/** A counting sort: it keeps the order of dates within a track. */
function groupByTrack(history: ChartHistory): { trackRowStarts: Int32Array; trackRows: Int32Array } {
  const trackRowStarts = new Int32Array(history.tracks.length + 1);
  for (const track of history.trackIndexes) trackRowStarts[track + 1]! += 1;
  for (let track = 0; track < history.tracks.length; track += 1) trackRowStarts[track + 1]! += trackRowStarts[track]!;
  const next = trackRowStarts.slice(0, -1);
  const trackRows = new Int32Array(history.trackIndexes.length);
  history.trackIndexes.forEach((track, row) => {
    trackRows[next[track]!] = row;
    next[track]! += 1;
  });
  return { trackRowStarts, trackRows };
}
