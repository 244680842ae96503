/** A sweep: runs of recipes over folds and seeds, each a `train` of its own. One that fails does not stop the others. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  type ChildWorkflowHandle,
  condition,
  defineQuery,
  isCancellation,
  log,
  ParentClosePolicy,
  proxyActivities,
  setHandler,
  sleep,
  startChild,
} from '@temporalio/workflow';
import type { SweepActivities } from '../activities/sweep.ts';
import { MAX_PROBLEMS_NAMED } from '../contracts/payloads.ts';
import type { RunId, TrainInput } from '../contracts/runs.ts';
import {
  SWEEP_RUN_STATES,
  type SweepCounts,
  type SweepInput,
  type SweepProblem,
  type SweepProgress,
  type SweepResult,
  type SweepRunState,
  trainInputsOf,
} from '../contracts/sweeps.ts';
import { trainId, WORKFLOW_TYPES } from '../contracts/workflowIds.ts';
import { TRAIN_STEP_OPTIONS } from './activityOptions.ts';
import { summarizeFailure } from './failures.ts';
import { forEachInWindow } from './fanOut.ts';
import { pauseSignal, resumeSignal, type train } from './train.ts';

export const progressQuery = defineQuery<SweepProgress>('progress');

/** Runs under way at once: more than there are workers, as each worker takes one stage at a time from what waits. */
const RUN_WINDOW = 32;
/**
 * A run that was started by itself is looked for again after so long, then after longer and longer. A look is some ten events: every
 * hour, in all lanes, they fill a history (51,200) in a week.
 */
const FIRST_LOOK_MS = 2_000;
const LONGEST_LOOK_MS = 60 * 60_000;
const LOOK_GROWTH = 1.5;

const steps = proxyActivities<SweepActivities>(TRAIN_STEP_OPTIONS);

interface SweepState {
  phase: SweepProgress['phase'];
  isPaused: boolean;
  /** In the order of the plan. */
  readonly runs: Map<RunId, SweepRunState>;
  readonly children: Map<RunId, ChildWorkflowHandle<typeof train>>;
  numPublished: number;
  readonly problems: SweepProblem[];
  numProblemsUnnamed: number;
}

/** Fails only where not one of its runs was trained and one has failed. */
export async function sweep(input: SweepInput): Promise<SweepResult> {
  const state: SweepState = {
    phase: 'plan',
    isPaused: false,
    runs: new Map(),
    children: new Map(),
    numPublished: 0,
    problems: [],
    numProblemsUnnamed: 0,
  };
  setHandler(progressQuery, () => progressOf(state));
  setHandler(pauseSignal, () => setPaused(state, true));
  setHandler(resumeSignal, () => setPaused(state, false));
  return run(state, input);
}

async function run(state: SweepState, input: SweepInput): Promise<SweepResult> {
  const plan = await steps.planSweep(input);
  for (const runId of plan.runIds) state.runs.set(runId, 'waiting');
  state.phase = 'runs';
  await forEachInWindow(trainInputsOf(input, plan), RUN_WINDOW, (one) => trainOne(state, one));
  // Only now: the runs that were cancelled with the sweep have written their checkpoints and ended.
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the sweep was cancelled');
  state.phase = 'done';
  const { problems, numPublished, numProblemsUnnamed } = state;
  const counts = countsOf(state);
  if (counts.done === 0 && counts.failed > 0) throw nothingTrained(counts, problems);
  return { sweepId: input.sweepId, counts, numPublished, problems, numProblemsUnnamed };
}

async function trainOne(state: SweepState, input: TrainInput): Promise<void> {
  const { runId } = input;
  try {
    const { isPublished } = await trainToEnd(state, input);
    state.runs.set(runId, 'done');
    if (isPublished) state.numPublished++;
  } catch (error) {
    if (isCancellation(error)) {
      state.runs.set(runId, 'cancelled');
      noteProblem(state, { runId, errorType: 'Cancelled', message: 'the run was cancelled' });
      return;
    }
    const problem = { runId, ...summarizeFailure(error) };
    state.runs.set(runId, 'failed');
    noteProblem(state, problem);
  } finally {
    state.children.delete(runId);
  }
}

/** One that was started by itself is waited for; then its stages are found done, and its child passes through. */
async function trainToEnd(state: SweepState, input: TrainInput) {
  const { runId } = input;
  for (let lookAfterMs = FIRST_LOOK_MS; ; lookAfterMs = Math.min(LOOK_GROWTH * lookAfterMs, LONGEST_LOOK_MS)) {
    await condition(() => !state.isPaused);
    try {
      const child = await startChild<typeof train>(WORKFLOW_TYPES.train, {
        workflowId: trainId(runId),
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        args: [input],
      });
      state.runs.set(runId, 'going');
      state.children.set(runId, child);
      // The sweep may have been paused while the server was starting it.
      if (state.isPaused) void tell(runId, child, true);
      return await child.result();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      state.runs.set(runId, 'elsewhere');
    }
    await sleep(lookAfterMs);
  }
}

function setPaused(state: SweepState, isPaused: boolean): void {
  state.isPaused = isPaused;
  for (const [runId, child] of state.children) void tell(runId, child, isPaused);
}

async function tell(runId: RunId, child: ChildWorkflowHandle<typeof train>, isPaused: boolean): Promise<void> {
  try {
    await child.signal(isPaused ? pauseSignal : resumeSignal);
  } catch (error) {
    // It has ended meanwhile, or the sweep is being cancelled.
    log.info('a run could not be told to pause or resume', { runId, error: String(error) });
  }
}

function noteProblem(state: SweepState, problem: SweepProblem): void {
  if (state.problems.length < MAX_PROBLEMS_NAMED) state.problems.push(problem);
  else state.numProblemsUnnamed++;
}

function progressOf(state: SweepState): SweepProgress {
  const { phase, isPaused, runs, problems } = state;
  const underWay = [...runs].filter(([, how]) => how === 'going' || how === 'elsewhere').map(([runId]) => runId);
  return { phase, isPaused, counts: countsOf(state), underWay, problems: [...problems] };
}

function countsOf({ runs }: SweepState): SweepCounts {
  const counts = Object.fromEntries(SWEEP_RUN_STATES.map((how) => [how, 0])) as Record<SweepRunState, number>;
  for (const how of runs.values()) counts[how]++;
  return counts;
}

function nothingTrained({ failed }: SweepCounts, problems: readonly SweepProblem[]): ApplicationFailure {
  const first = problems.find(({ errorType }) => errorType !== 'Cancelled');
  return ApplicationFailure.create({
    message: `none of ${failed} runs was trained; ${first?.runId}: ${first?.message}`,
    type: first?.errorType ?? 'CheckFailed',
    nonRetryable: true,
  });
}
