/** What the parsers make of kworb's pages: plain rows, null where the page is empty. */
import type { ChartKind } from './charts.ts';
import type { CalendarDate } from './dates.ts';
import type { ArtistId, TrackId } from './ids.ts';
import type { Region } from './regions.ts';

export const PAGE_KINDS = [
  'daily',
  'weekly',
  'daily-totals',
  'weekly-totals',
  'track',
  'artist-songs',
  'regions',
] as const;
export type PageKind = (typeof PAGE_KINDS)[number];

/** An artist as a page credits it. `id` is null where the page has no link. */
export interface ArtistCredit {
  readonly id: ArtistId | null;
  readonly name: string;
}

/** Places gained since the chart before (0 for "=", negative for places lost), or how the track came in. */
export type Movement = 'new' | 're-entry' | number;

export interface ChartRow {
  readonly rank: number;
  /** null where the page leaves the cell empty. */
  readonly movement: Movement | null;
  readonly trackId: TrackId;
  readonly title: string;
  /** In the page's order. */
  readonly artists: readonly ArtistCredit[];
  readonly featured: readonly ArtistCredit[];
  /** Days of a daily chart, weeks of a weekly one. */
  readonly periodsOnChart: number | null;
  readonly peakRank: number | null;
  /** Filled by kworb only where the peak is 1, 2 or 3. */
  readonly timesAtPeak: number | null;
  readonly streams: number | null;
  readonly streamsChange: number | null;
  /** Streams of the seven days that end on the chart date; daily charts only. */
  readonly sevenDay: number | null;
  readonly sevenDayChange: number | null;
  /** Streams of all the track's periods on this chart. */
  readonly total: number | null;
}

export interface ChartPage {
  readonly kind: ChartKind;
  readonly region: Region;
  readonly chartDate: CalendarDate;
  readonly rows: readonly ChartRow[];
}

export interface TotalsRow {
  readonly trackId: TrackId;
  readonly title: string;
  readonly artists: readonly ArtistCredit[];
  readonly featured: readonly ArtistCredit[];
  readonly periodsOnChart: number | null;
  readonly periodsInTopTen: number | null;
  readonly peakRank: number | null;
  readonly timesAtPeak: number | null;
  readonly peakStreams: number | null;
  readonly total: number | null;
}

export interface TotalsPage {
  readonly kind: 'daily-totals' | 'weekly-totals';
  readonly region: Region;
  /** null where a page without its head does not say it. */
  readonly coversFrom: CalendarDate | null;
  readonly coversTo: CalendarDate | null;
  readonly rows: readonly TotalsRow[];
}

/** One track in one region over one period of a track page. */
export interface TrackPeriod {
  /** The last day of the period: the Thursday for a week. */
  readonly date: CalendarDate;
  readonly region: Region;
  readonly rank: number;
  readonly streams: number | null;
}

export interface TrackRegionSummary {
  readonly region: Region;
  readonly total: number | null;
  readonly peakRank: number | null;
  readonly peakStreams: number | null;
}

export interface TrackPage {
  readonly kind: 'track';
  /** null where neither the page nor the reader's hints nor its address say it. */
  readonly trackId: TrackId | null;
  readonly title: string;
  readonly artistNames: readonly string[];
  /** In the page's column order. */
  readonly regions: readonly TrackRegionSummary[];
  /** The whole weekly history; a cell of `--` gives no row. */
  readonly weeks: readonly TrackPeriod[];
  /** About the last month by day. */
  readonly days: readonly TrackPeriod[];
}

export interface ArtistSongRow {
  readonly trackId: TrackId;
  readonly title: string;
  readonly isFeature: boolean;
  readonly total: number | null;
  readonly daily: number | null;
}

export interface ArtistSongsPage {
  readonly kind: 'artist-songs';
  readonly artistId: ArtistId | null;
  readonly artistName: string;
  readonly lastUpdated: CalendarDate;
  readonly rows: readonly ArtistSongRow[];
}

export interface RegionRow {
  readonly region: Region;
  readonly name: string;
  readonly kinds: readonly ChartKind[];
}

export interface RegionsPage {
  readonly kind: 'regions';
  readonly rows: readonly RegionRow[];
}

export type ParsedPage = ChartPage | TotalsPage | TrackPage | ArtistSongsPage | RegionsPage;
