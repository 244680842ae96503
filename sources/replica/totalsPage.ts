/** `/spotify/country/us_daily_totals.html` and `us_weekly_totals.html`: every track that was ever on the chart. */
import type { ChartFigures } from './chartFigures.ts';
import { lastRowOf } from './chartFigures.ts';
import type { ChartPageInput } from './chartPage.ts';
import { count, creditCell, renderPage, slashed, timesAtPeakText } from './html.ts';

export function renderTotalsPage({ figures, dateIndex, regionName, notes }: ChartPageInput): string {
  const { kind, region, dates, tracks } = figures.history;
  const heading = `Spotify ${kind === 'daily' ? 'Daily' : 'Weekly'} Chart Totals - ${regionName}`;
  const rows = tracks
    .map((_, trackIndex) => lastRowOf(figures, trackIndex, dateIndex))
    .filter((row) => row >= 0)
    .sort((a, b) => figures.total[b]! - figures.total[a]! || a - b)
    .map((row) => renderRow(figures, row));
  return renderPage({
    title: heading,
    menu: 'countries',
    notes,
    content: `<span class="pagetitle">${heading} | <a href="${region}_${kind}.html">Latest chart</a></span><br><br>Covers charts from ${slashed(dates[0]!)} to ${slashed(dates[dateIndex]!)}<br><br>
<table class="sortable">
<thead><tr><th class="mp text">Artist and Title</th><th>${kind === 'daily' ? 'Days' : 'Wks'}</th><th>T10</th><th>Pk</th><th class="mini text">(x?)</th><th>PkStreams</th><th>Total</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table>`,
  });
}

function renderRow(figures: ChartFigures, row: number): string {
  const { tracks, trackIndexes } = figures.history;
  const peakRank = figures.peakRank[row]!;
  const topTen = figures.periodsInTopTen[row]!;
  return `<tr>${creditCell(tracks[trackIndexes[row]!]!)}
<td>${figures.periodsOnChart[row]}</td>
<td>${topTen === 0 ? '' : topTen}</td>
<td>${peakRank}</td><td class="mini text">${timesAtPeakText(peakRank, figures.timesAtPeak[row]!)}</td>
<td>${count(figures.peakStreams[row]!)}</td>
<td>${count(figures.total[row]!)}</td></tr>`;
}
