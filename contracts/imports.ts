/**
 * Chart history from files: what the planner decides (sources/imports), what the importer executes (data/import) and
 * what it reports. Plain values: all of it survives JSON.
 */
import type { ChartKind } from './charts.ts';
import type { CalendarDate } from './dates.ts';
import type { Region } from './regions.ts';

/** What a cell of a chart file can mean. The names are those of `--map`. */
export const COLUMN_ROLES = [
  'track_id',
  'rank',
  'date',
  'streams',
  'title',
  'artists',
  'artist_id',
  'region',
  /** Which chart of several in one file: `top200` is taken, every other is left out. */
  'chart',
  'release_date',
  'periods_on_chart',
  'peak_rank',
  /** Rank on the chart before; 0 or -1 if it was not there. */
  'previous_rank',
] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

/** The file formats known by their header, and `mapped`: the person says what each column is. */
export const IMPORT_FORMATS = [
  'official',
  'official-2021',
  'kaggle-charts',
  'kaggle-worldwide',
  'spotify200',
  'hipster',
  'explore',
  'mapped',
] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** Which day of a chart week the file's dates name. The lake names a week by its last day, a Thursday. */
export const WEEK_DAYS = ['last', 'first', 'after'] as const;
export type WeekDay = (typeof WEEK_DAYS)[number];

/** Days from the day that is named to the Thursday that ends the week. */
export const DAYS_TO_WEEK_END = { last: 0, first: 6, after: -1 } as const satisfies Record<WeekDay, number>;

/** Why a row is put aside. The row itself goes to `import_reject`. */
export const REJECT_REASONS = [
  /** Not valid UTF-8, or it holds a NUL. */
  'bad-encoding',
  /** A quote that is not closed, or text after the closing quote. */
  'bad-quoting',
  'wrong-column-count',
  /** None of the columns that matter holds anything. */
  'empty-row',
  /** The date stands in another column than the date's. */
  'shifted-columns',
  'missing-date',
  /** No such day, in another form than stated, before Spotify's start, or in the future. */
  'bad-date',
  /** A weekly chart date that is not the Thursday it must be. */
  'wrong-weekday',
  'missing-region',
  'unknown-region',
  'missing-rank',
  'bad-rank',
  'missing-track-id',
  'bad-track-id',
  'bad-streams',
  /** Another row of the import has that place of that chart already: the first one stays. */
  'duplicate-rank',
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

/** Why a row that nothing is wrong with is not imported. Such rows are counted, not kept. */
export const LEFT_OUT_REASONS = [
  /** Of another chart, such as viral 50. */
  'other-chart',
  /** Of another region than the one asked for. */
  'other-region',
  /** Before `since` or after `until`. */
  'outside-window',
  /** The same entry (place, track, streams) a second time. */
  'duplicate-row',
] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

/** Why a chart date of which a file says something else stays as the lake has it. */
export const KEPT_REASONS = [
  /** It came from kworb's own page, which has more columns. */
  'from-page',
  /** The file contradicts it and has fewer of its ranks. */
  'fewer-ranks',
] as const;
export type KeptReason = (typeof KEPT_REASONS)[number];

/** The first records of a CSV file, as they are. */
export interface CsvHead {
  readonly type: 'csv';
  readonly path: string;
  readonly sizeBytes: number;
  readonly delimiter: CsvDelimiter;
  readonly records: readonly (readonly string[])[];
}

export const CSV_DELIMITERS = [',', ';', '\t', '|'] as const;
export type CsvDelimiter = (typeof CSV_DELIMITERS)[number];

/** The columns and first rows of a Parquet file; null stands for a null. */
export interface ParquetHead {
  readonly type: 'parquet';
  readonly path: string;
  readonly sizeBytes: number;
  readonly numRows: number;
  readonly columns: readonly { readonly name: string; readonly sqlType: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** What the planner sees of a file. */
export type FileHead = CsvHead | ParquetHead;

export interface CsvLayout {
  readonly type: 'csv';
  readonly delimiter: CsvDelimiter;
  /** Records before the first row: the header and what stands above it. */
  readonly numHeaderRecords: number;
}

export interface ParquetLayout {
  readonly type: 'parquet';
}

/** How one file is read. */
export interface FilePlan {
  readonly path: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly format: ImportFormat;
  readonly layout: CsvLayout | ParquetLayout;
  readonly columnNames: readonly string[];
  /** Place in `columnNames` of each role the file has a column for. */
  readonly columns: Readonly<Partial<Record<ColumnRole, number>>>;
  readonly kind: ChartKind;
  /** Of all rows; null: the region column says. */
  readonly region: Region | null;
  /** Where the region column says: rows of every other region are left out; null: none. */
  readonly onlyRegion: Region | null;
  /** Of all rows; null: the date column says. */
  readonly date: CalendarDate | null;
  /** As strptime writes it, such as `%d/%m/%Y`; null: ISO 8601. */
  readonly dateFormat: string | null;
  readonly weekDay: WeekDay;
  /** The whole file is of another chart: its rows are counted and left out. */
  readonly isOtherChart: boolean;
  /** What a person should know of how it is read, as sentences. */
  readonly notes: readonly string[];
}

/** A file of facts about tracks: release dates and lead artists' ids. */
export interface TrackFilePlan {
  readonly path: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly layout: CsvLayout | ParquetLayout;
  readonly columnNames: readonly string[];
  readonly columns: {
    readonly trackId: number;
    readonly title: number | null;
    readonly artistId: number | null;
    readonly artistName: number | null;
    readonly releaseDate: number | null;
  };
}

export interface IgnoredFile {
  readonly path: string;
  readonly why: string;
}

/** Everything the importer needs to know. Of two rows for one place the one of the earlier file stays. */
export interface ImportPlan {
  readonly files: readonly FilePlan[];
  readonly tracks: TrackFilePlan | null;
  readonly since: CalendarDate | null;
  readonly until: CalendarDate | null;
  /** Files of a given folder that are no charts. */
  readonly ignored: readonly IgnoredFile[];
}

export const IMPORT_PHASES = ['reading', 'sorting', 'writing'] as const;
export type ImportPhase = (typeof IMPORT_PHASES)[number];

export interface ImportProgress {
  readonly phase: ImportPhase;
  /** Rows this phase is through with. */
  readonly numRows: number;
  /** Rows it will be through with; while reading, estimated from the bytes read so far. */
  readonly numRowsTotal: number | null;
  readonly rowsPerSecond: number;
  /** null while nothing is known of the pace. */
  readonly secondsLeft: number | null;
}

/** `tracks`: a file of facts about tracks, beside the charts. */
export type ImportedFormat = ImportFormat | 'tracks';

export interface ImportedFile {
  readonly fileName: string;
  readonly sha256: string;
  readonly format: ImportedFormat;
  readonly numRowsRead: number;
  readonly numRowsGood: number;
  readonly numRowsRejected: number;
  readonly numRowsLeftOut: number;
}

/** The chart dates of one chart that an import brought, whatever became of them. */
export interface ImportedChart {
  readonly kind: ChartKind;
  readonly region: Region;
  readonly firstDate: CalendarDate;
  readonly lastDate: CalendarDate;
  readonly numChartDates: number;
  /** Chart dates on which a rank between 1 and the last is missing. */
  readonly numChartDatesWithGaps: number;
  /** Chart dates on which a lower place has more streams than the one above it. */
  readonly numChartDatesWithRisingStreams: number;
}

/**
 * What an import did. Every row read is good, rejected or left out:
 * `numRowsRead = numRowsGood + numRowsRejected + numRowsLeftOut`. Rows of a file of tracks are counted in `files` alone.
 */
export interface ImportSummary {
  readonly files: readonly ImportedFile[];
  readonly ignoredFiles: readonly IgnoredFile[];
  readonly numRowsRead: number;
  readonly numRowsGood: number;
  readonly numRowsRejected: number;
  readonly numRowsLeftOut: number;
  /** Only reasons that occurred. */
  readonly rejectedByReason: Readonly<Partial<Record<RejectReason, number>>>;
  readonly leftOutByReason: Readonly<Partial<Record<LeftOutReason, number>>>;
  readonly chartDates: {
    /** The lake had no such chart date. */
    readonly new: number;
    /** The lake had its rows already. */
    readonly same: number;
    /** Ranks or values that the lake lacked came to those it had; nothing was contradicted. */
    readonly merged: number;
    /**
     * Other numbers than an earlier import brought, on at least as many ranks: the new ones stand, ranks that only the
     * lake has stay, and the old numbers stay in older snapshots.
     */
    readonly replaced: number;
    /** Stays as it is; `keptByReason` says why. */
    readonly kept: number;
  };
  /** Chart dates; only reasons that occurred. */
  readonly keptByReason: Readonly<Partial<Record<KeptReason, number>>>;
  readonly charts: readonly ImportedChart[];
  readonly numRowsWritten: number;
  readonly numTracksNew: number;
  /** Tracks that got a release date. */
  readonly numTracksDated: number;
  readonly numArtistsNew: number;
  /** null when the lake had all of it: no snapshot was made. */
  readonly snapshotId: number | null;
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** What a person should know of how the files were read, as sentences. */
  readonly notes: readonly string[];
}
