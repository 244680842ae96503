/** A training run as the lake keeps it. */
import type { SplitPart } from './dataset.ts';
import type { CalendarDate } from './dates.ts';
import type { TrackId } from './ids.ts';
import type { Region } from './regions.ts';
import type { RunId, RunStage } from './runs.ts';

export type RunState = 'going' | 'done' | 'failed' | 'cancelled';

export interface RunRow {
  readonly runId: RunId;
  readonly recipe: string;
  readonly recipeJson: string;
  readonly seed: number;
  readonly snapshotId: number;
  readonly versionsJson: string;
  readonly reproduces: RunId | null;
  readonly state: RunState;
  readonly why: string | null;
  readonly featureVersion: string;
  readonly datasetSha256: string;
  readonly numTracks: Readonly<Record<SplitPart, number>>;
  readonly numSynthetic: number;
  readonly weightsSha256: Readonly<Partial<Record<RunStage, string>>>;
  readonly beatsBaselines: boolean | null;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

export interface MetricRow {
  readonly stage: RunStage;
  readonly step: number;
  readonly part: SplitPart;
  /** MP2, MP3 or a baseline's name. */
  readonly model: string;
  /** A region, or `all`. */
  readonly region: string;
  /** Such as `1-4`, or `all`. */
  readonly horizon: string;
  /** Whole weeks from the debut that a forecast was told; null of what is no forecast of weeks. */
  readonly numObservedWeeks: number | null;
  readonly name: string;
  readonly value: number;
  readonly numValues: number;
}

export interface CheckpointRow {
  readonly stage: RunStage;
  /** Steps that were taken. */
  readonly step: number;
  readonly sha256: string;
  readonly numBytes: number;
}

/** All that is known of a run: takes the place of what was known before. */
export interface RunCommit {
  readonly run: RunRow;
  readonly metrics: readonly MetricRow[];
  readonly checkpoints: readonly CheckpointRow[];
}

export interface Publication {
  readonly runId: RunId;
  /** ISO 8601, UTC. */
  readonly publishedAt: string;
  readonly publishedBy: 'run' | 'person';
  readonly why: string;
}

/** What a model says of the weeks of a track in a region that are still to come. */
export interface TrackForecast {
  readonly trackId: TrackId;
  readonly region: Region;
  readonly debut: CalendarDate;
  readonly isSynthetic: boolean;
  /** Whole weeks from the debut that the model was told. */
  readonly numObserved: number;
  /** From week `numObserved` on. */
  readonly weeks: readonly ForecastWeek[];
}

export interface ForecastWeek {
  readonly onChart: number;
  /** One per level of the forecasts' quantile levels. */
  readonly log10Streams: readonly number[];
}

export interface ForecastCommit {
  readonly runId: RunId;
  readonly issuedOn: CalendarDate;
  /** Ascending. */
  readonly quantileLevels: readonly number[];
  readonly forecasts: readonly TrackForecast[];
}

/** What has been forecast of a track in a region already. */
export interface IssuedForecast {
  readonly trackId: TrackId;
  readonly region: Region;
  readonly numObserved: number;
}
