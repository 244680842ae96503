/** All that the command line may do to a running system, over one connection. */
import type { ChartKind } from '../../contracts/charts.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import type {
  BackfillProgress,
  BackfillResult,
  BackfillSelection,
  FeaturesProgress,
  FeaturesResult,
  RefreshResult,
} from '../../contracts/payloads.ts';
import type { Region } from '../../contracts/regions.ts';
import type { RunId, TrainInput, TrainProgress, TrainResult } from '../../contracts/runs.ts';
import type { Settings } from '../../contracts/settings.ts';
import type { SweepId, SweepInput, SweepProgress, SweepResult } from '../../contracts/sweeps.ts';
import type { Environment } from '../../runtime/executables.ts';
import type { Home } from '../../runtime/home.ts';
import { findTemporalTarget } from '../environment.ts';
import type { TemporalTarget } from '../temporalTarget.ts';
import { connectControl } from './connect.ts';
import { asError } from './failures.ts';
import { awaitFeatures, type FeaturesRequest, startFeatures } from './features.ts';
import { awaitNights, awaitRefresh, type NightOutcome, type NightToAwait, startRefresh } from './nights.ts';
import {
  awaitBackfill,
  awaitIdle,
  backfillProgress,
  cancelRun,
  describeRuns,
  featuresProgress,
  type RunsDescription,
  startBackfill,
} from './runs.ts';
import {
  type AppliedSchedule,
  applySchedules,
  backfillSchedule,
  describeSchedules,
  type ScheduleOptions,
  type ScheduleState,
  setSchedulesPaused,
} from './schedules.ts';
import { awaitSweep, signalSweep, startSweep, sweepProgress } from './sweep.ts';
import { awaitTrain, signalTrain, startTrain, type TrainState, trainProgress, trainState } from './train.ts';

/** A run that was started, to be awaited. */
export interface StartedRun {
  readonly workflowId: string;
  readonly runId: string;
}

export interface Control {
  readonly target: TemporalTarget;
  applySchedules(settings: Settings, options?: ScheduleOptions): Promise<AppliedSchedule[]>;
  /** Gives the cadences that have a schedule. */
  pauseSchedules(because: string): Promise<ChartKind[]>;
  resumeSchedules(): Promise<ChartKind[]>;
  describeSchedules(): Promise<ScheduleState[]>;
  /** Has a schedule live through past nights; await them with {@link awaitNights}. */
  backfillSchedule(settings: Settings, cadence: ChartKind, dates: readonly CalendarDate[]): Promise<NightToAwait[]>;
  awaitNights(nights: readonly NightToAwait[], signal?: AbortSignal): AsyncGenerator<NightOutcome>;
  /** Starts a refresh of a night, or finds the one that runs (`isNew` is false then). */
  startRefresh(
    cadence: ChartKind,
    nominalDate: CalendarDate,
    regions?: readonly Region[],
  ): Promise<StartedRun & { readonly isNew: boolean }>;
  /** @throws ChartlifeError of the type it failed with */
  awaitRefresh(run: StartedRun, signal?: AbortSignal): Promise<RefreshResult>;
  startBackfill(selection: BackfillSelection): Promise<StartedRun>;
  /** @throws ChartlifeError of the type it failed with, such as BackfillRefused */
  awaitBackfill(run: StartedRun, signal?: AbortSignal): Promise<BackfillResult>;
  backfillProgress(workflowId: string): Promise<BackfillProgress | null>;
  startFeatures(request: FeaturesRequest): Promise<StartedRun>;
  /** @throws ChartlifeError of the type it failed with, such as InvalidInput where no source of sound is turned on */
  awaitFeatures(run: StartedRun, signal?: AbortSignal): Promise<FeaturesResult>;
  featuresProgress(workflowId: string): Promise<FeaturesProgress | null>;
  startTrain(input: TrainInput): Promise<StartedRun>;
  /** @throws ChartlifeError of the type it failed with */
  awaitTrain(run: StartedRun, signal?: AbortSignal): Promise<TrainResult>;
  trainProgress(runId: RunId): Promise<TrainProgress | null>;
  /** @throws the client's error where the server does not answer */
  trainState(runId: RunId): Promise<TrainState | null>;
  /** @throws ChartlifeError InvalidInput where the run has ended */
  signalTrain(runId: RunId, signal: 'pause' | 'resume'): Promise<void>;
  startSweep(input: SweepInput): Promise<StartedRun>;
  /** @throws ChartlifeError of the type that its first run failed with, where none was trained */
  awaitSweep(run: StartedRun, signal?: AbortSignal): Promise<SweepResult>;
  sweepProgress(sweepId: SweepId): Promise<SweepProgress | null>;
  /** @throws ChartlifeError InvalidInput where the sweep has ended */
  signalSweep(sweepId: SweepId, signal: 'pause' | 'resume'): Promise<void>;
  describeRuns(numFinished: number): Promise<RunsDescription>;
  awaitIdle(signal?: AbortSignal): Promise<void>;
  cancel(workflowId: string): Promise<void>;
  close(): Promise<void>;
}

/** The system of a home: the cluster that the environment names, else what `chartlife up` runs. */
export async function connectToHome(home: Home, env: Environment): Promise<Control> {
  return connectToServer(await findTemporalTarget(home, env));
}

/** @throws ChartlifeError ServerUnavailable */
export async function connectToServer(target: TemporalTarget): Promise<Control> {
  const { client, close } = await connectControl(target);
  return {
    target,
    applySchedules: (settings, options) => applySchedules(client, settings, options),
    pauseSchedules: (because) => setSchedulesPaused(client, because),
    resumeSchedules: () => setSchedulesPaused(client, null),
    describeSchedules: () => describeSchedules(client),
    backfillSchedule: (settings, cadence, dates) => backfillSchedule(client, settings, cadence, dates),
    awaitNights: (nights, signal) => awaitNights(client, nights, signal),
    startRefresh: (cadence, nominalDate, regions) => startRefresh(client, cadence, nominalDate, regions),
    awaitRefresh: async (run, signal) => {
      const end = await awaitRefresh(client, run.workflowId, run.runId, signal);
      if (end.outcome === 'failed') throw asError(end.failure);
      return end.result;
    },
    startBackfill: (selection) => startBackfill(client, selection),
    awaitBackfill: (run, signal) => awaitBackfill(client, run, signal),
    backfillProgress: (workflowId) => backfillProgress(client, workflowId),
    startFeatures: (request) => startFeatures(client, request),
    awaitFeatures: (run, signal) => awaitFeatures(client, run, signal),
    featuresProgress: (workflowId) => featuresProgress(client, workflowId),
    startTrain: (input) => startTrain(client, input),
    awaitTrain: (run, signal) => awaitTrain(client, run, signal),
    trainProgress: (runId) => trainProgress(client, runId),
    trainState: (runId) => trainState(client, runId),
    signalTrain: (runId, signal) => signalTrain(client, runId, signal),
    startSweep: (input) => startSweep(client, input),
    awaitSweep: (run, signal) => awaitSweep(client, run, signal),
    sweepProgress: (sweepId) => sweepProgress(client, sweepId),
    signalSweep: (sweepId, signal) => signalSweep(client, sweepId, signal),
    describeRuns: (numFinished) => describeRuns(client, numFinished),
    awaitIdle: (signal) => awaitIdle(client, signal),
    cancel: (workflowId) => cancelRun(client, workflowId),
    close,
  };
}
