/** Watches one sweep to its end: how many of its runs are done, and where those are that train. */
import type { RunId } from '../contracts/runs.ts';
import type { SweepId, SweepProgress, SweepResult } from '../contracts/sweeps.ts';
import type { Control } from '../workers/control/control.ts';
import { readMetrics } from '../workers/trainer/metricsFile.ts';
import { runFolderIn } from '../workers/trainer/runFolder.ts';
import { metricsPathOf } from '../workers/trainer/runPaths.ts';
import type { CommandContext } from './context.ts';
import { count } from './output/numbers.ts';
import { problemText } from './output/sweepReport.ts';
import { watchUntilEnd } from './watchUntilEnd.ts';

/** @throws Interrupted at Ctrl-C: the sweep itself goes on where a system runs. */
export async function watchSweep(
  context: CommandContext,
  control: Control,
  sweepId: SweepId,
  end: Promise<SweepResult>,
): Promise<SweepResult> {
  const progress = context.startProgress(`sweep ${sweepId.slice(0, 8)}`, 'runs', null);
  let numTold = 0;
  const look = async (): Promise<void> => {
    const state = await control.sweepProgress(sweepId);
    if (state === null || state.phase === 'plan') return;
    // A line that stays: the others go on.
    for (const problem of state.problems.slice(numTold)) progress.line(problemText(problem));
    numTold = state.problems.length;
    const { done, failed, cancelled } = state.counts;
    const numRuns = Object.values(state.counts).reduce((sum, number) => sum + number, 0);
    progress.update(done + failed + cancelled, sweepNote(state, await stepsOf(context, state.underWay)), numRuns);
  };
  return watchUntilEnd(context, end, look, () => progress.finish());
}

/** `1 failed, 3 going: 0123abcd mp2 step 120 of 300`. */
export function sweepNote({ isPaused, counts }: Pick<SweepProgress, 'isPaused' | 'counts'>, steps: string[]): string {
  const parts = (['failed', 'cancelled', 'going', 'elsewhere', 'waiting'] as const).flatMap((state) =>
    counts[state] === 0 ? [] : [`${count(counts[state])} ${state === 'elsewhere' ? 'started by itself' : state}`],
  );
  return `${isPaused ? 'paused, ' : ''}${parts.join(', ')}${steps.length === 0 ? '' : `: ${steps.join('; ')}`}`;
}

/** Of the runs that are in the midst of a stage, with the step they are at; a run that waits for a worker is at none. */
async function stepsOf({ home }: CommandContext, runIds: readonly RunId[]): Promise<string[]> {
  const texts = runIds.map(async (runId): Promise<string[]> => {
    const folder = runFolderIn(home.runsDir, runId);
    const record = await folder.read();
    if (record === null) return [];
    const stage = record.weightsSha256?.mp2 === undefined ? 'mp2' : 'mp3';
    const { numSteps } = record.recipe[stage];
    const numTaken = (await readMetrics(metricsPathOf(folder.path, stage))).length;
    if (numTaken === 0 || numTaken === numSteps) return [];
    return [`${runId.slice(0, 8)} ${stage} step ${count(numTaken)} of ${count(numSteps)}`];
  });
  return (await Promise.all(texts)).flat();
}
