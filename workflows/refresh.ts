/** One night: every chart of a kind is fetched and committed, then what it brought is followed up. */
import {
  defineSearchAttributeKey,
  SearchAttributeType,
  WorkflowExecutionAlreadyStartedError,
} from '@temporalio/common';
import {
  ApplicationFailure,
  defineQuery,
  executeChild,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { CommitActivities } from '../activities/commit.ts';
import type { FetchActivities } from '../activities/fetch.ts';
import type { PlanActivities } from '../activities/plan.ts';
import type { TrainActivities } from '../activities/train.ts';
import type { UpkeepActivities } from '../activities/upkeep.ts';
import { addDays, type CalendarDate } from '../contracts/dates.ts';
import {
  type ChartOutcome,
  type ChartProblem,
  type CommitPageResult,
  type EnrichResult,
  type FeaturesResult,
  type FreshnessSummary,
  MAX_PROBLEMS_NAMED,
  type MaintenanceSummary,
  type OutcomeCounts,
  type RefreshInput,
  type RefreshPhase,
  type RefreshPlan,
  type RefreshProgress,
  type RefreshResult,
  type SoundPlan,
} from '../contracts/payloads.ts';
import type { Region } from '../contracts/regions.ts';
import type { ForecastNewResult, RunId } from '../contracts/runs.ts';
import { enrichId, featuresId, WORKFLOW_TYPES } from '../contracts/workflowIds.ts';
import { FORECAST_OPTIONS, fetchOptions, LAKE_OPTIONS, UPKEEP_OPTIONS } from './activityOptions.ts';
import type { enrich } from './enrich.ts';
import { summarizeFailure } from './failures.ts';
import { forEachInWindow } from './fanOut.ts';
import type { features } from './features.ts';

/** Charts under way at once. */
const CHART_WINDOW = 8;

/**
 * How far back entries are followed up. Charts run days behind the clock, and a track page may appear days after its
 * track; a page that was found is not fetched again.
 */
const ENTRY_WINDOW_DAYS = { daily: 6, weekly: 21 } as const;

/** Set by the server on the runs of a schedule. */
const SCHEDULED_START_TIME = defineSearchAttributeKey('TemporalScheduledStartTime', SearchAttributeType.DATETIME);

export const progressQuery = defineQuery<RefreshProgress>('progress');

const plan = proxyActivities<PlanActivities>(LAKE_OPTIONS);
const lake = proxyActivities<CommitActivities>(LAKE_OPTIONS);
const upkeep = proxyActivities<UpkeepActivities>(UPKEEP_OPTIONS);
const forecaster = proxyActivities<TrainActivities>(FORECAST_OPTIONS);

interface RefreshState {
  readonly cadence: RefreshInput['cadence'];
  phase: RefreshPhase;
  nominalDate: CalendarDate | null;
  numCharts: number;
  readonly outcomes: Record<ChartOutcome, number>;
  readonly problems: ChartProblem[];
  numProblemsUnnamed: number;
  numRows: number;
  numNewEntries: number;
  numReEntries: number;
  numWarnings: number;
  firstChartDate: CalendarDate | null;
  lastChartDate: CalendarDate | null;
  readonly snapshotIds: Set<number>;
  enrichId: string | null;
  featuresId: string | null;
  readonly notes: string[];
}

/**
 * Refreshes all charts of one cadence. A chart that can't be fetched, or whose page does not fit, is reported and
 * does not hold the others; only a night in which every chart failed is a failed run.
 */
export async function refresh(input: RefreshInput): Promise<RefreshResult> {
  const state = initialState(input);
  setHandler(progressQuery, () => progressOf(state));
  return run(state, input);
}

async function run(state: RefreshState, input: RefreshInput): Promise<RefreshResult> {
  const scheduledAt = workflowInfo().typedSearchAttributes.get(SCHEDULED_START_TIME);
  const night = await plan.planRefresh({
    cadence: input.cadence,
    nominalDate: input.nominalDate ?? null,
    scheduledAt: scheduledAt?.toISOString() ?? null,
    ...(input.regions === undefined ? {} : { regions: input.regions }),
  });
  state.nominalDate = night.nominalDate;
  state.numCharts = night.regions.length;

  state.phase = 'charts';
  await forEachInWindow(night.regions, CHART_WINDOW, (region) => refreshChart(state, night, region));

  state.phase = 'tracks';
  const tracks = night.enrich ? await enrichEntries(state, night) : null;

  // Of a plan that was made before there was sound, nothing is said of it.
  if (night.sound !== undefined) state.phase = 'sound';
  const sound = night.sound === undefined ? null : await hearEntries(state, night, night.sound);

  // The same of a plan that knows no published model.
  if (night.forecastBy !== undefined) state.phase = 'forecasts';
  const forecasts =
    night.forecastBy === undefined ? undefined : await forecastEntries(state, night.nominalDate, night.forecastBy);

  state.phase = 'maintenance';
  const maintenance = await noteFailure<MaintenanceSummary>(state, 'maintenance', () => upkeep.maintainLake());

  state.phase = 'checks';
  const freshness = await noteFailure<FreshnessSummary>(state, 'freshness', () =>
    upkeep.checkFreshness({ cadence: input.cadence, nominalDate: night.nominalDate }),
  );

  state.phase = 'done';
  const result = resultOf(state, night, {
    ...{ tracks, sound, maintenance, freshness },
    ...(forecasts === undefined ? {} : { forecasts }),
  });
  if (result.numCharts > 0 && result.outcomes.failed === result.numCharts) throw nothingCameIn(result);
  return result;
}

/** Fetch, then commit or quarantine. */
async function refreshChart(state: RefreshState, night: RefreshPlan, region: Region): Promise<void> {
  const { fetchPage } = proxyActivities<FetchActivities>(fetchOptions(night.fetchPatience));
  try {
    const fetched = await fetchPage({
      target: { kind: 'chart', chart: { kind: state.cadence, region } },
      nominalDate: night.nominalDate,
    });
    if (fetched.outcome === 'absent') {
      noteProblem(state, {
        region,
        outcome: 'failed',
        errorType: 'PageNotFound',
        message: `no page at ${fetched.url}`,
      });
      return;
    }
    // A page that was not modified is committed as well: the night that fetched it may have ended before its commit.
    noteCommit(state, region, await lake.commitPage({ page: fetched.page }));
  } catch (error) {
    noteProblem(state, { region, outcome: 'failed', ...summarizeFailure(error) });
  }
}

function noteCommit(state: RefreshState, region: Region, commit: CommitPageResult): void {
  if (commit.snapshotId !== null) state.snapshotIds.add(commit.snapshotId);
  if (commit.outcome === 'quarantined') {
    noteProblem(state, { region, outcome: 'quarantined', errorType: commit.errorType, message: commit.message });
    return;
  }
  state.outcomes[commit.outcome]++;
  state.numWarnings += commit.numWarnings;
  const { chartDate } = commit;
  if (state.firstChartDate === null || chartDate < state.firstChartDate) state.firstChartDate = chartDate;
  if (state.lastChartDate === null || chartDate > state.lastChartDate) state.lastChartDate = chartDate;
  if (commit.outcome === 'unchanged') return;
  state.numRows += commit.numRows;
  state.numNewEntries += commit.numNewEntries;
  state.numReEntries += commit.numReEntries;
}

function noteProblem(state: RefreshState, problem: ChartProblem): void {
  state.outcomes[problem.outcome]++;
  if (state.problems.length < MAX_PROBLEMS_NAMED) state.problems.push(problem);
  else state.numProblemsUnnamed++;
}

async function enrichEntries(state: RefreshState, night: RefreshPlan): Promise<EnrichResult | null> {
  const workflowId = enrichId(night.nominalDate, state.cadence);
  state.enrichId = workflowId;
  return noteFailure<EnrichResult>(state, 'track pages', () =>
    executeChild<typeof enrich>(WORKFLOW_TYPES.enrich, {
      workflowId,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      args: [
        {
          nominalDate: night.nominalDate,
          enteredFrom: addDays(night.nominalDate, -ENTRY_WINDOW_DAYS[state.cadence]),
          fetchPatience: night.fetchPatience,
        },
      ],
    }),
  );
}

async function hearEntries(state: RefreshState, night: RefreshPlan, plan: SoundPlan): Promise<FeaturesResult | null> {
  const workflowId = featuresId(night.nominalDate, state.cadence);
  state.featuresId = workflowId;
  const heard = await noteFailure<FeaturesResult>(state, 'sound', () =>
    executeChild<typeof features>(WORKFLOW_TYPES.features, {
      workflowId,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      args: [
        {
          nominalDate: night.nominalDate,
          enteredFrom: addDays(night.nominalDate, -ENTRY_WINDOW_DAYS[state.cadence]),
          plan,
        },
      ],
    }),
  );
  for (const { numTracks, errorType, message } of heard?.failures ?? []) {
    state.notes.push(`sound: ${numTracks} failed, ${errorType}: ${message}`);
  }
  return heard;
}

async function forecastEntries(
  state: RefreshState,
  issuedOn: CalendarDate,
  runId: RunId,
): Promise<ForecastNewResult | null> {
  const made = await noteFailure<ForecastNewResult>(state, 'forecasts', () =>
    forecaster.forecastNewEntries({ runId, issuedOn }),
  );
  if (made != null && made.snapshotId !== null) state.snapshotIds.add(made.snapshotId);
  return made;
}

/** The result of a step whose failure the night survives; null and a note if it fails. */
async function noteFailure<T>(state: RefreshState, step: string, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      state.notes.push(`${step}: another refresh of the same night is at it`);
      return null;
    }
    const { errorType, message } = summarizeFailure(error);
    state.notes.push(`${step}: ${errorType}: ${message}`);
    return null;
  }
}

function initialState(input: RefreshInput): RefreshState {
  return {
    cadence: input.cadence,
    phase: 'planning',
    nominalDate: null,
    numCharts: 0,
    outcomes: { committed: 0, replaced: 0, unchanged: 0, quarantined: 0, failed: 0 },
    problems: [],
    numProblemsUnnamed: 0,
    numRows: 0,
    numNewEntries: 0,
    numReEntries: 0,
    numWarnings: 0,
    firstChartDate: null,
    lastChartDate: null,
    snapshotIds: new Set(),
    enrichId: null,
    featuresId: null,
    notes: [],
  };
}

function progressOf(state: RefreshState): RefreshProgress {
  return {
    cadence: state.cadence,
    nominalDate: state.nominalDate,
    phase: state.phase,
    numCharts: state.numCharts,
    numChartsDone: sumOf(state.outcomes),
    outcomes: { ...state.outcomes },
    enrichId: state.enrichId,
    featuresId: state.featuresId,
  };
}

function sumOf(outcomes: OutcomeCounts): number {
  return Object.values(outcomes).reduce((sum, count) => sum + count, 0);
}

function resultOf(
  state: RefreshState,
  night: RefreshPlan,
  followUp: Pick<RefreshResult, 'tracks' | 'sound' | 'forecasts' | 'maintenance' | 'freshness'>,
): RefreshResult {
  return {
    cadence: state.cadence,
    nominalDate: night.nominalDate,
    numCharts: state.numCharts,
    outcomes: { ...state.outcomes },
    problems: state.problems,
    numProblemsUnnamed: state.numProblemsUnnamed,
    numRows: state.numRows,
    numNewEntries: state.numNewEntries,
    numReEntries: state.numReEntries,
    numWarnings: state.numWarnings,
    firstChartDate: state.firstChartDate,
    lastChartDate: state.lastChartDate,
    numSnapshots: state.snapshotIds.size + (followUp.tracks?.numSnapshots ?? 0) + (followUp.sound?.numSnapshots ?? 0),
    notes: state.notes,
    ...followUp,
  };
}

function nothingCameIn(result: RefreshResult): ApplicationFailure {
  const [first] = result.problems;
  const why = first === undefined ? '' : `; ${first.region}: ${first.message}`;
  return ApplicationFailure.create({
    message: `none of ${result.numCharts} ${result.cadence} charts came in${why}`,
    type: first?.errorType ?? 'SourceUnavailable',
    nonRetryable: true,
    details: [result],
  });
}
