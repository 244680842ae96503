/** A training run: freeze, fit, MP2, evaluate, MP3, evaluate, decide. What is done is not done again. */
import {
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { TrainActivities } from '../activities/train.ts';
import {
  type FrozenRun,
  RUN_STAGES,
  type RunPhase,
  type RunStage,
  type TrainInput,
  type TrainProgress,
  type TrainResult,
} from '../contracts/runs.ts';
import { TRAIN_STAGE_OPTIONS, TRAIN_STEP_OPTIONS } from './activityOptions.ts';

export const progressQuery = defineQuery<TrainProgress>('progress');
/** Stops at a checkpoint, and waits. */
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');

const steps = proxyActivities<TrainActivities>(TRAIN_STEP_OPTIONS);
const stages = proxyActivities<TrainActivities>(TRAIN_STAGE_OPTIONS);

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
  state.frozen = await steps.freezeRun(input);
  state.phase = 'fit';
  await steps.fitRun({ runId });
  for (const stage of RUN_STAGES) {
    state.phase = stage;
    await trainToEnd(state, runId, stage);
    state.phase = `evaluate ${stage}`;
    await stages.evaluateRunStage({ runId, stage });
  }
  state.phase = 'decide';
  const decision = await steps.decideRun({ runId });
  state.phase = 'done';
  return { runId, ...decision };
}

/** Through pauses, each of which ends the activity at a checkpoint. */
async function trainToEnd(state: TrainState, runId: TrainInput['runId'], stage: RunStage): Promise<void> {
  for (;;) {
    await condition(() => !state.isPaused);
    const scope = new CancellationScope();
    state.interrupt = () => scope.cancel();
    try {
      const { outcome } = await scope.run(() => stages.trainRunStage({ runId, stage }));
      if (outcome === 'done') return;
    } catch (error) {
      // A pause cancels the stage alone; a cancelled run is cancelled here too.
      if (!isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
    } finally {
      state.interrupt = () => undefined;
    }
  }
}
