/**
 * The chart files people have, known by the names of their columns. The first format whose required columns are all
 * there is taken; further columns are passed over.
 */
import type { ChartKind } from '../../contracts/charts.ts';
import type { ColumnRole, ImportFormat } from '../../contracts/imports.ts';
import type { Region } from '../../contracts/regions.ts';
import { parseRegion } from '../../contracts/regions.ts';

export interface KnownFormat {
  readonly format: ImportFormat;
  /** What it is, for people. */
  readonly title: string;
  /** Where the columns were seen. */
  readonly origin: string;
  /** The column of each role that every file of the format has. */
  readonly required: Readonly<Partial<Record<ColumnRole, string>>>;
  /** Columns that some of its files have. */
  readonly optional: readonly (readonly [ColumnRole, string])[];
  /** What all of its files are, whatever they are called; null: the file's name says. */
  readonly kind: ChartKind | null;
  /** As for `kind`; null: a column or the file's name says. */
  readonly region: Region | null;
  /** What a person should know of how its files are read. */
  readonly notes: readonly string[];
}

const ONE_CREDIT = 'artist names are kept as the file writes them, in one credit: a name may hold the comma too';

export const KNOWN_FORMATS: readonly KnownFormat[] = [
  {
    format: 'official-2021',
    title: 'charts.spotify.com export (since 2021)',
    origin: 'charts.spotify.com; date, region and kind stand in the file name alone',
    required: {
      rank: 'rank',
      track_id: 'uri',
      artists: 'artist_names',
      title: 'track_name',
      peak_rank: 'peak_rank',
      previous_rank: 'previous_rank',
      streams: 'streams',
    },
    optional: [
      ['periods_on_chart', 'weeks_on_chart'],
      ['periods_on_chart', 'days_on_chart'],
    ],
    kind: null,
    region: null,
    notes: [ONE_CREDIT],
  },
  {
    format: 'kaggle-charts',
    title: 'Kaggle "Spotify Charts" (2017-2021, top 200 and viral 50)',
    origin: 'kaggle.com/datasets/dhruvildave/spotify-charts',
    required: {
      title: 'title',
      rank: 'rank',
      date: 'date',
      artists: 'artist',
      track_id: 'url',
      region: 'region',
      chart: 'chart',
      streams: 'streams',
    },
    optional: [],
    kind: 'daily',
    region: null,
    notes: [ONE_CREDIT],
  },
  {
    format: 'kaggle-worldwide',
    title: 'Kaggle "Worldwide Daily Song Ranking" (2017)',
    origin: 'kaggle.com/datasets/edumucelli/spotifys-worldwide-daily-song-ranking',
    required: {
      rank: 'Position',
      title: 'Track Name',
      artists: 'Artist',
      streams: 'Streams',
      track_id: 'URL',
      date: 'Date',
      region: 'Region',
    },
    optional: [],
    kind: 'daily',
    region: null,
    notes: [],
  },
  {
    format: 'spotify200',
    title: 'IAjimi/Spotify200 chart positions (US daily)',
    origin: 'github.com/IAjimi/Spotify200, MIT',
    required: {
      rank: 'Position',
      title: 'Track',
      artists: 'Artist',
      streams: 'Streams',
      date: 'Date',
      track_id: 'track_ID',
    },
    optional: [],
    kind: 'daily',
    region: parseRegion('us'),
    notes: [],
  },
  {
    format: 'official',
    title: 'spotifycharts.com export (until 2021)',
    origin: 'spotifycharts.com; date, region and kind stand in the file name alone',
    required: { rank: 'Position', title: 'Track Name', artists: 'Artist', streams: 'Streams', track_id: 'URL' },
    optional: [],
    kind: null,
    region: null,
    notes: [],
  },
  {
    format: 'hipster',
    title: 'HipsterVizNinja/Spotify-Top-200 weekly charts',
    origin: 'github.com/HipsterVizNinja/Spotify-Top-200',
    required: {
      rank: 'chart_position',
      date: 'chart_date',
      title: 'song',
      artists: 'performer',
      streams: 'streams',
      track_id: 'spotify_uri',
      region: 'region',
    },
    optional: [],
    kind: 'weekly',
    region: null,
    notes: ['weeks on chart and peaks are not taken: the file counts them from its own first week'],
  },
  {
    format: 'explore',
    title: 'ExploreSpotifyCharts daily charts',
    origin: 'github.com/ExploreSpotifyCharts/ExploreSpotifyCharts.github.io',
    required: {
      rank: 'Position',
      title: 'Track Name',
      artists: 'Artist',
      streams: 'Streams',
      date: 'date',
      region: 'region',
      track_id: 'spotify_id',
    },
    optional: [],
    kind: 'daily',
    region: null,
    notes: [],
  },
];

/** The format that has these columns; null if none is known. */
export function recognise(columnNames: readonly string[]): KnownFormat | null {
  const present = new Set(columnNames);
  return KNOWN_FORMATS.find(({ required }) => Object.values(required).every((name) => present.has(name))) ?? null;
}
