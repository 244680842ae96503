/** The live view of `chartlife up`: until Ctrl-C. On a terminal a block that is drawn anew, elsewhere a line an event. */

import { formatDuration } from '../runtime/progress.ts';
import type { Control } from '../workers/control/control.ts';
import type { FinishedRefresh, RunningRun, RunsDescription } from '../workers/control/runs.ts';
import type { ScheduleState } from '../workers/control/schedules.ts';
import type { RunningSystem } from '../workers/system/startSystem.ts';
import type { CommandContext } from './context.ts';
import { widthOf } from './effects.ts';
import { indented } from './output/displayWidth.ts';
import { LiveBlock } from './output/liveBlock.ts';
import { count, plural } from './output/numbers.ts';
import { featuresStage, refreshStage, renderRefresh, retryText, stageText } from './output/refreshReport.ts';
import { instantText, renderSchedules } from './output/scheduleTable.ts';

const LOOK_EVERY_MS = 1_000;
const NUM_FINISHED = 3;

/** What was seen at one look. */
interface View {
  readonly schedules: readonly ScheduleState[];
  readonly runs: RunsDescription;
  /** Why the server could not be asked; it is started again by itself. */
  readonly problem: string | null;
}

/** Ends when the interruption fires. */
export async function showSystem(context: CommandContext, system: RunningSystem, control: Control): Promise<void> {
  const { clock, interruption, stderr } = context.effects;
  await context.note(headerLines(context, system));
  await context.suggest('chartlife ingest', 'in another terminal: do not wait for the night');
  await context.suggest('chartlife status', 'what the lake has');
  await context.note('');
  const block = new LiveBlock(stderr);
  const events = new EventLog();
  let view: View = { schedules: [], runs: { refreshes: [], backfills: [], features: [], finished: [] }, problem: null };
  while (!interruption.signal.aborted) {
    view = await look(control, view);
    const lines = events.note(view, context);
    if (stderr.isTerminal) {
      if (lines.length > 0) await block.print(lines);
      await block.draw(liveLines(context, view));
    } else if (lines.length > 0) {
      await context.note(lines);
    }
    await clock.sleep(LOOK_EVERY_MS, interruption.signal);
  }
}

async function look(control: Control, former: View): Promise<View> {
  try {
    return {
      schedules: await control.describeSchedules(),
      runs: await control.describeRuns(NUM_FINISHED),
      problem: null,
    };
  } catch (error) {
    return { ...former, problem: error instanceof Error ? error.message : String(error) };
  }
}

function headerLines(context: CommandContext, { temporal, uiUrl, replicaUrl, settings }: RunningSystem): string[] {
  const charts = settings.charts.map(({ region, kind }) => `${region}/${kind}`);
  const line = (label: string, text: string): string => `${label.padEnd(10)}${text}`;
  return [
    context.noteStyles.bold('chartlife is up') + context.noteStyles.dim('   Ctrl-C drains and stops'),
    line('home', context.home.root),
    line('server', `${temporal.address}${uiUrl === null ? '' : `, web ${uiUrl}`}`),
    line('source', replicaUrl === null ? settings.source.baseUrl : `replica at ${replicaUrl}`),
    line(
      'charts',
      charts.length > 12 ? `${charts.slice(0, 10).join(', ')} and ${charts.length - 10} more` : charts.join(', '),
    ),
    line('logs', context.home.logsDir),
  ];
}

function liveLines(context: CommandContext, view: View): string[] {
  const { noteStyles: styles } = context;
  const now = context.effects.clock.now();
  const running = runningLines(view, context);
  return [
    ...renderSchedules(view.schedules, { now, styles, width: widthOf(context.effects.stderr) }),
    ...(view.problem === null ? [] : [styles.yellow(`the server does not answer: ${view.problem}`)]),
    ...(running.length === 0 ? [styles.dim('no refresh is under way')] : running),
  ];
}

function runningLines({ runs }: View, { noteStyles: styles, effects: { clock, stderr } }: CommandContext): string[] {
  const now = clock.now();
  const lines = ({ workflowId, startedAt, retrying }: RunningRun, stage: string): string[] => [
    `${workflowId}  ${stage}  ${formatDuration(Math.max(0, now.getTime() - startedAt.getTime()))}`,
    ...(retrying === null ? [] : indented(retryText(retrying, now), 2, widthOf(stderr) - 1).map(styles.yellow)),
  ];
  return [
    ...runs.refreshes.flatMap((run) => lines(run, stageText(refreshStage(run.progress, run.tracks, run.sound)))),
    ...runs.features.flatMap((run) =>
      lines(run, run.progress === null ? 'waiting' : stageText(featuresStage(run.progress))),
    ),
    ...runs.backfills.flatMap((run) =>
      lines(
        run,
        run.progress === null
          ? 'waiting'
          : `${count(run.progress.counts.numPages)} of ${plural(run.progress.numPlanned, 'page')}`,
      ),
    ),
  ];
}

/** Turns looks into lines, each thing said once. */
class EventLog {
  readonly #known = new Set<string>();
  #isFirstLook = true;
  #problem: string | null = null;

  note(view: View, context: CommandContext): string[] {
    const lines: string[] = [];
    // What had ended before this process started is history, not news.
    const isNews = (key: string): boolean => {
      if (this.#known.has(key)) return false;
      this.#known.add(key);
      return !this.#isFirstLook;
    };
    for (const run of [...view.runs.finished].reverse()) {
      if (isNews(`ended ${run.runId}`)) lines.push(...endedLines(run, context));
    }
    if (!context.effects.stderr.isTerminal) {
      const { refreshes, backfills, features } = view.runs;
      for (const { workflowId, runId, startedAt, retrying } of [...refreshes, ...backfills, ...features]) {
        if (!this.#known.has(`began ${runId}`)) lines.push(`${instantText(startedAt)}  ${workflowId} has begun`);
        this.#known.add(`began ${runId}`);
        const retry = `${runId} ${retrying?.attempt} ${retrying?.failure.message}`;
        if (retrying === null || retrying.nextAttemptAt === null || this.#known.has(retry)) continue;
        this.#known.add(retry);
        lines.push(`${workflowId}: ${retryText(retrying, context.effects.clock.now())}`);
      }
      if (view.problem !== this.#problem) {
        lines.push(view.problem === null ? 'the server answers again' : `the server does not answer: ${view.problem}`);
      }
    }
    this.#problem = view.problem;
    this.#isFirstLook = false;
    return lines;
  }
}

function endedLines(run: FinishedRefresh, { noteStyles: styles, effects: { stderr } }: CommandContext): string[] {
  const took = formatDuration(run.closedAt.getTime() - run.startedAt.getTime());
  const head = styles.dim(`${instantText(run.closedAt)}  ${run.workflowId} ended after ${took}`);
  if (run.result !== null) return [head, ...renderRefresh(run.result, styles, widthOf(stderr))];
  return [head, `  ${styles.red('failed')} ${run.failure?.message ?? ''} [${run.failure?.errorType ?? ''}]`];
}
