/** Which page an address stands for, as of a day: what kworb would have shown then. */
import type { ChartHistory, HistoryTrack } from '../../contracts/chartHistory.ts';
import type { Chart } from '../../contracts/charts.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { addDays } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { ArtistId, TrackId } from '../../contracts/ids.ts';
import type { Region } from '../../contracts/regions.ts';
import { REGION_NAMES } from '../../contracts/regions.ts';
import { describeUrl } from '../kworb/urls.ts';
import type { ArtistSong } from './artistSongsPage.ts';
import { renderArtistSongsPage } from './artistSongsPage.ts';
import { lastRowOf } from './chartFigures.ts';
import { renderChartPage } from './chartPage.ts';
import { latest } from './history.ts';
import type { StreamsCorrection } from './regionCharts.ts';
import { RegionCharts } from './regionCharts.ts';
import { renderRegionsPage } from './regionsPage.ts';
import { renderTotalsPage } from './totalsPage.ts';
import type { TrackColumn } from './trackPage.ts';
import { renderTrackPage } from './trackPage.ts';

export interface SiteOptions {
  /** Daily charts, one history per region. */
  readonly histories: readonly ChartHistory[];
  /** How many days kworb runs behind. */
  readonly lagDays: number;
  /** Regions that run further or less behind than the others. */
  readonly regionLagDays: Readonly<Record<string, number>>;
}

/** What to show: the site on a day, with some regions frozen at an earlier one. */
export interface SiteView {
  readonly today: CalendarDate;
  readonly deadRegions: Readonly<Record<string, CalendarDate>>;
}

export interface RenderedPage {
  readonly html: string;
  /** The newest chart on the page; null on the index. */
  readonly newestDate: CalendarDate | null;
  /** The day on which the page came to look like this. */
  readonly changedOn: CalendarDate;
}

/** A track that has been on a chart. */
export interface ShownTrack {
  readonly track: HistoryTrack;
  /** The day on which its first chart was shown. */
  readonly shownSince: CalendarDate;
}

interface SongReference {
  readonly trackId: TrackId;
  readonly isFeature: boolean;
}

export class Site {
  readonly #regions: ReadonlyMap<string, RegionCharts>;
  readonly #options: SiteOptions;
  #songsOfArtists: ReadonlyMap<string, readonly SongReference[]> | null = null;

  /** @throws ChartlifeError InvalidInput for no history, one that is not sound, or two of one region. */
  constructor(options: SiteOptions) {
    this.#options = options;
    this.#regions = new Map(options.histories.map((history) => [history.region, new RegionCharts(history)]));
    if (this.#regions.size === 0 || this.#regions.size !== options.histories.length) {
      throw new ChartlifeError('InvalidInput', 'the replica needs one history per region, at least one', {
        next: 'Give the sample (data/sample/loadSample.ts), or synthetic histories.',
        details: { regions: options.histories.map(({ region }) => region) },
      });
    }
  }

  /** The day on which the newest chart of all is shown. */
  get lastDay(): CalendarDate {
    return latest(
      [...this.#regions.values()].map(({ daily }) => addDays(daily.dates.at(-1)!, this.#lagDays(daily.region))),
    );
  }

  get regions(): readonly Region[] {
    return [...this.#regions.values()].map(({ daily }) => daily.region);
  }

  correct(correction: StreamsCorrection): void {
    const charts = this.#regions.get(correction.region);
    if (charts === undefined) {
      throw new ChartlifeError('InvalidInput', `the replica has no region ${correction.region}`, {
        next: `It has ${this.regions.join(', ')}.`,
      });
    }
    charts.correct(correction);
  }

  /** The track, once it has been on a chart that may be shown; null before, and for all others. */
  findTrack(trackId: TrackId, view: SiteView): ShownTrack | null {
    const columns = [...this.#regions.values()].flatMap((charts) => this.#trackColumn(charts, trackId, view) ?? []);
    const [first] = columns;
    if (first === undefined) return null;
    const shownOn = columns.map(({ region, daily, trackIndex }) => {
      const firstRow = daily.trackRows[daily.trackRowStarts[trackIndex]!]!;
      return addDays(daily.history.dates[daily.dateIndexes[firstRow]!]!, this.#lagDays(region));
    });
    return { track: first.daily.history.tracks[first.trackIndex]!, shownSince: shownOn.sort()[0]! };
  }

  /** The page at a path; null where kworb would answer 404. */
  render(path: string, view: SiteView): RenderedPage | null {
    const address = describeUrl(path);
    if (address === null) return null;
    const { pageKind, chart, trackId, artistId } = address;
    if (chart !== undefined) return this.#renderChart(chart, pageKind.endsWith('-totals'), view);
    if (trackId !== undefined) return this.#renderTrack(trackId, view);
    if (artistId !== undefined) return this.#renderArtist(artistId, view);
    return this.#renderRegions();
  }

  #renderRegions(): RenderedPage {
    const charts = [...this.#regions.values()];
    const html = renderRegionsPage(
      this.regions.map((region) => ({ region, name: nameOf(region) })),
      originNotes(charts),
    );
    return { html, newestDate: null, changedOn: latest(charts.map(({ daily }) => daily.dates[0]!)) };
  }

  #renderChart({ kind, region }: Chart, isTotals: boolean, view: SiteView): RenderedPage | null {
    const charts = this.#regions.get(region);
    const dateIndex = charts?.newestIndex(kind, this.#limit(region, view)) ?? -1;
    if (charts === undefined || dateIndex < 0) return null;
    const figures = charts.figures(kind);
    const notes = [...originNotes([charts]), ...(kind === 'weekly' ? weeklyNotes(charts, dateIndex) : [])];
    const input = { figures, dateIndex, regionName: nameOf(region), notes };
    const newestDate = figures.history.dates[dateIndex]!;
    return {
      html: isTotals ? renderTotalsPage(input) : renderChartPage(input),
      newestDate,
      changedOn: addDays(newestDate, this.#lagDays(region)),
    };
  }

  #renderTrack(trackId: TrackId, view: SiteView): RenderedPage | null {
    const columns = [...this.#regions.values()].flatMap((charts) => this.#trackColumn(charts, trackId, view) ?? []);
    const [first] = columns;
    if (first === undefined) return null;
    columns.sort((a, b) => Number(b.region === 'global') - Number(a.region === 'global'));
    const charts = columns.flatMap(({ region }) => this.#regions.get(region) ?? []);
    const html = renderTrackPage({
      track: first.daily.history.tracks[first.trackIndex]!,
      columns,
      notes: [...originNotes(charts), 'The weeks are sums of the daily charts, Friday to Thursday.'],
    });
    return { html, ...this.#newestOf(columns) };
  }

  #trackColumn(charts: RegionCharts, trackId: TrackId, view: SiteView): TrackColumn | null {
    const { region } = charts.daily;
    const limit = this.#limit(region, view);
    const trackIndex = charts.trackIndex(trackId);
    const dailyIndex = charts.newestIndex('daily', limit);
    if (trackIndex === undefined || dailyIndex < 0) return null;
    const daily = charts.figures('daily');
    if (lastRowOf(daily, trackIndex, dailyIndex) < 0) return null;
    const weeklyIndex = charts.newestIndex('weekly', limit);
    return { region, trackIndex, daily, dailyIndex, weekly: charts.figures('weekly'), weeklyIndex };
  }

  #renderArtist(artistId: ArtistId, view: SiteView): RenderedPage | null {
    const references = this.#songs().get(artistId) ?? [];
    const used: TrackColumn[] = [];
    const songs = references.flatMap(({ trackId, isFeature }): ArtistSong[] => {
      const all = [...this.#regions.values()].flatMap((charts) => this.#trackColumn(charts, trackId, view) ?? []);
      // The global chart already counts what the countries' do.
      const columns = all.some(({ region }) => region === 'global')
        ? all.filter(({ region }) => region === 'global')
        : all;
      const [first] = columns;
      if (first === undefined) return [];
      used.push(...columns);
      const track = first.daily.history.tracks[first.trackIndex]!;
      return [{ track, isFeature, ...chartStreams(columns) }];
    });
    const name = songs
      .flatMap(({ track }) => [...(track.artist === null ? [] : [track.artist]), ...track.featured])
      .find(({ id }) => id === artistId)?.name;
    if (name === undefined) return null;
    const { newestDate, changedOn } = this.#newestOf(used);
    const charts = [...new Set(used.map(({ region }) => region))].flatMap((region) => this.#regions.get(region) ?? []);
    const html = renderArtistSongsPage({
      artistId,
      artistName: name,
      lastUpdated: newestDate,
      songs,
      notes: [...originNotes(charts), 'Streams and Daily count days on the charts alone.'],
    });
    return { html, newestDate, changedOn };
  }

  #newestOf(columns: readonly TrackColumn[]): { newestDate: CalendarDate; changedOn: CalendarDate } {
    const dated = columns.map(({ region, daily, dailyIndex }) => ({ region, date: daily.history.dates[dailyIndex]! }));
    return {
      newestDate: latest(dated.map(({ date }) => date)),
      changedOn: latest(dated.map(({ region, date }) => addDays(date, this.#lagDays(region)))),
    };
  }

  /** The newest chart date that may be shown. */
  #limit(region: Region, { today, deadRegions }: SiteView): CalendarDate {
    const limit = addDays(today, -this.#lagDays(region));
    const deadSince = deadRegions[region];
    return deadSince !== undefined && deadSince < limit ? deadSince : limit;
  }

  #lagDays(region: Region): number {
    return this.#options.regionLagDays[region] ?? this.#options.lagDays;
  }

  #songs(): ReadonlyMap<string, readonly SongReference[]> {
    if (this.#songsOfArtists !== null) return this.#songsOfArtists;
    const songs = new Map<string, SongReference[]>();
    const seen = new Set<string>();
    for (const track of [...this.#regions.values()].flatMap(({ tracks }) => tracks)) {
      if (seen.has(track.id)) continue;
      seen.add(track.id);
      const add = (id: string | null | undefined, isFeature: boolean): void => {
        if (id == null) return;
        songs.set(id, [...(songs.get(id) ?? []), { trackId: track.id, isFeature }]);
      };
      add(track.artist?.id, false);
      for (const { id } of track.featured) add(id, true);
    }
    this.#songsOfArtists = songs;
    return songs;
  }
}

function nameOf(region: Region): string {
  return REGION_NAMES[region] ?? region.toUpperCase();
}

function originNotes(charts: readonly RegionCharts[]): string[] {
  const origins = charts.map(({ daily }) =>
    daily.isSynthetic
      ? `The numbers are SYNTHETIC, invented by a program: ${daily.origin}.`
      : `The numbers are from ${daily.origin}.`,
  );
  return [...new Set(origins)];
}

function weeklyNotes(charts: RegionCharts, weekIndex: number): string[] {
  const numDays = charts.weeks.numDays[weekIndex]!;
  return [`Weekly figures are derived from daily: sums from Friday to Thursday; this week has ${numDays} of 7 days.`];
}

function chartStreams(columns: readonly TrackColumn[]): { total: number; daily: number | null } {
  let total = 0;
  let daily: number | null = null;
  for (const { daily: figures, dailyIndex, trackIndex } of columns) {
    const row = lastRowOf(figures, trackIndex, dailyIndex);
    total += figures.total[row]!;
    if (figures.dateIndexes[row] === dailyIndex) daily = (daily ?? 0) + figures.history.streams[row]!;
  }
  return { total, daily };
}
