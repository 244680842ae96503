/** Watches one refresh to its end. */
import type { ChartKind } from '../contracts/charts.ts';
import type { CalendarDate } from '../contracts/dates.ts';
import type { RefreshResult } from '../contracts/payloads.ts';
import type { Region } from '../contracts/regions.ts';
import type { Control } from '../workers/control/control.ts';
import type { RetryingActivity } from '../workers/control/retries.ts';
import type { CommandContext } from './context.ts';
import { refreshStage, retryText } from './output/refreshReport.ts';
import { watchUntilEnd } from './watchUntilEnd.ts';

/**
 * Starts a refresh of all regions or some, or joins the one that runs, and shows how far it is.
 *
 * @throws Interrupted at Ctrl-C: the refresh itself goes on where a system runs.
 */
export async function watchRefresh(
  context: CommandContext,
  control: Control,
  cadence: ChartKind,
  nominalDate: CalendarDate,
  regions?: readonly Region[],
): Promise<RefreshResult> {
  const run = await control.startRefresh(cadence, nominalDate, regions);
  const name = `${cadence} ${nominalDate}`;
  if (!run.isNew) await context.note(`A refresh of ${name} is under way already: watching it.`);
  const progress = context.startProgress(name, 'charts', null);
  let label = '';
  let told = '';
  const look = async (): Promise<void> => {
    const { refreshes } = await control.describeRuns(0);
    const found = refreshes.find(({ workflowId }) => workflowId === run.workflowId);
    if (found === undefined) return;
    const stage = refreshStage(found.progress, found.tracks, found.sound);
    if (stage.label !== label) progress.nextPhase(`${name} ${stage.label}`, stage.unit, stage.total);
    label = stage.label;
    progress.update(stage.numDone, undefined, stage.total);
    const { retrying } = found;
    // Once an attempt, while it is waited for: a line that stays, since a bar that stands still says nothing.
    if (retrying !== null && retrying.nextAttemptAt !== null && told !== attemptOf(retrying)) {
      progress.line(retryText(retrying, context.effects.clock.now()));
      told = attemptOf(retrying);
    }
  };
  return watchUntilEnd(context, control.awaitRefresh(run), look, () => progress.finish());
}

function attemptOf({ attempt, failure }: RetryingActivity): string {
  return `${attempt} ${failure.message}`;
}
