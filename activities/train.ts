/** The steps of a training run. The work itself is the trainer's, behind a port: its process may live on any machine. */
import { Context } from '@temporalio/activity';
import type {
  Decision,
  ForecastNewInput,
  ForecastNewResult,
  FrozenRun,
  RecordRunInput,
  RunId,
  StageBeat,
  TrainInput,
  TrainStageInput,
  TrainStageResult,
} from '../contracts/runs.ts';
import { defineActivity } from './defineActivity.ts';
import { StagePatience } from './stagePatience.ts';

export interface StageHooks {
  readonly onBeat: (beat: StageBeat) => void;
  /** Aborted: a checkpoint, then the end. */
  readonly signal: AbortSignal;
}

export interface RunPort {
  /** Pins the snapshot and writes the data set; what is there already stays as it is. */
  freeze(input: TrainInput): Promise<FrozenRun>;
  /** Fits the normalisers on the training part; what is there already stays as it is. */
  fit(runId: RunId): Promise<void>;
  /** Takes a stage from wherever it was; a finished one is done at once. */
  train(input: TrainStageInput, hooks: StageHooks): Promise<TrainStageResult>;
  evaluate(input: TrainStageInput, hooks: StageHooks): Promise<void>;
  /** Publishes the run where it beats the baselines on the validation part; keeps it in any case. */
  decide(runId: RunId): Promise<Decision>;
  /** Brings what the lake has of the run up to date. */
  record(input: RecordRunInput): Promise<void>;
  forecastNew(input: ForecastNewInput, hooks: StageHooks): Promise<ForecastNewResult>;
}

export interface TrainActivities {
  freezeRun(input: TrainInput): Promise<FrozenRun>;
  fitRun(input: { readonly runId: RunId }): Promise<void>;
  trainRunStage(input: TrainStageInput): Promise<TrainStageResult>;
  evaluateRunStage(input: TrainStageInput): Promise<void>;
  decideRun(input: { readonly runId: RunId }): Promise<Decision>;
  recordRun(input: RecordRunInput): Promise<void>;
  forecastNewEntries(input: ForecastNewInput): Promise<ForecastNewResult>;
}

/** Each may run twice, or be killed half way: what the first left is found, and nothing is done twice. */
export function createTrainActivities(runs: RunPort): TrainActivities {
  const patience = new StagePatience();
  return {
    freezeRun: defineActivity((input: TrainInput) => runs.freeze(input)),
    fitRun: defineActivity(({ runId }: { readonly runId: RunId }) => runs.fit(runId)),
    trainRunStage: defineActivity((input: TrainStageInput, signal) =>
      patience.attempt(`${input.runId} ${input.stage}`, hooksOf(signal), (hooks) => runs.train(input, hooks)),
    ),
    evaluateRunStage: defineActivity((input: TrainStageInput, signal) =>
      patience.attempt(`${input.runId} evaluate ${input.stage}`, hooksOf(signal), (hooks) =>
        runs.evaluate(input, hooks),
      ),
    ),
    decideRun: defineActivity(({ runId }: { readonly runId: RunId }) => runs.decide(runId)),
    recordRun: defineActivity((input: RecordRunInput) => runs.record(input)),
    forecastNewEntries: defineActivity((input: ForecastNewInput, signal) => runs.forecastNew(input, hooksOf(signal))),
  };
}

/** Beside the beat that says "alive", one that says how far it is. */
function hooksOf(signal: AbortSignal): StageHooks {
  const context = Context.current();
  return { signal, onBeat: (beat) => context.heartbeat(beat) };
}
