/** A training run, as workflows, activities and the command line speak of it. */

import type { CalendarDate } from './dates.ts';
import type { RunState } from './runRows.ts';

/** 16 hexadecimal digits: of the hash of recipe, snapshot, seed and versions. The same run has the same id. */
export type RunId = string & { readonly [brand]: 'RunId' };
declare const brand: unique symbol;

const RUN_ID = /^[0-9a-f]{16}$/;

/** Null for a text that is none. */
export function tryParseRunId(value: string): RunId | null {
  return RUN_ID.test(value) ? (value as RunId) : null;
}

export const RUN_STAGES = ['mp2', 'mp3'] as const;
export type RunStage = (typeof RUN_STAGES)[number];

/** Where a run is, in its order. */
export const RUN_PHASES = [
  ...(['freeze', 'fit', 'mp2', 'evaluate mp2', 'mp3', 'evaluate mp3', 'decide', 'forecast', 'done'] as const),
];
export type RunPhase = (typeof RUN_PHASES)[number];

/** Where a run's recipe is from: a preset with changes such as `mp2.numSteps=400`; or another run, which is trained again. */
export type RecipeSource =
  | { readonly kind: 'preset'; readonly name: string; readonly changes: readonly string[] }
  | {
      readonly kind: 'run';
      readonly runId: RunId;
      /** From 2 on: a run of its own each. The first has none. */
      readonly attempt?: number;
    };

export interface TrainInput {
  /** The hash of all that follows: a worker that comes to another one refuses. */
  readonly runId: RunId;
  readonly recipe: RecipeSource;
  readonly seed: number;
  readonly snapshotId: number;
  /** What else decides the bits: versions by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** The day it is, for its forecasts: in a home with the sample the sample's own. Not a part of the id. */
  readonly today: CalendarDate;
}

/** How a run stands, for the lake. */
export interface RecordRunInput {
  readonly runId: RunId;
  readonly state: RunState;
  /** Of a run that failed: the type of the error, and what it said. */
  readonly why?: string;
}

/** Asks for the forecasts of tracks that came onto a chart lately and have none of this run yet. */
export interface ForecastNewInput {
  readonly runId: RunId;
  readonly issuedOn: CalendarDate;
}

export interface ForecastNewResult {
  readonly numForecasts: number;
  /** Charted in regions that the run has not learned. */
  readonly numUnknownRegion: number;
  readonly snapshotId: number | null;
}

export interface FrozenRun {
  readonly numTracks: Readonly<Record<'training' | 'validation' | 'test', number>>;
  readonly numTrajectories: number;
  readonly numSynthetic: number;
}

export interface TrainStageInput {
  readonly runId: RunId;
  readonly stage: RunStage;
}

export interface TrainStageResult {
  readonly outcome: 'done' | 'stopped';
  readonly numSteps: number;
}

/** What heartbeats of a stage tell; of an evaluation or a forecast the rows of a part, without a loss. */
export interface StageBeat {
  readonly step: number;
  readonly numSteps: number;
  readonly loss: number | null;
}

export interface Decision {
  /** MP3's mean absolute error on the validation part is below each baseline's. */
  readonly isPublished: boolean;
  /** In words, with the figures. */
  readonly why: string;
}

export interface TrainResult extends Decision {
  readonly runId: RunId;
  /** Of tracks that came onto a chart lately; 0 of a run that is not published. */
  readonly numForecasts: number;
}

/** The answer of the query `progress` of a run. */
export interface TrainProgress {
  readonly phase: RunPhase;
  readonly isPaused: boolean;
  readonly frozen: FrozenRun | null;
}
