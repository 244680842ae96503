/** A training run: freeze, fit, MP2, evaluate, MP3, evaluate, decide, forecast. What is done is not done again. */
import { RetryState } from '@temporalio/common';
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  log,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { TrainActivities } from '../activities/train.ts';
import type { CalendarDate } from '../contracts/dates.ts';
import {
  type FrozenRun,
  type RecordRunInput,
  RUN_STAGES,
  type RunId,
  type RunPhase,
  type RunStage,
  type TrainInput,
  type TrainProgress,
  type TrainResult,
} from '../contracts/runs.ts';
import { FORECAST_OPTIONS, LAST_IN_QUEUE, TRAIN_STAGE_OPTIONS, TRAIN_STEP_OPTIONS } from './activityOptions.ts';
import { summarizeFailure } from './failures.ts';

export const progressQuery = defineQuery<TrainProgress>('progress');
/** Stops at a checkpoint, and waits. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');

const steps = proxyActivities<TrainActivities>(TRAIN_STEP_OPTIONS);
const stages = proxyActivities<TrainActivities>(TRAIN_STAGE_OPTIONS);
/** What has its MP2 goes first: of many runs on few workers, one after the other comes to its end. */
const firstStage = proxyActivities<TrainActivities>({ ...TRAIN_STAGE_OPTIONS, priority: LAST_IN_QUEUE });
const forecasts = proxyActivities<TrainActivities>(FORECAST_OPTIONS);
/** A run that has failed or was cancelled must not wait for ever to say so. */
const lastSteps = proxyActivities<TrainActivities>({ ...TRAIN_STEP_OPTIONS, scheduleToCloseTimeout: '10 minutes' });

interface TrainState {
  phase: RunPhase;
  isPaused: boolean;
  frozen: FrozenRun | null;
  /** Ends the stage that runs, at a checkpoint. */
  interrupt: () => void;
}

export async function train(input: TrainInput): Promise<TrainResult> {
  const state: TrainState = { phase: 'freeze', isPaused: false, frozen: null, interrupt: () => undefined };
  setHandler(progressQuery, () => ({ phase: state.phase, isPaused: state.isPaused, frozen: state.frozen }));
  setHandler(pauseSignal, () => {
    state.isPaused = true;
    state.interrupt();
  });
  setHandler(resumeSignal, () => {
    state.isPaused = false;
  });
  const { runId } = input;
  try {
    const result = await run(state, input);
    await steps.recordRun({ runId, state: 'done' });
    state.phase = 'done';
    return result;
  } catch (error) {
    const isCancelled = CancellationScope.current().consideredCancelled && isCutShort(error);
    await recordEnd(runId, isCancelled ? { state: 'cancelled' } : { state: 'failed', why: whyOf(error) });
    throw isCancelled && !isCancellation(error) ? new CancelledFailure('the run was cancelled') : error;
  }
}

async function run(state: TrainState, input: TrainInput): Promise<TrainResult> {
  const { runId, today } = input;
  state.frozen = await steps.freezeRun(input);
  state.phase = 'fit';
  await steps.fitRun({ runId });
  for (const stage of RUN_STAGES) {
    await steps.recordRun({ runId, state: 'going' });
    state.phase = stage;
    await trainToEnd(state, runId, stage);
    // A pause ends what trains, at a checkpoint; what else is under way is short, and what comes after it waits.
    await condition(() => !state.isPaused);
    state.phase = `evaluate ${stage}`;
    await stages.evaluateRunStage({ runId, stage });
  }
  await condition(() => !state.isPaused);
  state.phase = 'decide';
  const decision = await steps.decideRun({ runId });
  await condition(() => !state.isPaused);
  state.phase = 'forecast';
  const numForecasts = decision.isPublished ? await forecastNew(runId, today) : 0;
  return { runId, ...decision, numForecasts };
}

/** The run is whole without its forecasts: where they fail, the next night makes them. */
async function forecastNew(runId: RunId, issuedOn: CalendarDate): Promise<number> {
  try {
    return (await forecasts.forecastNewEntries({ runId, issuedOn })).numForecasts;
  } catch (error) {
    log.warn('the run is published; its forecasts failed', { runId, ...summarizeFailure(error) });
    return 0;
  }
}

/** What the lake says of a run that ended before its end; its folder has all of it, and it can go on. */
async function recordEnd(runId: RunId, end: Omit<RecordRunInput, 'runId'>): Promise<void> {
  await CancellationScope.nonCancellable(() => lastSteps.recordRun({ runId, ...end })).catch((failure: unknown) => {
    log.warn('the lake was not told of the end of the run', { runId, ...summarizeFailure(failure) });
  });
}

/**
 * Whether an activity that was asked to end has ended for that, and not on its own account. One whose worker or trainer dies before it
 * hears of it comes back as timed out or lost: the server tries nothing again that was asked to end.
 */
function isCutShort(error: unknown): boolean {
  if (isCancellation(error)) return true;
  if (!(error instanceof ActivityFailure) || error.retryState !== RetryState.CANCEL_REQUESTED) return false;
  return !(error.cause instanceof ApplicationFailure && error.cause.nonRetryable === true);
}

function whyOf(error: unknown): string {
  const { errorType, message } = summarizeFailure(error);
  return `${errorType}: ${message}`;
}

/** Through pauses, each of which ends the activity at a checkpoint. */
async function trainToEnd(state: TrainState, runId: TrainInput['runId'], stage: RunStage): Promise<void> {
  const trainer = stage === 'mp2' ? firstStage : stages;
  for (;;) {
    await condition(() => !state.isPaused);
    const scope = new CancellationScope();
    state.interrupt = () => scope.cancel();
    try {
      const { outcome } = await scope.run(() => trainer.trainRunStage({ runId, stage }));
      if (outcome === 'done') return;
    } catch (error) {
      // A pause cancels the stage alone; a cancelled run is cancelled here too.
      if (CancellationScope.current().consideredCancelled || !scope.consideredCancelled || !isCutShort(error))
        throw error;
    } finally {
      state.interrupt = () => undefined;
    }
  }
}
