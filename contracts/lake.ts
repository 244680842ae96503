/** What goes into the lake with a page, and what comes back from a commit. Plain values: they travel as payloads. */
import type { Chart, ChartKind } from './charts.ts';
import type { CalendarDate } from './dates.ts';
import type { ErrorType } from './errors.ts';
import type { PageKind } from './pages.ts';

/** One fetched version of a page. The body lies in the page archive under `sha256`. */
export interface PageProvenance {
  readonly url: string;
  readonly pageKind: PageKind;
  /** ISO 8601, UTC. */
  readonly fetchedAt: string;
  readonly httpStatus: number;
  readonly etag: string | null;
  /** Of the decoded bytes. */
  readonly sha256: string;
  readonly parserVersion: string;
}

export const PAGE_STATES = ['parsed', 'unchanged', 'quarantined'] as const;
/**
 * `parsed`: its rows are in the lake. `unchanged`: other bytes, same rows. `quarantined`: it does not fit; the bytes
 * are kept and `why` says what.
 */
export type PageState = (typeof PAGE_STATES)[number];

export interface QuarantineReason {
  readonly errorType: ErrorType;
  readonly message: string;
}

/**
 * - `committed`: a chart date the lake did not have.
 * - `replaced`: the source corrected its page; the rows of that chart date are new, the old ones stay in older snapshots.
 * - `unchanged`: same rows (or same bytes) as the lake has; no new snapshot when the bytes are the same too.
 */
export type CommitOutcome = 'committed' | 'replaced' | 'unchanged';

export interface CheckResult {
  /** As the SQL file is named, such as `ranks_contiguous`. */
  readonly name: string;
  readonly isBlocking: boolean;
  readonly passed: boolean;
  /** The figure the check is about, such as the number of rows that break it. */
  readonly figure: number;
  readonly message: string;
}

export interface ChartCommit {
  readonly outcome: CommitOutcome;
  readonly chart: Chart;
  readonly chartDate: CalendarDate;
  /** The snapshot the commit made; null when it made none. */
  readonly snapshotId: number | null;
  readonly numRows: number;
  readonly numNewEntries: number;
  readonly numReEntries: number;
  readonly checks: readonly CheckResult[];
}

export interface TrackCommit {
  readonly outcome: CommitOutcome;
  readonly snapshotId: number | null;
  readonly numWeeks: number;
}

/** The form of a pin's name, for help and errors: a name never looks like a snapshot's number. */
export const PIN_NAME_RULE = 'a letter, then letters, digits, dots, dashes and underscores; at most 64 in all';

export interface LakeSnapshot {
  readonly snapshotId: number;
  /** ISO 8601, UTC. */
  readonly committedAt: string;
  readonly author: string | null;
  readonly message: string | null;
  readonly pin: { readonly name: string; readonly reason: string } | null;
}

export interface MaintenanceReport {
  readonly numFilesMerged: number;
  readonly numSnapshotsExpired: number;
  readonly numFilesDeleted: number;
  readonly snapshotId: number | null;
}

export interface FreshnessRow {
  readonly kind: ChartKind;
  readonly region: string;
  readonly newestChartDate: CalendarDate;
  readonly lagDays: number;
  /** kworb still serves regions whose chart ended years ago. */
  readonly state: 'fresh' | 'late' | 'dead';
}
