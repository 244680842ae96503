/** What there is to see of a run at one moment, from what its folder and the server say. */
import { RUN_STAGES, type RunId, type RunPhase, type RunStage } from '../../contracts/runs.ts';
import { smooth, smoothingSpan } from '../../plots/smooth.ts';
import type { WorkflowFailureSummary } from '../../workers/control/failures.ts';
import type { TrainState } from '../../workers/control/train.ts';
import { countAttempts, type RunEvent } from '../../workers/trainer/eventsFile.ts';
import type { RunNow } from '../../workers/trainer/nowFile.ts';
import type { RunRecord } from '../../workers/trainer/runFolder.ts';

/** The server's word on a run: `none` where no server runs or it knows no such run, `away` where it does not answer. */
export type WorkflowSight = TrainState | 'none' | 'away';

export interface RunFacts {
  readonly at: Date;
  readonly record: RunRecord;
  readonly events: readonly RunEvent[];
  readonly now: RunNow | null;
  /** By stage, in the order of the steps. */
  readonly losses: Readonly<Record<RunStage, readonly number[]>>;
  readonly checkpointSteps: Readonly<Record<RunStage, readonly number[]>>;
  /** The process of the newest attempt runs on this machine. */
  readonly isTrainerAlive: boolean;
  readonly workflow: WorkflowSight;
}

/** `idle`: it is not done, and nothing runs it. */
export type RunState = 'going' | 'paused' | 'done' | 'failed' | 'cancelled' | 'idle';

export interface RunView {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly runId: RunId;
  readonly recipe: string;
  readonly seed: number;
  readonly snapshotId: number;
  readonly state: RunState;
  readonly phase: RunPhase;
  /** The one that is trained or evaluated, or was last. */
  readonly stage: RunStage;
  /** Steps that were taken, of so many. */
  readonly step: number;
  readonly numSteps: number;
  /** Smoothed; null before the first step. */
  readonly loss: number | null;
  /** Of the last seconds; null where nothing trains. */
  readonly stepsPerSecond: number | null;
  /** To the stage's end. */
  readonly msLeft: number | null;
  /** Of the trainer's process; null where none runs. */
  readonly memoryBytes: number | null;
  readonly checkpoints: { readonly numKept: number; readonly newestStep: number | null };
  readonly numKills: number;
  readonly numResumes: number;
  readonly lastEvent: RunEvent | null;
  /** What the server tries again, or why the run ended; null where there is nothing to say. */
  readonly problem: WorkflowFailureSummary | null;
  readonly isServerAway: boolean;
}

/** Older than this, what the trainer said of itself is of the past; a step of a large recipe takes longer. */
const FRESH_MS = 30_000;
const FRESH_STEPS = 5;

export function runViewOf(facts: RunFacts): RunView {
  const { at, record, events, losses, checkpointSteps, workflow } = facts;
  const state = stateOf(facts);
  const phase = phaseOf(facts);
  const stage = stageOf(phase);
  const step = losses[stage].length;
  const { numSteps } = record.recipe[stage];
  const now = state === 'going' && phase === stage ? freshNow(facts, stage) : null;
  const { numKills, numResumes } = countAttempts(events);
  const rate = now?.stepsPerSecond ?? null;
  const known = typeof workflow === 'string' ? null : workflow;
  return {
    at: at.toISOString(),
    ...{ runId: record.runId, recipe: record.recipe.name, seed: record.seed, snapshotId: record.snapshotId },
    ...{ state, phase, stage, step, numSteps },
    loss: lossCourse(facts, stage).at(-1) ?? null,
    stepsPerSecond: rate,
    msLeft: rate === null ? null : ((numSteps - step) / rate) * 1_000,
    memoryBytes: now?.memoryBytes ?? null,
    checkpoints: { numKept: checkpointSteps[stage].length, newestStep: checkpointSteps[stage].at(-1) ?? null },
    ...{ numKills, numResumes },
    lastEvent: events.at(-1) ?? null,
    // What failed at its last attempt holds nothing up once the next one computes.
    problem: state === 'done' || now !== null ? null : (known?.failure ?? known?.retrying?.failure ?? null),
    isServerAway: workflow === 'away',
  };
}

/** The stage's smoothed losses, one a step. */
export function lossCourse({ losses }: Pick<RunFacts, 'losses'>, stage: RunStage): number[] {
  const finite = losses[stage].filter(Number.isFinite);
  return smooth(finite, smoothingSpan(finite.length));
}

export function isOver({ state }: RunView): boolean {
  return state !== 'going' && state !== 'paused';
}

function stateOf({ record, workflow, isTrainerAlive }: RunFacts): RunState {
  if (workflow === 'away') return 'going';
  if (workflow !== 'none') {
    if (workflow.isRunning) return workflow.progress?.isPaused === true ? 'paused' : 'going';
    if (record.decision !== undefined) return 'done';
    return workflow.failure?.errorType === 'Cancelled' ? 'cancelled' : 'failed';
  }
  if (record.decision !== undefined) return 'done';
  return isTrainerAlive ? 'going' : 'idle';
}

/** The server's word where it has one: without it what is not there yet comes next. */
function phaseOf({ record, workflow }: RunFacts): RunPhase {
  if (typeof workflow !== 'string' && workflow.progress !== null) return workflow.progress.phase;
  if (record.dataset === undefined) return 'freeze';
  if (record.normalisers === undefined) return 'fit';
  for (const stage of RUN_STAGES) {
    if (record.weightsSha256?.[stage] === undefined) return stage;
    if (record.evaluations?.[stage] === undefined) return `evaluate ${stage}`;
  }
  return record.decision === undefined ? 'decide' : 'done';
}

function stageOf(phase: RunPhase): RunStage {
  return phase === 'freeze' || phase === 'fit' || phase.endsWith('mp2') ? 'mp2' : 'mp3';
}

function freshNow({ at, now, events }: RunFacts, stage: RunStage): RunNow | null {
  if (now === null || now.stage !== stage || now.attempt !== events.at(-1)?.attempt) return null;
  const stepMs = now.stepsPerSecond === null ? 0 : 1_000 / now.stepsPerSecond;
  const ageMs = at.getTime() - Date.parse(now.at);
  return ageMs <= Math.max(FRESH_MS, FRESH_STEPS * stepMs) ? now : null;
}
