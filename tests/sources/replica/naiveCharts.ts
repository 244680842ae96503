/** The charts once more, in the most obvious way there is: a list of entries, searched from the start every time. */
import type { ChartHistory, HistoryTrack } from '../../../contracts/chartHistory.ts';
import type { CalendarDate } from '../../../contracts/dates.ts';
import { daysBetween, endOfChartWeek } from '../../../contracts/dates.ts';
import type { ChartRow } from '../../../contracts/pages.ts';

export interface Entry {
  readonly date: CalendarDate;
  readonly rank: number;
  readonly track: HistoryTrack;
  readonly streams: number;
}

export function groupBy<Value, Key>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}

export function entriesOf(history: ChartHistory): Entry[] {
  return history.dates.flatMap((date, i) =>
    Array.from({ length: history.rowStarts[i + 1]! - history.rowStarts[i]! }, (_, place) => {
      const row = history.rowStarts[i]! + place;
      return {
        date,
        rank: place + 1,
        track: history.tracks[history.trackIndexes[row]!]!,
        streams: history.streams[row]!,
      };
    }),
  );
}

/** Friday to Thursday, summed, the best 200; only weeks whose Thursday is not after the last entry. */
export function weeksOf(entries: readonly Entry[]): Entry[] {
  const last = entries.at(-1)!.date;
  const weeks = groupBy(entries, ({ date }) => endOfChartWeek(date));
  return [...weeks].flatMap(([thursday, days]) => {
    if (thursday > last) return [];
    const byTrack = [...groupBy(days, ({ track }) => track).entries()].map(([track, own]) => ({
      track,
      streams: own.reduce((sum, { streams }) => sum + streams, 0),
    }));
    byTrack.sort((a, b) => b.streams - a.streams || (a.track.id < b.track.id ? -1 : 1));
    return byTrack.slice(0, 200).map((entry, i) => ({ date: thursday, rank: i + 1, ...entry }));
  });
}

/** What a chart page should say on a date, computed from the entries of each track up to it. */
export function chartRows(entries: readonly Entry[], kind: 'daily' | 'weekly', date: CalendarDate): ChartRow[] {
  const past = entries.filter((entry) => entry.date <= date);
  const dateBefore = past.filter((entry) => entry.date < date).at(-1)?.date;
  const byTrack = groupBy(past, ({ track }) => track);
  return past
    .filter((entry) => entry.date === date)
    .map(({ rank, streams, track }): ChartRow => {
      const own = byTrack.get(track)!;
      const earlier = own.slice(0, -1);
      const before = earlier.at(-1)?.date === dateBefore ? earlier.at(-1) : undefined;
      const peakRank = Math.min(...own.map((entry) => entry.rank));
      const inWindow = (numDaysAgo: number): boolean => numDaysAgo >= 0 && numDaysAgo < 7;
      const weekAgo = own.find((entry) => daysBetween(entry.date, date) === 7);
      return {
        rank,
        movement: earlier.length === 0 ? 'new' : before === undefined ? 're-entry' : before.rank - rank,
        trackId: track.id,
        title: track.title ?? 'Unknown Title',
        artists: [track.artist ?? { id: null, name: 'Unknown Artist' }],
        featured: track.featured,
        periodsOnChart: own.length,
        peakRank,
        timesAtPeak: peakRank <= 3 ? own.filter((entry) => entry.rank === peakRank).length : null,
        streams,
        streamsChange: before === undefined ? null : streams - before.streams,
        sevenDay:
          kind === 'weekly'
            ? null
            : own
                .filter((entry) => inWindow(daysBetween(entry.date, date)))
                .reduce((sum, entry) => sum + entry.streams, 0),
        sevenDayChange: kind === 'weekly' ? null : streams - (weekAgo?.streams ?? 0),
        total: own.reduce((sum, entry) => sum + entry.streams, 0),
      };
    });
}
