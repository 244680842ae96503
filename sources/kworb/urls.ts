/** The addresses of kworb's Spotify pages, and back. */
import type { Chart, ChartKind } from '../../contracts/charts.ts';
import type { ArtistId, TrackId } from '../../contracts/ids.ts';
import { tryParseArtistId, tryParseTrackId } from '../../contracts/ids.ts';
import type { PageKind } from '../../contracts/pages.ts';
import { tryParseRegion } from '../../contracts/regions.ts';

export const KWORB_BASE_URL = 'https://kworb.net';

/** A day's or a week's chart: `/spotify/country/us_daily.html`. */
export function chartUrl(baseUrl: string, chart: Chart): string {
  return join(baseUrl, `country/${chart.region}_${chart.kind}.html`);
}

/** All tracks that were ever on a chart: `/spotify/country/us_daily_totals.html`. */
export function totalsUrl(baseUrl: string, chart: Chart): string {
  return join(baseUrl, `country/${chart.region}_${chart.kind}_totals.html`);
}

/** A track's history in all regions. kworb answers 404 for a track that never charted. */
export function trackUrl(baseUrl: string, trackId: TrackId): string {
  return join(baseUrl, `track/${trackId}.html`);
}

export function artistSongsUrl(baseUrl: string, artistId: ArtistId): string {
  return join(baseUrl, `artist/${artistId}_songs.html`);
}

/** The index of regions and their charts. */
export function regionsUrl(baseUrl: string): string {
  return join(baseUrl, '');
}

function join(baseUrl: string, page: string): string {
  return `${baseUrl.replace(/\/+$/, '')}/spotify/${page}`;
}

export interface PageAddress {
  readonly pageKind: PageKind;
  /** Of charts and totals. */
  readonly chart?: Chart;
  /** Of track pages. */
  readonly trackId?: TrackId;
  /** Of artist songs pages. */
  readonly artistId?: ArtistId;
}

const SPOTIFY_PAGE = /\/spotify\/(?:(country|track|artist)\/)?([^/]*)$/;
const COUNTRY_PAGE = /^(global|[a-z]{2})_(daily|weekly)(_totals)?\.html$/;

/** What page an address (whole, or its path alone) leads to; null if it is none that this project reads. */
export function describeUrl(url: string): PageAddress | null {
  const address = URL.canParse(url, KWORB_BASE_URL) ? new URL(url, KWORB_BASE_URL) : null;
  const [, folder, page = ''] = (address === null ? null : SPOTIFY_PAGE.exec(address.pathname)) ?? [];
  switch (folder) {
    case 'country': {
      const reference = parseCountryPage(page);
      return reference === null ? null : { pageKind: pageKindOf(reference), chart: reference.chart };
    }
    case 'track': {
      const trackId = tryParseTrackId(page.replace(/\.html$/, ''));
      return trackId === null || !page.endsWith('.html') ? null : { pageKind: 'track', trackId };
    }
    case 'artist': {
      const artistId = tryParseArtistId(page.replace(/_songs\.html$/, ''));
      return artistId === null || !page.endsWith('_songs.html') ? null : { pageKind: 'artist-songs', artistId };
    }
    default:
      return address !== null && /\/spotify\/(?:index\.html)?$/.test(address.pathname) ? { pageKind: 'regions' } : null;
  }
}

export interface CountryPage {
  readonly chart: Chart;
  readonly isTotals: boolean;
}

/** The chart that a file name of the folder `country/` stands for; null if it is no such name. */
export function parseCountryPage(fileName: string): CountryPage | null {
  const match = COUNTRY_PAGE.exec(fileName);
  const region = match === null ? null : tryParseRegion(match[1] ?? '');
  if (match === null || region === null) return null;
  return { chart: { kind: match[2] as ChartKind, region }, isTotals: match[3] !== undefined };
}

function pageKindOf(page: CountryPage): PageKind {
  return page.isTotals ? `${page.chart.kind}-totals` : page.chart.kind;
}
