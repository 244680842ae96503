/** A parsed page for programs (JSON) and for people (a table). */

import type {
  ArtistCredit,
  ArtistSongsPage,
  ChartPage,
  ChartRow,
  Movement,
  ParsedPage,
  RegionsPage,
  TotalsPage,
  TrackPage,
} from '../../contracts/pages.ts';
import { REGION_NAMES } from '../../contracts/regions.ts';
import { withoutControls } from './displayWidth.ts';
import { count, plural, signedCount } from './numbers.ts';
import type { Styles } from './styles.ts';
import { renderTable, type TableColumn } from './textTable.ts';

/** The public form: keys in the documented order, whatever order the parser builds them in. */
export function toJsonObject(page: ParsedPage): unknown {
  if (page.kind !== 'daily' && page.kind !== 'weekly') return page;
  return {
    kind: page.kind,
    region: page.region,
    chartDate: page.chartDate,
    rows: page.rows.map((row) => ({
      rank: row.rank,
      movement: row.movement,
      trackId: row.trackId,
      title: row.title,
      artists: row.artists.map(toJsonCredit),
      featured: row.featured.map(toJsonCredit),
      periodsOnChart: row.periodsOnChart,
      peakRank: row.peakRank,
      timesAtPeak: row.timesAtPeak,
      streams: row.streams,
      streamsChange: row.streamsChange,
      sevenDay: row.sevenDay,
      sevenDayChange: row.sevenDayChange,
      total: row.total,
    })),
  };
}

function toJsonCredit({ id, name }: ArtistCredit): ArtistCredit {
  return { id, name };
}

export interface PageTableOptions {
  readonly width: number;
  readonly maxRows: number;
  readonly styles: Styles;
}

interface PageTable {
  readonly heading: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly string[])[];
}

/** The lines of a heading and a table. */
export function toTextTable(page: ParsedPage, options: PageTableOptions): string[] {
  const { heading, columns, rows } = describePage(page);
  const numHidden = Math.max(0, rows.length - options.maxRows);
  const shown = numHidden === 0 ? rows : rows.slice(0, options.maxRows);
  return [
    options.styles.bold(withoutControls(heading)),
    ...renderTable(
      columns,
      shown.map((row) => row.map(withoutControls)),
      { width: options.width, styleHeader: options.styles.dim },
    ),
    ...(numHidden === 0 ? [] : [options.styles.dim(`… ${plural(numHidden, 'more row')}`)]),
  ];
}

function describePage(page: ParsedPage): PageTable {
  switch (page.kind) {
    case 'daily':
    case 'weekly':
      return describeChart(page);
    case 'daily-totals':
    case 'weekly-totals':
      return describeTotals(page);
    case 'track':
      return describeTrack(page);
    case 'artist-songs':
      return describeArtistSongs(page);
    case 'regions':
      return describeRegions(page);
  }
}

const right = (header: string): TableColumn => ({ header, align: 'right' });
const text = (header: string): TableColumn => ({ header, canShrink: true });

function describeChart(page: ChartPage): PageTable {
  const numNew = page.rows.filter((row) => row.movement === 'new').length;
  const numReEntries = page.rows.filter((row) => row.movement === 're-entry').length;
  const entries = `${count(numNew)} new, ${plural(numReEntries, 're-entry', 're-entries')}`;
  return {
    heading: `${regionName(page.region)}, ${page.kind}, ${page.chartDate}: ${plural(page.rows.length, 'row')}, ${entries}`,
    columns: [
      right('rank'),
      right('move'),
      text('title'),
      text('artists'),
      right(page.kind === 'daily' ? 'days' : 'weeks'),
      right('peak'),
      right('streams'),
      right('change'),
    ],
    rows: page.rows.map((row) => [
      count(row.rank),
      movementText(row.movement),
      row.title,
      credits(row),
      count(row.periodsOnChart),
      count(row.peakRank),
      count(row.streams),
      signedCount(row.streamsChange),
    ]),
  };
}

function describeTotals(page: TotalsPage): PageTable {
  return {
    heading: `${regionName(page.region)}, ${page.kind}, ${page.coversFrom} to ${page.coversTo}: ${plural(page.rows.length, 'track')}`,
    columns: [
      text('title'),
      text('artists'),
      right(page.kind === 'daily-totals' ? 'days' : 'weeks'),
      right('top ten'),
      right('peak'),
      right('at peak'),
      right('peak streams'),
      right('total'),
    ],
    rows: page.rows.map((row) => [
      row.title,
      credits(row),
      count(row.periodsOnChart),
      count(row.periodsInTopTen),
      count(row.peakRank),
      count(row.timesAtPeak),
      count(row.peakStreams),
      count(row.total),
    ]),
  };
}

function describeTrack(page: TrackPage): PageTable {
  const dates = page.weeks.map((week) => week.date).sort();
  const span = dates.length === 0 ? 'no weeks' : `weeks ${dates[0]} to ${dates.at(-1)}`;
  return {
    heading: `${page.artistNames.join(', ')} - ${page.title} (${page.trackId}): ${span}`,
    columns: [text('region'), right('peak'), right('peak streams'), right('total'), right('weeks'), right('days')],
    rows: page.regions.map((summary) => [
      regionName(summary.region),
      count(summary.peakRank),
      count(summary.peakStreams),
      count(summary.total),
      count(page.weeks.filter((week) => week.region === summary.region).length),
      count(page.days.filter((day) => day.region === summary.region).length),
    ]),
  };
}

function describeArtistSongs(page: ArtistSongsPage): PageTable {
  return {
    heading: `${page.artistName}, songs, updated ${page.lastUpdated}: ${plural(page.rows.length, 'track')}`,
    columns: [text('title'), { header: 'as' }, right('streams'), right('daily'), { header: 'track id' }],
    rows: page.rows.map((row) => [
      row.title,
      row.isFeature ? 'feature' : 'lead',
      count(row.total),
      count(row.daily),
      row.trackId,
    ]),
  };
}

function describeRegions(page: RegionsPage): PageTable {
  return {
    heading: `Index: ${plural(page.rows.length, 'region')}`,
    columns: [{ header: 'region' }, text('name'), { header: 'charts' }],
    rows: page.rows.map((row) => [row.region, row.name, row.kinds.join(', ')]),
  };
}

function movementText(movement: Movement | null): string {
  if (movement === null) return '';
  if (movement === 'new') return 'NEW';
  if (movement === 're-entry') return 'RE';
  return movement === 0 ? '=' : signedCount(movement);
}

function credits({ artists, featured }: Pick<ChartRow, 'artists' | 'featured'>): string {
  const names = (list: readonly ArtistCredit[]): string => list.map(({ name }) => name).join(', ');
  return featured.length === 0 ? names(artists) : `${names(artists)} (w/ ${names(featured)})`;
}

function regionName(region: string): string {
  return REGION_NAMES[region] ?? region;
}
