/** The lake as the rest of the project sees it: a few commits, a few reads, and read-only SQL. No DuckDB type leaks. */
import type { ChartKind } from '../../contracts/charts.ts';
import type { RegionCoverage, TrackExample } from '../../contracts/dataset.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import type { ErrorType } from '../../contracts/errors.ts';
import type { ArtistId, TrackId } from '../../contracts/ids.ts';
import type {
  ChartCommit,
  CheckResult,
  CommitOutcome,
  FreshnessRow,
  LakeSnapshot,
  MaintenanceReport,
  PageProvenance,
  QuarantineReason,
  TrackCommit,
} from '../../contracts/lake.ts';
import type { ArtistSongsPage, ChartPage, PageKind, TotalsPage, TrackPage } from '../../contracts/pages.ts';
import type { PreviewOrigin, TrackToHear } from '../../contracts/previews.ts';
import type { Region } from '../../contracts/regions.ts';
import type { ForecastCommit, IssuedForecast, Publication, RunCommit } from '../../contracts/runRows.ts';
import type { RunId } from '../../contracts/runs.ts';
import type { SourceKind } from '../../contracts/settings.ts';
import type { ShardRecord, SoundBatch, SoundCommit } from '../../contracts/sound.ts';
import type { QueryOptions, QueryResult } from '../query/types.ts';
import type { ArchivedPage, ArchivedPageQuery, ArchivedPageSelection } from './archivedPages.ts';
import type { TrackPageCommit } from './commitTrack.ts';
import type { ExampleQuery } from './exampleReads.ts';
import type { StatedChart } from './quarantine.ts';
import type { FoundSpectrogram, HearQuery, KeptAudio } from './soundReads.ts';
import type { LakeTransaction, TransactionMessage } from './transaction.ts';

/** Where a lake lies. `runtime/home.ts` and `runtime/nativeParts.ts` know the paths. */
export interface LakeLocation {
  /** DuckLake's catalog: a SQLite file. */
  readonly catalogPath: string;
  /** DuckLake's Parquet files. May be moved together with the catalog, or opened by another path. */
  readonly dataDir: string;
  /** The folder with `ducklake.duckdb_extension` and `sqlite_scanner.duckdb_extension`. */
  readonly extensionsDir: string;
}

export interface OpenOptions {
  /** `write` makes the lake where it is absent and brings its schema up to date; `read` changes nothing. */
  readonly mode: 'write' | 'read';
  /** Read the lake as it was at this snapshot. Only with `read`. */
  readonly snapshot?: number;
}

export interface CommitOptions {
  /** Whose numbers the page's are. Default: `kworb` for pages of kworb's own host, `replica` for all others. */
  readonly source?: SourceKind;
}

/** What a commit of a totals or artist page brought: names of tracks and artists. */
export interface NamesCommit {
  readonly outcome: CommitOutcome;
  readonly snapshotId: number | null;
  readonly numTracks: number;
  readonly numArtists: number;
}

export interface QuarantineCommit {
  readonly outcome: 'quarantined' | 'unchanged';
  readonly snapshotId: number | null;
}

/** A page that did not fit and was not parsed well since. */
export interface QuarantinedPage {
  readonly url: string;
  readonly pageKind: PageKind;
  readonly fetchedAt: string;
  readonly sha256: string;
  readonly parserVersion: string;
  readonly errorType: ErrorType;
  readonly why: string;
}

export interface EnrichQuery {
  /** Tracks after this one in the order of their ids: the last of the page before. */
  readonly afterTrackId?: TrackId;
  readonly limit: number;
  /** Only tracks that came onto a chart on this chart date or later. Without it: all that ever charted. */
  readonly enteredFrom?: CalendarDate;
  /** Also tracks whose page was fetched at least so many days before `asOf`. Without it: only those never fetched. */
  readonly refreshAfterDays?: number;
  readonly asOf: CalendarDate;
}

export interface CheckQuery {
  readonly chartDate?: CalendarDate;
  readonly kind?: ChartKind;
  readonly region?: Region;
  readonly onlyFailed?: boolean;
}

/** A check's result as it is stored: with the chart date it is about and when it ran. */
export interface StoredCheckResult extends CheckResult {
  readonly kind: ChartKind;
  readonly region: string;
  readonly chartDate: CalendarDate;
  /** ISO 8601, UTC. */
  readonly checkedAt: string;
}

/** A track's name, as a page gives it. */
export interface TrackName {
  readonly trackId: TrackId;
  readonly title: string | null;
}

/** The name of an artist, as a page links it. */
export interface ArtistName {
  readonly artistId: ArtistId;
  readonly name: string;
}

export interface Lake {
  readonly location: LakeLocation;
  readonly mode: OpenOptions['mode'];

  /**
   * One chart date, one transaction, at most one snapshot. The blocking checks run inside it.
   * `checks` is empty where the outcome is `unchanged`. A replica's rows are told apart from live ones for ever.
   *
   * @throws ChartlifeError CheckFailed (nothing is written), LakeConflict (other writers were faster, many times),
   *   DiskFull, LakeUnusable.
   */
  commitChart(page: ChartPage, provenance: PageProvenance, options?: CommitOptions): Promise<ChartCommit>;
  /** The weekly history of a track page, and the track's name. */
  commitTrack(page: TrackPage, provenance: PageProvenance, options?: CommitOptions): Promise<TrackCommit>;
  /** The same of several tracks at once: one transaction, one snapshot, all or none. In the order of the pages. */
  commitTracks(pages: readonly TrackPageCommit[], options: Required<CommitOptions>): Promise<TrackCommit[]>;
  /** Names of tracks and artists: the seed of history. */
  commitTotals(page: TotalsPage, provenance: PageProvenance, options?: CommitOptions): Promise<NamesCommit>;
  commitArtistSongs(page: ArtistSongsPage, provenance: PageProvenance, options?: CommitOptions): Promise<NamesCommit>;
  /**
   * Records a page that does not fit, and which chart date it states, if it does. It is listed until that version is
   * parsed, or a later one of the same chart date (of a page that is no chart: of the same address).
   */
  quarantinePage(
    provenance: PageProvenance,
    reason: QuarantineReason,
    chart?: StatedChart | null,
  ): Promise<QuarantineCommit>;
  /**
   * What sources answered about tracks, and the shard of spectrograms made of it: one transaction. The same batch again
   * changes nothing.
   *
   * @param brokenShards shards whose files are missing or damaged: what can't be made again of them is dropped.
   */
  commitSound(batch: SoundBatch, brokenShards: readonly string[]): Promise<SoundCommit>;
  /** A run with its metrics and checkpoints, in the place of what was known of it; null where nothing is new. */
  commitRun(commit: RunCommit): Promise<number | null>;
  commitSweep(sweepId: string, runIds: readonly RunId[]): Promise<void>;
  /** The newest publication's model issues the nightly forecasts. */
  commitPublication(publication: Publication): Promise<void>;
  /** Forecasts that were made on one day; null where nothing is new. */
  commitForecasts(commit: ForecastCommit): Promise<number | null>;
  /** The newest first. */
  publications(): Promise<Publication[]>;
  /** Of each track and region the forecast of a run that was told most. */
  issuedForecasts(runId: RunId): Promise<IssuedForecast[]>;
  /** True if this very page was parsed by this very parser: there is nothing to do. */
  hasPage(url: string, sha256: string, parserVersion: string): Promise<boolean>;

  tracksToEnrich(query: EnrichQuery): Promise<TrackId[]>;
  /** Tracks without a spectrogram whose time has come, in the order of their ids. */
  tracksToHear(query: HearQuery): Promise<TrackId[]>;
  trackToHear(trackId: TrackId): Promise<TrackToHear>;
  /** Every shard the lake refers to, with its rows. */
  shards(): Promise<ShardRecord[]>;
  /** The names of all shards that this state of the lake refers to, or any snapshot that is kept. */
  shardNamesEver(): Promise<ReadonlySet<string>>;
  /** Which audio the spectrograms of a feature version were made of. */
  heardAudio(featureVersion: string): Promise<{ readonly trackId: TrackId; readonly audioSha256: string }[]>;
  /** Tracks that can be trained on, with all that is known of them: see exampleReads.ts. */
  trainingExamples(query: ExampleQuery): Promise<TrackExample[]>;
  /** By region, how many of the charted tracks these are chosen from. */
  trainingCoverage(
    query: Pick<ExampleQuery, 'featureVersion' | 'trajectories'>,
  ): Promise<Readonly<Record<string, RegionCoverage>>>;
  /** The newest spectrogram of a track; null if it has none. */
  spectrogramOf(trackId: TrackId): Promise<FoundSpectrogram | null>;
  /** Sources whose preview of a track can't be decoded. */
  undecodableOrigins(trackId: TrackId): Promise<PreviewOrigin[]>;
  /** The audio file that was kept of a track; null if none was. */
  keptAudio(trackId: TrackId): Promise<KeptAudio | null>;
  quarantinedPages(): Promise<QuarantinedPage[]>;
  /** Fetched page versions to read again, the oldest fetch first. */
  archivedPages(query: ArchivedPageQuery): Promise<ArchivedPage[]>;
  countArchivedPages(selection: ArchivedPageSelection): Promise<number>;
  freshness(today: CalendarDate): Promise<FreshnessRow[]>;
  /** The stored results of the checks, newest chart date first. */
  checkResults(query?: CheckQuery): Promise<StoredCheckResult[]>;
  /** Runs every check over the whole lake. Nothing is written. `today` is the day freshness is measured by. */
  runChecks(today?: CalendarDate): Promise<CheckResult[]>;

  snapshots(): Promise<LakeSnapshot[]>;
  /** @throws ChartlifeError SnapshotNotFound; InvalidInput if the name is taken. */
  pinSnapshot(snapshotId: number, name: string, reason: string): Promise<void>;
  unpinSnapshot(name: string): Promise<void>;
  /** Merges small files, expires old snapshots (never a pinned one, never the newest), deletes what nobody needs. */
  maintain(options: { readonly keepSnapshotDays: number; readonly nowIso?: string }): Promise<MaintenanceReport>;

  /** Read-only SQL of a person, streamed. @throws ChartlifeError QueryFailed. */
  query(sql: string, options?: QueryOptions): Promise<QueryResult>;

  /**
   * One transaction of the caller's own, for the importers: `work` may run more than once (a conflict is retried),
   * so it must not keep anything from a former try. At most one snapshot; none if nothing was changed.
   */
  transaction<T>(
    message: TransactionMessage,
    work: (transaction: LakeTransaction) => Promise<T>,
  ): Promise<{ readonly value: T; readonly snapshotId: number | null }>;

  close(): Promise<void>;
}
