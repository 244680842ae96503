/** The figures of a chart row against the naive computation, on any small history. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChartHistory } from '../../../contracts/chartHistory.ts';
import { addDays, parseDate } from '../../../contracts/dates.ts';
import { parseTrackId } from '../../../contracts/ids.ts';
import { parseRegion } from '../../../contracts/regions.ts';
import { computeFigures, isNewPeak, NEW_ENTRY, RE_ENTRY } from '../../../sources/replica/chartFigures.ts';
import { checkHistory } from '../../../sources/replica/history.ts';
import { deriveWeeks } from '../../../sources/replica/weekly.ts';
import { chartRows, entriesOf, weeksOf } from './naiveCharts.ts';

const FIRST_DATE = parseDate('2019-10-25');

/** Up to 8 tracks over up to 25 days, some days missing, charts of any depth. */
const anyHistory: fc.Arbitrary<ChartHistory> = fc
  .integer({ min: 1, max: 8 })
  .chain((numTracks) => {
    const chart = fc
      .tuple(
        fc.shuffledSubarray(
          Array.from({ length: numTracks }, (_, i) => i),
          { minLength: 1 },
        ),
        fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: numTracks, maxLength: numTracks }),
      )
      .map(([tracks, streams]) => ({ tracks, streams: streams.toSorted((a, b) => b - a) }));
    return fc.tuple(fc.constant(numTracks), fc.array(fc.option(chart, { freq: 6 }), { minLength: 1, maxLength: 25 }));
  })
  .filter(([, days]) => days.some((day) => day !== null))
  .map(([numTracks, days]) => {
    const charts = days.flatMap((chart, i) => (chart === null ? [] : [{ date: addDays(FIRST_DATE, i), ...chart }]));
    let numRows = 0;
    return {
      kind: 'daily',
      region: parseRegion('us'),
      origin: 'made up',
      isSynthetic: true,
      dates: charts.map(({ date }) => date),
      rowStarts: Int32Array.from([0, ...charts.map(({ tracks }) => (numRows += tracks.length))]),
      tracks: Array.from({ length: numTracks }, (_, i) => ({
        id: parseTrackId(`synthetic${String(i).padStart(13, '0')}`),
        title: `Track ${i}`,
        artist: null,
        featured: [],
      })),
      trackIndexes: Int32Array.from(charts.flatMap(({ tracks }) => tracks)),
      streams: Float64Array.from(charts.flatMap(({ tracks, streams }) => streams.slice(0, tracks.length))),
    };
  });

function expectNaive(history: ChartHistory, entries: ReturnType<typeof entriesOf>): void {
  const figures = computeFigures(history);
  const expected = history.dates.flatMap((date) => chartRows(entries, history.kind, date));
  expected.forEach((row, i) => {
    const movement = figures.movement[i]!;
    const stayed = movement !== NEW_ENTRY && movement !== RE_ENTRY;
    expect({
      movement: movement === NEW_ENTRY ? 'new' : movement === RE_ENTRY ? 're-entry' : movement,
      periodsOnChart: figures.periodsOnChart[i],
      peakRank: figures.peakRank[i],
      timesAtPeak: row.peakRank! <= 3 ? figures.timesAtPeak[i] : null,
      streamsChange: stayed ? figures.streamsChange[i] : null,
      sevenDay: history.kind === 'daily' ? figures.sevenDay[i] : null,
      sevenDayChange: history.kind === 'daily' ? figures.sevenDayChange[i] : null,
      total: figures.total[i],
    }).toEqual({
      movement: row.movement,
      periodsOnChart: row.periodsOnChart,
      peakRank: row.peakRank,
      timesAtPeak: row.timesAtPeak,
      streamsChange: row.streamsChange,
      sevenDay: row.sevenDay,
      sevenDayChange: row.sevenDayChange,
      total: row.total,
    });
    const own = entries.filter(
      (entry) => entry.track.id === row.trackId && entry.date <= history.dates[figures.dateIndexes[i]!]!,
    );
    const earlier = own.slice(0, -1);
    expect(isNewPeak(figures, i)).toBe(earlier.every((entry) => entry.rank > row.rank));
    expect(figures.peakStreams[i]).toBe(Math.max(...own.map((entry) => entry.streams)));
    expect(figures.periodsInTopTen[i]).toBe(own.filter((entry) => entry.rank <= 10).length);
  });
}

describe('the figures of a row', () => {
  it('are the naive ones, by day', () => {
    fc.assert(fc.property(anyHistory, (history) => expectNaive(history, entriesOf(history))));
  });

  it('are the naive ones, by week', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const entries = weeksOf(entriesOf(history));
        const { history: weekly, numDays } = deriveWeeks(history);
        expect(weekly.dates).toEqual([...new Set(entries.map(({ date }) => date))]);
        expect(numDays.every((n) => n >= 1 && n <= 7)).toBe(true);
        if (entries.length > 0) expectNaive(weekly, entries);
      }),
    );
  });
});

describe('a history that can not be', () => {
  const history = fc.sample(anyHistory, { seed: 1, numRuns: 20 }).find(({ dates }) => dates.length > 2)!;

  it.each<[string, Partial<ChartHistory>]>([
    ['no dates', { dates: [], rowStarts: Int32Array.of(0) }],
    ['do not ascend', { dates: history.dates.toReversed() }],
    ['do not fit', { rowStarts: history.rowStarts.slice(1) }],
    ['different lengths', { streams: history.streams.slice(1) }],
    ['names no track', { tracks: [] }],
  ])('is refused: %s', (message, change) => {
    expect(() => checkHistory({ ...history, ...change })).toThrow(message);
    expect(() => checkHistory(history)).not.toThrow();
  });
});
