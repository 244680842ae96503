/** `/spotify/country/us_daily.html` and `us_weekly.html`: one chart. */
import type { ChartKind } from '../../contracts/charts.ts';
import type { ChartFigures } from './chartFigures.ts';
import { isNewPeak, NEW_ENTRY, RE_ENTRY } from './chartFigures.ts';
import { count, creditCell, renderPage, signed, slashed, timesAtPeakText } from './html.ts';

export interface ChartPageInput {
  readonly figures: ChartFigures;
  readonly dateIndex: number;
  readonly regionName: string;
  readonly notes: readonly string[];
}

const KIND_NAMES = { daily: 'Daily', weekly: 'Weekly' } as const satisfies Record<ChartKind, string>;

export function renderChartPage({ figures, dateIndex, regionName, notes }: ChartPageInput): string {
  const { kind, region, dates, rowStarts } = figures.history;
  const heading = `Spotify ${KIND_NAMES[kind]} Chart - ${regionName}`;
  const isDaily = kind === 'daily';
  const sevenDayColumns = isDaily ? '<col class="col-streams"><col class="col-streams">' : '';
  const sevenDayHeaders = isDaily ? '<th>7Day</th><th>7Day+</th>' : '';
  const rows: string[] = [];
  for (let row = rowStarts[dateIndex]!; row < rowStarts[dateIndex + 1]!; row += 1) {
    rows.push(renderRow(figures, row, row - rowStarts[dateIndex]! + 1));
  }
  return renderPage({
    title: heading,
    menu: 'countries',
    notes,
    content: `<span class="pagetitle">${heading} - ${slashed(dates[dateIndex]!)} | <a href="${region}_${kind}_totals.html">Totals</a></span><br><br>
<table class="sortable" id="spotify${kind}">
<colgroup><col class="col-pos"><col class="col-pos"><col class="col-title"><col class="col-period"><col class="col-peak"><col class="col-peak2"><col class="col-streams"><col class="col-streams">${sevenDayColumns}<col class="col-total"></colgroup>
<thead><tr><th class="np">Pos</th><th class="np">P+</th><th class="mp text col-title">Artist and Title</th><th>${isDaily ? 'Days' : 'Wks'}</th><th>Pk</th><th class="mini text">(x?)</th><th>Streams</th><th>Streams+</th>${sevenDayHeaders}<th>Total</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table>`,
  });
}

function renderRow(figures: ChartFigures, row: number, rank: number): string {
  const { history } = figures;
  const peakRank = figures.peakRank[row]!;
  const newPeak = isNewPeak(figures, row);
  const stayed = figures.movement[row] !== NEW_ENTRY && figures.movement[row] !== RE_ENTRY;
  const sevenDay =
    history.kind === 'daily'
      ? `<td class="smaller">${count(figures.sevenDay[row]!)}</td>
<td class="smaller">${signed(figures.sevenDayChange[row]!)}</td>
`
      : '';
  return `<tr${newPeak ? ' class="d2"' : ''}><td class="np">${rank}</td>
<td class="np">${movementText(figures.movement[row]!)}</td>
${creditCell(history.tracks[history.trackIndexes[row]!]!)}
<td>${figures.periodsOnChart[row]}</td>
<td${newPeak ? ' class="newp"' : ''}>${peakRank}</td><td class="np${newPeak ? ' newp' : ''} mini text">${timesAtPeakText(peakRank, figures.timesAtPeak[row]!)}</td>
<td>${count(history.streams[row]!)}</td>
<td>${stayed ? signed(figures.streamsChange[row]!) : ''}</td>
${sevenDay}<td>${count(figures.total[row]!)}</td></tr>`;
}

function movementText(movement: number): string {
  if (movement === NEW_ENTRY) return 'NEW';
  if (movement === RE_ENTRY) return 'RE';
  return movement === 0 ? '=' : signed(movement);
}
