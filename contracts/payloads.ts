/**
 * What travels between workflows and activities: references and counts, never bodies or rows. Histories keep every
 * payload for as long as the server keeps the run, so each is at most `MAX_PAYLOAD_BYTES` as JSON (a test holds that).
 * A field is added as optional, never renamed: older histories still replay.
 */
import type { Chart, ChartKind } from './charts.ts';
import type { CalendarDate } from './dates.ts';
import type { ChannelPolicy, FbankWindow } from './features.ts';
import type { TrackId } from './ids.ts';
import type { CommitOutcome } from './lake.ts';
import type { PageKind } from './pages.ts';
import type { Region } from './regions.ts';
import type { ForecastNewResult, RunId } from './runs.ts';

export const MAX_PAYLOAD_BYTES = 8 * 1024;

/** How many track pages one commit activity takes; 16 references are about 5 kB. */
export const TRACKS_PER_COMMIT = 16;
/** How many track ids one listing brings, and one run of `enrich` works through: 80 are five commits, and about 2 kB. */
export const TRACKS_PER_LISTING = 80;
/** How many tracks one shard of spectrograms takes: about 12 MB, and as many previews are fetched for it. */
export const TRACKS_PER_SHARD = 16;
/** How many shards' worth one listing brings, and one run of `features` works through. */
export const SHARDS_PER_LISTING = 5;
/** How many troubled charts a result names; the others are counted. */
export const MAX_PROBLEMS_NAMED = 20;
/** How many types of failure a result tells apart. */
export const MAX_FAILURE_TYPES = 5;
/** Longest text of an error in a payload; the whole of it is in the log and, for a quarantined page, in the lake. */
export const MAX_MESSAGE_LENGTH = 200;

/** A page to ask for. */
export type PageTarget =
  | { readonly kind: 'chart'; readonly chart: Chart }
  | { readonly kind: 'track'; readonly trackId: TrackId };

/** One fetched version of a page; its body lies in the archive under `sha256`. */
export interface PageRef {
  readonly url: string;
  readonly pageKind: PageKind;
  readonly sha256: string;
  /** ISO 8601, UTC. */
  readonly fetchedAt: string;
  readonly httpStatus: number;
  readonly etag: string | null;
  /** What was asked for; the page must agree. */
  readonly region?: Region;
  readonly trackId?: TrackId;
}

// refresh

export interface RefreshInput {
  readonly cadence: ChartKind;
  /** The night that is meant. Absent in a schedule's own runs: there it is the schedule's nominal time. */
  readonly nominalDate?: CalendarDate;
  /** Only these of the settings' regions. Absent: all of them. */
  readonly regions?: readonly Region[];
}

export interface PlanRefreshInput {
  readonly cadence: ChartKind;
  readonly nominalDate: CalendarDate | null;
  /** ISO 8601, UTC: the nominal time of the schedule's run; null in a run that a person started. */
  readonly scheduledAt: string | null;
  /** As `RefreshInput` has them. */
  readonly regions?: readonly Region[];
}

/** How patiently a request is repeated. */
export interface Patience {
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  readonly maxAttempts: number;
}

/** What a refresh will do, decided once at its start from the settings of that moment. */
export interface RefreshPlan {
  readonly nominalDate: CalendarDate;
  readonly regions: readonly Region[];
  readonly fetchPatience: Patience;
  readonly enrich: boolean;
  /** Absent where no source of sound is turned on. */
  readonly sound?: SoundPlan;
  /** The run whose model forecasts the new entries; absent where none is published. */
  readonly forecastBy?: RunId;
}

export interface FetchPageInput {
  readonly target: PageTarget;
  /** The replica serves the site as of this day; kworb is never told. */
  readonly nominalDate: CalendarDate;
}

export type FetchPageResult =
  /** `not-modified`: the source says that `page`, fetched before, still stands. */
  | { readonly outcome: 'fetched' | 'not-modified'; readonly page: PageRef }
  /** There is no such page. Of a track page a normal result: the track is too new, or never charted. */
  | { readonly outcome: 'absent'; readonly url: string };

export interface CommitPageInput {
  readonly page: PageRef;
}

export type CommitPageResult =
  | {
      readonly outcome: CommitOutcome;
      readonly chartDate: CalendarDate;
      readonly snapshotId: number | null;
      readonly numRows: number;
      readonly numNewEntries: number;
      readonly numReEntries: number;
      /** Non-blocking checks that did not pass; their figures are in the lake. */
      readonly numWarnings: number;
    }
  | QuarantineOutcome;

export interface QuarantineOutcome {
  readonly outcome: 'quarantined';
  /** False if the same page lay there before. */
  readonly isNew: boolean;
  readonly snapshotId: number | null;
  readonly errorType: string;
  readonly message: string;
}

export interface CheckFreshnessInput {
  readonly cadence: ChartKind;
  readonly nominalDate: CalendarDate;
}

export interface FreshnessSummary {
  readonly numFresh: number;
  readonly numLate: number;
  readonly numDead: number;
  /** At most `MAX_PROBLEMS_NAMED`. */
  readonly lateRegions: readonly string[];
}

export interface MaintenanceSummary {
  readonly numFilesMerged: number;
  readonly numSnapshotsExpired: number;
  readonly numFilesDeleted: number;
}

/** What became of one chart in a refresh. */
export type ChartOutcome = CommitOutcome | 'quarantined' | 'failed';

export interface ChartProblem {
  readonly region: Region;
  readonly outcome: 'quarantined' | 'failed';
  readonly errorType: string;
  readonly message: string;
}

export type OutcomeCounts = Readonly<Record<ChartOutcome, number>>;

export interface RefreshResult {
  readonly cadence: ChartKind;
  readonly nominalDate: CalendarDate;
  readonly numCharts: number;
  readonly outcomes: OutcomeCounts;
  /** At most `MAX_PROBLEMS_NAMED`, in the order they came. */
  readonly problems: readonly ChartProblem[];
  readonly numProblemsUnnamed: number;
  readonly numRows: number;
  readonly numNewEntries: number;
  readonly numReEntries: number;
  readonly numWarnings: number;
  /** Of the charts that came in, whatever was done with them; null if none did. */
  readonly firstChartDate: CalendarDate | null;
  readonly lastChartDate: CalendarDate | null;
  /** How many snapshots the charts and track pages made: 0 if the night brought nothing new. */
  readonly numSnapshots: number;
  /** null if track pages were not asked for. */
  readonly tracks: EnrichResult | null;
  /** Absent or null if no sound was asked for. */
  readonly sound?: FeaturesResult | null;
  /** Absent where no model is published, null where they failed. */
  readonly forecasts?: ForecastNewResult | null;
  readonly maintenance: MaintenanceSummary | null;
  readonly freshness: FreshnessSummary | null;
  /** What went wrong beside the charts, one sentence each: then `tracks`, `sound`, `maintenance` or `freshness` is null. */
  readonly notes: readonly string[];
}

export type RefreshPhase = 'planning' | 'charts' | 'tracks' | 'sound' | 'forecasts' | 'maintenance' | 'checks' | 'done';

/** The answer of the query `progress` of a refresh. */
export interface RefreshProgress {
  readonly cadence: ChartKind;
  readonly nominalDate: CalendarDate | null;
  readonly phase: RefreshPhase;
  readonly numCharts: number;
  readonly numChartsDone: number;
  readonly outcomes: OutcomeCounts;
  /** The child that fetches track pages, once it runs; it answers `progress` as well. */
  readonly enrichId: string | null;
  /** The child that turns sound into spectrograms, once it runs; it answers `progress` as well. */
  readonly featuresId?: string | null;
}

// enrich

export interface EnrichInput {
  readonly nominalDate: CalendarDate;
  /** Tracks that entered or came back on this chart date or later are looked up. */
  readonly enteredFrom: CalendarDate;
  readonly fetchPatience: Patience;
  /** Present in a run that continues another: where that stopped, and what was done until then. */
  readonly continued?: { readonly afterTrackId: TrackId; readonly soFar: EnrichResult };
}

export interface ListTracksInput {
  readonly enteredFrom: CalendarDate;
  readonly nominalDate: CalendarDate;
  readonly afterTrackId: TrackId | null;
  /** How many this night has listed already. */
  readonly numListed: number;
}

export interface ListTracksResult {
  /** Ascending; at most `TRACKS_PER_LISTING`. */
  readonly trackIds: readonly TrackId[];
  readonly hasMore: boolean;
}

export interface CommitTracksInput {
  /** At most `TRACKS_PER_COMMIT`. */
  readonly pages: readonly PageRef[];
}

export interface CommitTracksResult {
  readonly numCommitted: number;
  readonly numUnchanged: number;
  readonly numQuarantined: number;
  readonly numWeeks: number;
  readonly numSnapshots: number;
}

export interface EnrichResult extends CommitTracksResult {
  readonly numListed: number;
  /** Track pages that are not there. */
  readonly numAbsent: number;
  readonly numFailed: number;
}

/** The answer of the query `progress` of an enrich. */
export interface EnrichProgress {
  readonly soFar: EnrichResult;
  /** How many of `soFar.numListed` are done. */
  readonly numDone: number;
}

// features

/** How a night's sound is fetched and computed, decided once at its start. */
export interface SoundPlan {
  readonly window: FbankWindow;
  readonly channels: ChannelPolicy;
  readonly maxTracks: number;
  readonly patience: Patience;
}

export interface FeaturesInput {
  readonly nominalDate: CalendarDate;
  /** Tracks that entered or came back on this chart date or later; null: all that ever charted. */
  readonly enteredFrom: CalendarDate | null;
  /** Absent in a run that a person asked for: there it is planned from the settings of the moment. */
  readonly plan?: SoundPlan;
  /** At most so many tracks, where a person said so. */
  readonly maxTracks?: number;
  /** Present in a run that continues another: where that stopped, and what was done until then. */
  readonly continued?: { readonly cursor: string; readonly soFar: FeaturesResult };
}

export interface ListTracksToHearInput {
  readonly nominalDate: CalendarDate;
  readonly enteredFrom: CalendarDate | null;
  readonly plan: SoundPlan;
  /** Where the listing before ended; null at the start. */
  readonly cursor: string | null;
  /** How many this run has listed already. */
  readonly numListed: number;
}

export interface ListTracksToHearResult {
  /** At most `SHARDS_PER_LISTING` of at most `TRACKS_PER_SHARD` tracks; each is to become one shard. */
  readonly batches: readonly (readonly TrackId[])[];
  /** Of tracks that have their spectrogram, and whose source is to be asked whether it has the preview still. */
  readonly checks?: readonly (readonly TrackId[])[];
  /** null when there is nothing left. */
  readonly nextCursor: string | null;
}

export interface FetchPreviewInput {
  readonly trackId: TrackId;
  readonly askedOn: CalendarDate;
  /** The track has a spectrogram: only its source is asked, and not for the audio again if that has not changed. */
  readonly isCheck?: boolean;
}

/**
 * What was found lies in the home's inbox under the track's id. `kept`: the audio is in the home already. `unchanged`: the
 * source has what it had. `failed`: none had it, and a source could not be asked; the lake is told, and which it was.
 */
export interface FetchPreviewResult {
  readonly outcome: 'found' | 'absent' | 'kept' | 'unchanged' | 'failed';
  /** Of a failed one: why. */
  readonly failure?: SoundFailure;
}

/** Why something failed, at most `MAX_MESSAGE_LENGTH` long. */
export interface SoundFailure {
  /** A type of `contracts/errors.ts`, or `Timeout`, or the name of an error nobody foresaw. */
  readonly errorType: string;
  readonly message: string;
}

/** One type of failure, how often it came, and what the first of them said. */
export interface SoundFailureCount extends SoundFailure {
  readonly numTracks: number;
}

export interface ComputeSpectrogramsInput {
  /** At most `TRACKS_PER_SHARD`. */
  readonly trackIds: readonly TrackId[];
  readonly askedOn: CalendarDate;
  readonly plan: SoundPlan;
}

export interface ComputeSpectrogramsResult {
  /** Names the batch in the home's inbox; null where nothing was found there. */
  readonly batchSha256: string | null;
  readonly numSpectrograms: number;
  /** Found, and so damaged that none of it can be decoded, or too large. */
  readonly numUndecodable: number;
}

export interface CommitSoundInput {
  readonly batchSha256: string;
}

export interface CommitSoundResult {
  readonly snapshotId: number | null;
  /** The batch's file was damaged on this disk; it is gone now, and is to be computed again. */
  readonly isDamaged?: boolean;
  /** Tracks whose rows the lake refused, each by itself; what it refused is told there. At most one a type. */
  readonly refused?: readonly SoundFailureCount[];
}

export interface FeaturesResult {
  readonly numListed: number;
  readonly numFound: number;
  readonly numAbsent: number;
  readonly numUndecodable: number;
  readonly numSpectrograms: number;
  /** Sources that did not answer, or a batch that could not be computed or stored. */
  readonly numFailed: number;
  readonly numSnapshots: number;
  /** Tracks that have their spectrogram, and whose source has the preview still. Absent in older runs. */
  readonly numUnchanged?: number;
  /** Why, by type, the most frequent first; at most `MAX_FAILURE_TYPES`. Absent where nothing failed. */
  readonly failures?: readonly SoundFailureCount[];
}

/** The answer of the query `progress` of a `features` run. */
export interface FeaturesProgress {
  readonly soFar: FeaturesResult;
  /** How many of `soFar.numListed` are done. */
  readonly numDone: number;
}

// backfill

/**
 * What to work on again, all of it from archived pages.
 * - `quarantined`: the open pages of the quarantine, after a parser was mended.
 * - `older-parser`: every page that an older parser read.
 * - `chart-dates`: the pages of one chart's dates. A date that was never fetched can't be invented.
 */
export type BackfillSelection =
  | { readonly what: 'quarantined' }
  | { readonly what: 'older-parser' }
  | {
      readonly what: 'chart-dates';
      readonly chart: Chart;
      readonly firstDate: CalendarDate;
      readonly lastDate: CalendarDate;
    };

export interface BackfillInput {
  readonly selection: BackfillSelection;
  /** Present in a run that continues another. */
  readonly continued?: { readonly cursor: string; readonly soFar: BackfillResult };
}

export interface PlanBackfillResult {
  /** Page versions to read again. */
  readonly numPages: number;
}

export interface ReparseInput {
  readonly selection: BackfillSelection;
  /** Where the batch before ended; null at the start. */
  readonly cursor: string | null;
}

export interface ReparseResult {
  readonly counts: BackfillCounts;
  /** null when there is nothing left. */
  readonly nextCursor: string | null;
}

export interface BackfillCounts {
  readonly numPages: number;
  readonly numCommitted: number;
  readonly numReplaced: number;
  readonly numUnchanged: number;
  readonly numQuarantined: number;
  /** Pages whose bytes the archive no longer has. */
  readonly numMissing: number;
}

export interface BackfillResult extends BackfillCounts {
  readonly numPlanned: number;
}

/** The answer of the query `progress` of a backfill. */
export interface BackfillProgress {
  readonly numPlanned: number;
  readonly counts: BackfillCounts;
}
