/** `chartlife runs watch`: follows a run until it ends, whoever runs it. */
import { Command } from 'commander';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { RunId } from '../../contracts/runs.ts';
import { type RunFolder, type RunRecord, runFolderIn } from '../../workers/trainer/runFolder.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { Interrupted } from '../effects.ts';
import { findRun, RUN_ID_HELP } from '../findRun.ts';
import { LiveBlock } from '../output/liveBlock.ts';
import { readRunStandings } from '../runStandings.ts';
import { lossTailsOf } from '../runWatch/lossTail.ts';
import { readRunFacts } from '../runWatch/readRunFacts.ts';
import { renderBlock, renderLine } from '../runWatch/renderRunView.ts';
import { isOver, lossCourse, type RunFacts, type RunView, runViewOf } from '../runWatch/runView.ts';
import { WorkflowLook } from '../runWatch/workflowLook.ts';
import { wayOn } from '../trainWords.ts';

const LOOK_EVERY_MS = 500;
/** Elsewhere than on a terminal; at once where the phase or the state changes. */
const LINE_EVERY_MS = 5_000;

export const runsWatchCommand: CommandBuilder = (act) =>
  new Command('watch')
    .summary('follow a run until it ends')
    .description(
      'Show where a run is, its loss, pace, time left and memory, its checkpoints, and how often it was killed and went on, ' +
        'until it ends. Ctrl-C ends the watching alone. Ends with 0 when the run is done, else with why it is not.',
    )
    .argument('<run>', RUN_ID_HELP)
    .option('--json', 'print one JSON object a line, every few seconds')
    .action(act(watch));

async function watch(context: CommandContext, run: string): Promise<undefined> {
  const { interruption } = context.effects;
  const runId = await findRun(context, run);
  interruption.drainsItself();
  const workflow = new WorkflowLook(context, runId);
  let last: LastSight;
  try {
    last = await watchToEnd(context, runFolderIn(context.home.runsDir, runId), workflow);
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    await context.note(`no longer watched; run ${runId} goes on as it was`);
    await context.suggest(`chartlife runs watch ${runId}`, 'look again');
    throw error;
  } finally {
    await workflow.close();
  }
  await throwUnlessDone(context, last);
  await context.suggest(`chartlife runs show ${runId}`, 'how good it is');
}

/** A run as it was last seen. */
interface LastSight {
  readonly view: RunView;
  readonly record: RunRecord;
}

async function watchToEnd(context: CommandContext, folder: RunFolder, workflow: WorkflowLook): Promise<LastSight> {
  const { clock, interruption } = context.effects;
  const screen = screenOf(context);
  const tails = lossTailsOf(folder.path);
  for (;;) {
    const sight = await workflow.look();
    // The files after the server: a run that has ended by now has written all of them.
    const facts: RunFacts = { ...(await readRunFacts(folder, tails)), at: clock.now(), workflow: sight };
    const view = runViewOf(facts);
    await screen(view, lossCourse(facts, view.stage));
    if (isOver(view)) return { view, record: facts.record };
    if (interruption.signal.aborted) throw new Interrupted('interrupted');
    await clock.sleep(LOOK_EVERY_MS, interruption.signal);
  }
}

type Screen = (view: RunView, course: readonly number[]) => Promise<void>;

function screenOf(context: CommandContext): Screen {
  const { stdout, clock } = context.effects;
  if (stdout.isTerminal && !context.isJson) {
    const block = new LiveBlock(stdout);
    return (view, course) => block.draw(renderBlock(view, course, context.styles));
  }
  let lastMs = Number.NEGATIVE_INFINITY;
  let lastHead = '';
  return async (view) => {
    const head = `${view.phase} ${view.state}`;
    if (head === lastHead && clock.monotonicMs() - lastMs < LINE_EVERY_MS) return;
    lastMs = clock.monotonicMs();
    lastHead = head;
    await stdout.write(context.isJson ? `${JSON.stringify(view)}\n` : `${renderLine(view)}\n`);
  };
}

/** @throws ChartlifeError that says why the run is not done: RunStopped, or what it failed with */
async function throwUnlessDone(context: CommandContext, { view, record }: LastSight): Promise<void> {
  const { runId, state, phase, stage, step, problem } = view;
  if (state === 'done') return;
  if (state === 'failed' && problem !== null) {
    const { asError } = await import('../../workers/control/failures.ts');
    throw asError(problem);
  }
  const how = { cancelled: 'was cancelled', failed: 'ended' }[state as string] ?? (await howItStands(context, runId));
  throw new ChartlifeError('RunStopped', `run ${runId} ${how}, at ${phase}, step ${step} of ${stage}`, {
    next: wayOn(record),
    details: { runId, phase, step },
  });
}

/** Of a run of which no server says anything: what the lake was told when it ended. */
async function howItStands(context: CommandContext, runId: RunId): Promise<string> {
  const end = (await readRunStandings(context)).get(runId)?.end;
  if (end?.state === 'cancelled') return 'was cancelled';
  if (end?.state === 'failed') return `failed (${end.why ?? 'it is not known why'})`;
  return 'stands still: nothing runs it';
}
