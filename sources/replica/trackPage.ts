/**
 * `/spotify/track/{id}.html`: a track's weeks since its debut and its days of the last month, in every region it
 * charted in. No real page of this kind was at hand: the markup follows six independent descriptions of it.
 */
import type { HistoryTrack } from '../../contracts/chartHistory.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { addDays } from '../../contracts/dates.ts';
import type { Region } from '../../contracts/regions.ts';
import type { ChartFigures } from './chartFigures.ts';
import { rankOf, rowsOf } from './chartFigures.ts';
import { latest } from './history.ts';
import { artistNameOf, count, raw, renderPage, slashed, titleOf } from './html.ts';

/** One region's column: which track of which charts, and how far. */
export interface TrackColumn {
  readonly region: Region;
  readonly trackIndex: number;
  readonly daily: ChartFigures;
  readonly dailyIndex: number;
  readonly weekly: ChartFigures;
  /** -1 while no week is over. */
  readonly weeklyIndex: number;
}

export interface TrackPageInput {
  readonly track: HistoryTrack;
  readonly columns: readonly TrackColumn[];
  readonly notes: readonly string[];
}

const DAYS_SHOWN = 31;
const OFF_CHART = '--';

interface Cells {
  readonly region: Region;
  readonly total: string;
  readonly peak: string;
  readonly byDate: ReadonlyMap<CalendarDate, string>;
}

export function renderTrackPage({ track, columns, notes }: TrackPageInput): string {
  const heading = `${artistNameOf(track)} - ${titleOf(track)} - Spotify Chart History`;
  const newest = latest(columns.map(({ daily, dailyIndex }) => daily.history.dates[dailyIndex]!));
  const firstDay = addDays(newest, 1 - DAYS_SHOWN);
  const weeks = columns.map(({ region, trackIndex, weekly, weeklyIndex }) =>
    columnCells(region, weekly, rowsOf(weekly, trackIndex, null, weeklyIndex), null),
  );
  const days = columns.map(({ region, trackIndex, daily, dailyIndex }) =>
    columnCells(region, daily, rowsOf(daily, trackIndex, null, dailyIndex), firstDay),
  );
  return renderPage({
    title: heading,
    menu: 'countries',
    notes,
    content: `<span class="pagetitle">${heading}</span><br><br>
Title: ${titleOf(track)}<br>
Artist: ${artistsOf(track)}<br><br>
<div class="weekly">${table(weeks)}</div>
<br><br>
<div class="daily">${table(days)}</div>`,
  });
}

/** A region's cells: of all rows for the total and the peak, of those from `firstDate` on for the dates. */
function columnCells(
  region: Region,
  figures: ChartFigures,
  rows: readonly number[],
  firstDate: CalendarDate | null,
): Cells {
  const { dates, streams } = figures.history;
  const last = rows.at(-1);
  const dateOf = (row: number): CalendarDate => dates[figures.dateIndexes[row]!]!;
  return {
    region,
    total: last === undefined ? OFF_CHART : count(figures.total[last]!),
    peak: last === undefined ? OFF_CHART : rankAndStreams(figures.peakRank[last]!, figures.peakStreams[last]!),
    byDate: new Map(
      rows
        .filter((row) => firstDate === null || dateOf(row) >= firstDate)
        .map((row) => [dateOf(row), rankAndStreams(rankOf(figures, row), streams[row]!)]),
    ),
  };
}

function rankAndStreams(rank: number, streams: number): string {
  return `<span class="p">${rank}</span><span class="b"> (</span><span class="s">${count(streams)}</span><span class="b">)</span>`;
}

/** Regions in which the track is not on these charts have no column, unless there would be none at all. */
function table(all: readonly Cells[]): string {
  const charted = all.filter(({ byDate }) => byDate.size > 0);
  const columns = charted.length > 0 ? charted : all;
  const dates = [...new Set(columns.flatMap(({ byDate }) => [...byDate.keys()]))].sort();
  const row = (label: string, cellOf: (cells: Cells) => string): string =>
    `<tr><td>${label}</td>${columns.map((cells) => `<td>${cellOf(cells)}</td>`).join('')}</tr>`;
  return `<table class="addpos">
<thead><tr><th>Date</th>${columns.map(({ region }) => `<th>${headerOf(region)}</th>`).join('')}</tr></thead>
<tbody>
${[
  row('Total', ({ total }) => total),
  row('Peak', ({ peak }) => peak),
  ...dates.map((date) => row(slashed(date), ({ byDate }) => byDate.get(date) ?? OFF_CHART)),
].join('\n')}
</tbody></table>`;
}

function headerOf(region: Region): string {
  return region === 'global' ? 'Global' : region.toUpperCase();
}

function artistsOf(track: HistoryTrack): string {
  if (track.artist === null) return artistNameOf(track);
  return [track.artist, ...track.featured]
    .map(({ id, name }) => (id === null ? raw(name) : `<a href="../artist/${id}_songs.html">${raw(name)}</a>`))
    .join(', ');
}
