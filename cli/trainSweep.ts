/** `chartlife train` with several recipes, seeds or folds: a sweep, and what its runs come to together. */
import type { RunId } from '../contracts/runs.ts';
import { type SweepChoice, type SweepInput, sweepRuns } from '../contracts/sweeps.ts';
import { readSettings } from '../runtime/settings.ts';
import type { Control } from '../workers/control/control.ts';
import { readRuns } from '../workers/trainer/runFolder.ts';
import { checkSweep, sweepIdOf, sweepRunIds } from '../workers/trainer/sweepPlan.ts';
import { summarizeSweep } from '../workers/trainer/sweepSummary.ts';
import type { CommandContext } from './context.ts';
import { widthOf } from './effects.ts';
import { withSystem } from './homeSystem.ts';
import { plural } from './output/numbers.ts';
import { renderSweepResult, renderSweepSummary } from './output/sweepReport.ts';
import { runOrigin } from './runOrigin.ts';
import { readSampleMark } from './sampleHome.ts';
import { tellingWayOn } from './tellWayOn.ts';
import { sweepWords } from './trainWords.ts';
import { watchSweep } from './watchSweep.ts';

/** @throws ChartlifeError InvalidInput for a choice that makes no sense; of the first run's type where none was trained */
export async function trainSweep(
  context: CommandContext,
  choice: SweepChoice,
  snapshot: string | undefined,
): Promise<undefined> {
  checkSweep(choice);
  const spec = { ...choice, ...(await runOrigin(context, snapshot)) };
  const runIds = sweepRunIds(spec);
  const input: SweepInput = { ...spec, sweepId: sweepIdOf(runIds) };
  const settings = await readSettings(context.home);
  const mark = await readSampleMark(context.home);
  context.effects.interruption.drainsItself();
  await context.note(`sweep ${input.sweepId}: ${plural(runIds.length, 'run')}, snapshot ${input.snapshotId}`);
  const work = withSystem(context, settings, mark?.today ?? null, async (control: Control) => {
    const run = await control.startSweep(input);
    return watchSweep(context, control, input.sweepId, control.awaitSweep(run));
  });
  const what = `sweep ${input.sweepId}`;
  const result = await tellingWayOn(
    context,
    { what, watch: `chartlife runs ${what}`, again: sweepWords(choice, input.snapshotId) },
    work,
  );
  const records = await recordsOf(context, runIds);
  const summary = summarizeSweep(records);
  const { styles, effects } = context;
  if (context.isJson) {
    const runs = sweepRuns(spec).map((run, place) => ({ runId: runIds[place], ...run }));
    await context.printJson({ ...result, runs, summary });
  } else {
    const layout = { styles, width: widthOf(effects.stdout) };
    await context.print([...renderSweepResult(result, layout), ...renderSweepSummary(summary, layout)]);
  }
  await context.suggest(`chartlife runs sweep ${input.sweepId}`, 'this again, and its runs');
}

/** Of the runs that were frozen, in the order of the ids. */
export async function recordsOf({ home }: CommandContext, runIds: readonly RunId[]) {
  const records = new Map((await readRuns(home.runsDir)).map((record) => [record.runId, record]));
  return runIds.flatMap((runId) => records.get(runId) ?? []);
}
