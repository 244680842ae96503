/** Parsed pages back to kworb's markup, for properties: parsing what is rendered must give the page again. */
import { chartName } from '../../../contracts/charts.ts';
import type {
  ArtistCredit,
  ArtistSongsPage,
  ChartPage,
  ChartRow,
  Movement,
  ParsedPage,
  RegionsPage,
  TotalsPage,
  TotalsRow,
  TrackPage,
  TrackPeriod,
  TrackRegionSummary,
} from '../../../contracts/pages.ts';
import { REGION_NAMES } from '../../../contracts/regions.ts';

export interface Rendering {
  /** How a name is written: as it is, as kworb does, or escaped, as a browser that saves a page does. */
  readonly write: (text: string) => string;
  /** The columns in the order to be shown, from those in kworb's order. */
  readonly order: <T>(columns: readonly T[]) => T[];
}

interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row) => string;
}

export function renderPage(page: ParsedPage, rendering: Rendering): string {
  switch (page.kind) {
    case 'daily':
    case 'weekly':
      return renderChart(page, rendering);
    case 'daily-totals':
    case 'weekly-totals':
      return renderTotals(page, rendering);
    case 'track':
      return renderTrack(page, rendering);
    case 'artist-songs':
      return renderArtistSongs(page, rendering);
    case 'regions':
      return renderRegions(page, rendering);
  }
}

function renderChart(page: ChartPage, { write, order }: Rendering): string {
  const isDaily = page.kind === 'daily';
  const sevenDays: Column<ChartRow>[] = [
    { header: '7Day', cell: (row) => `<td class="smaller">${count(row.sevenDay)}</td>` },
    { header: '7Day+', cell: (row) => `<td class="smaller">${change(row.sevenDayChange)}</td>` },
  ];
  const columns: Column<ChartRow>[] = [
    { header: 'Pos', cell: (row) => `<td class="np">${row.rank}</td>` },
    { header: 'P+', cell: (row) => `<td class="np">${movement(row.movement)}</td>` },
    { header: 'Artist and Title', cell: (row) => creditCell(row, write) },
    { header: isDaily ? 'Days' : 'Wks', cell: (row) => `<td>${row.periodsOnChart ?? ''}</td>` },
    { header: 'Pk', cell: (row) => `<td>${row.peakRank ?? ''}</td>` },
    { header: '(x?)', cell: (row) => `<td class="np mini text">${times(row.timesAtPeak)}</td>` },
    { header: 'Streams', cell: (row) => `<td>${count(row.streams)}</td>` },
    { header: 'Streams+', cell: (row) => `<td>${change(row.streamsChange)}</td>` },
    ...(isDaily ? sevenDays : []),
    { header: 'Total', cell: (row) => `<td>${count(row.total)}</td>` },
  ];
  const kind = isDaily ? 'Daily' : 'Weekly';
  const name = REGION_NAMES[page.region] ?? 'A Region Not Seen Before';
  const heading = `Spotify ${kind} Chart - ${name}`;
  return document(
    heading,
    `<span class="pagetitle">${heading} - ${slashed(page.chartDate)} | <a href="${chartName(page).replace('/', '_')}_totals.html">Totals</a></span><br><br>
${table(`class="sortable" id="spotify${page.kind}"`, order(columns), page.rows)}`,
  );
}

function renderTotals(page: TotalsPage, { write, order }: Rendering): string {
  const kind = page.kind === 'daily-totals' ? 'daily' : 'weekly';
  const columns: Column<TotalsRow>[] = [
    { header: 'Artist and Title', cell: (row) => creditCell(row, write) },
    { header: kind === 'daily' ? 'Days' : 'Wks', cell: (row) => `<td>${row.periodsOnChart ?? ''}</td>` },
    { header: 'T10', cell: (row) => `<td>${row.periodsInTopTen ?? ''}</td>` },
    { header: 'Pk', cell: (row) => `<td>${row.peakRank ?? ''}</td>` },
    { header: '(x?)', cell: (row) => `<td>${times(row.timesAtPeak)}</td>` },
    { header: 'PkStreams', cell: (row) => `<td>${count(row.peakStreams)}</td>` },
    { header: 'Total', cell: (row) => `<td>${count(row.total)}</td>` },
  ];
  const heading = `Spotify ${kind === 'daily' ? 'Daily' : 'Weekly'} Chart Totals - ${REGION_NAMES[page.region] ?? 'Elsewhere'}`;
  return document(
    heading,
    `<span class="pagetitle">${heading} | <a href="${page.region}_${kind}.html">Current chart</a></span><br><br>
${coverage(page)}
${table('class="sortable"', order(columns), page.rows)}`,
  );
}

function coverage({ coversFrom, coversTo }: TotalsPage): string {
  if (coversFrom === null || coversTo === null) return '';
  return `Covers charts from ${slashed(coversFrom)} to ${slashed(coversTo)}<br><br>`;
}

function renderTrack(page: TrackPage, { write, order }: Rendering): string {
  const heading = `${page.artistNames.map(write).join(', ')} - ${write(page.title)} - Spotify Chart History`;
  const artists = page.artistNames.map(
    (name, i) => `<a href="../artist/${String(i).padStart(22, 'A')}.html">${write(name)}</a>`,
  );
  const tables = [page.weeks, page.days].map((periods) => trackTable(page.regions, periods, order));
  return document(
    heading,
    `<span class="pagetitle">${heading}</span><br><br>
Title: ${write(page.title)}<br>
Artist: ${artists.join(', ')}<br>
<a href="https://open.spotify.com/track/${page.trackId}">Listen</a><br><br>
${order(tables).join('<br><br>')}`,
  );
}

function trackTable(
  regions: readonly TrackRegionSummary[],
  periods: readonly TrackPeriod[],
  order: Rendering['order'],
): string {
  const dates = new Set(periods.map((period) => period.date));
  const region: Column<string>[] = regions.map((summary) => ({
    header: summary.region === 'global' ? 'Global' : summary.region.toUpperCase(),
    cell: (label) => {
      if (label === 'Total') return `<td>${summary.total === null ? '--' : count(summary.total)}</td>`;
      if (label === 'Peak') return `<td>${rankAndStreams(summary.peakRank, summary.peakStreams)}</td>`;
      const found = periods.find((period) => period.date === label && period.region === summary.region);
      return `<td>${rankAndStreams(found?.rank ?? null, found?.streams ?? null)}</td>`;
    },
  }));
  const date: Column<string> = { header: 'Date', cell: (label) => `<td>${label.replaceAll('-', '/')}</td>` };
  // Only the date's column moves: the regions' order is part of the page.
  const [first] = order([true, false]);
  return table('', first === true ? [date, ...region] : [...region, date], ['Total', 'Peak', ...dates]);
}

function rankAndStreams(rank: number | null, streams: number | null): string {
  if (rank === null) return '--';
  if (streams === null) return `<span class="p">${rank}</span>`;
  return `<span class="p">${rank}</span><span class="b"> (</span><span class="s">${count(streams)}</span><span class="b">)</span>`;
}

function renderArtistSongs(page: ArtistSongsPage, { write, order }: Rendering): string {
  const heading = `${write(page.artistName)} - Spotify Top Songs`;
  const columns: Column<ArtistSongsPage['rows'][number]>[] = [
    {
      header: 'Song Title',
      cell: (row) =>
        `<td class="text"><div>${row.isFeature ? '* ' : ''}<a href="https://open.spotify.com/track/${row.trackId}" target="_blank">${write(row.title)}</a></div></td>`,
    },
    { header: 'Streams', cell: (row) => `<td>${count(row.total)}</td>` },
    { header: 'Daily', cell: (row) => `<td>${count(row.daily)}</td>` },
  ];
  const tabs = ['_songs', '_albums', ''].map((tab) => `<a href="/spotify/artist/${page.artistId}${tab}.html">Tab</a>`);
  return document(
    heading,
    `${page.artistId === null ? '' : tabs.join('')}
<span class="pagetitle">${heading}
 | <a href="/itunes/artist/x.html">Current charts</a>

</span><br><br>Last updated: ${slashed(page.lastUpdated)}<br><br>
${table(
  '',
  [
    { header: '', cell: (row) => `<td>${row}</td>` },
    { header: 'Total', cell: () => '<td>1</td>' },
  ],
  ['Streams', 'Daily', 'Tracks'],
)}<br><br>
${table('class="addpos sortable"', order(columns), page.rows)}`,
  );
}

function renderRegions(page: RegionsPage, { write }: Rendering): string {
  const rows = page.rows.map(({ region, name, kinds }) => {
    const links = kinds.map(
      (kind) =>
        `<a href="country/${region}_${kind}.html">${kind}</a> (<a href="country/${region}_${kind}_totals.html">Totals</a>)`,
    );
    return `<tr><td class="mp text">${write(name)}</td><td class="mp text">${links.join(' | ')}</td></tr>`;
  });
  return document('Spotify charts', `<table><tbody>\n${rows.join('\n')}\n</tbody></table>`);
}

function document(title: string, content: string): string {
  return `<!DOCTYPE html>
<html lang="en"><head><title>${title}</title>
<meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<script>if (1 < 2) document.write('<table id="spotifydaily"><tr><td>1</td></tr></table>');</script>
</head><body><div class="container"><ul><li class="top"><a href="/pop">ITUNES</a></li></ul>
<div class="subcontainer">${content}
</div></div></body></html>
`;
}

function table<Row>(attributes: string, columns: ReadonlyArray<Column<Row>>, rows: readonly Row[]): string {
  return `<table ${attributes}>
<colgroup>${columns.map(() => '<col class="col-pos">').join('')}</colgroup>
<thead><tr>${columns.map(({ header }) => `<th>${header}</th>`).join('')}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${columns.map(({ cell }) => cell(row)).join('\n')}</tr>`).join('\n')}
</tbody></table>`;
}

function creditCell(
  row: Pick<ChartRow, 'trackId' | 'title' | 'artists' | 'featured'>,
  write: Rendering['write'],
): string {
  const credit = ({ id, name }: ArtistCredit): string =>
    id === null ? write(name) : `<a href="../artist/${id}.html">${write(name)}</a>`;
  const featured = row.featured.length === 0 ? '' : ` (w/ ${row.featured.map(credit).join(', ')})`;
  return `<td class="text mp"><div>${row.artists.map(credit).join(', ')} - <a href="../track/${row.trackId}.html">${write(row.title)}</a>${featured}</div></td>`;
}

function count(value: number | null): string {
  return value?.toLocaleString('en-US') ?? '';
}

function change(value: number | null): string {
  return value !== null && value > 0 ? `+${count(value)}` : count(value);
}

function times(value: number | null): string {
  return value === null ? '' : `(x${value})`;
}

function movement(value: Movement | null): string {
  if (value === null) return '';
  if (value === 'new') return 'NEW';
  if (value === 're-entry') return 'RE';
  return value === 0 ? '=' : change(value);
}

function slashed(date: string): string {
  return date.replaceAll('-', '/');
}
