/** A run at one moment as text: a few lines on a terminal, one elsewhere. */
import { formatDuration } from '../../runtime/progress.ts';
import type { RunEvent } from '../../workers/trainer/eventsFile.ts';
import { withoutControls } from '../output/displayWidth.ts';
import { count, plural } from '../output/numbers.ts';
import { sparkline } from '../output/sparkline.ts';
import type { Styles } from '../output/styles.ts';
import type { RunState, RunView } from './runView.ts';

const BAR_WIDTH = 24;
const SPARKLINE_WIDTH = 32;
const BYTES_PER_MB = 1_000_000;

/** @param course the stage's smoothed losses */
export function renderBlock(view: RunView, course: readonly number[], styles: Styles): string[] {
  const { runId, recipe, seed, snapshotId, checkpoints, lastEvent, problem } = view;
  const line = (label: string, text: string): string => `  ${styles.dim(label.padEnd(8))}${text}`;
  return [
    `${styles.bold(`run ${runId}`)}  ${recipe}, seed ${seed}, snapshot ${snapshotId}  ${styledState(view, styles)}`,
    line('phase', view.phase),
    line('steps', `${bar(view)} ${percent(view)}  ${stepsText(view)}${paceText(view)}`),
    line('loss', view.loss === null ? 'none yet' : `${view.loss.toFixed(4)}  ${sparkline(course, SPARKLINE_WIDTH)}`),
    line('memory', view.memoryBytes === null ? 'no trainer runs' : memoryText(view.memoryBytes)),
    line(
      'kept',
      checkpoints.newestStep === null
        ? 'no checkpoint yet'
        : `${plural(checkpoints.numKept, 'checkpoint')} of ${view.stage}, the newest of step ${count(checkpoints.newestStep)}`,
    ),
    line('so far', disturbancesText(view)),
    ...(lastEvent === null ? [] : [line('last', eventText(lastEvent))]),
    ...(problem === null ? [] : [styles.yellow(`  ${problem.errorType}: ${withoutControls(problem.message)}`)]),
    ...(view.isServerAway ? [styles.yellow('  the server does not answer: it is asked again')] : []),
  ];
}

export function renderLine(view: RunView): string {
  const parts = [
    view.at.slice(11, 19),
    view.state === 'going' ? view.phase : `${view.phase}, ${view.state}`,
    `${percent(view).trim()}  ${stepsText(view)}${paceText(view)}`,
    ...(view.loss === null ? [] : [`loss ${view.loss.toFixed(4)}`]),
    ...(view.memoryBytes === null ? [] : [memoryText(view.memoryBytes)]),
    ...(view.checkpoints.newestStep === null ? [] : [`checkpoint ${count(view.checkpoints.newestStep)}`]),
    ...(view.numKills + view.numResumes === 0 ? [] : [disturbancesText(view)]),
    ...(view.problem === null ? [] : [`${view.problem.errorType}: ${withoutControls(view.problem.message)}`]),
    ...(view.isServerAway ? ['the server does not answer'] : []),
  ];
  return parts.join('  ');
}

const STATE_WORDS: Readonly<Record<RunState, string>> = {
  going: 'going on',
  paused: 'paused',
  done: 'done',
  failed: 'failed',
  cancelled: 'cancelled',
  idle: 'nothing runs it',
};

function styledState({ state }: RunView, styles: Styles): string {
  const style = { going: styles.cyan, done: styles.green, failed: styles.red }[state as string] ?? styles.yellow;
  return style(STATE_WORDS[state]);
}

function shareOf({ step, numSteps }: RunView): number {
  return numSteps === 0 ? 1 : Math.min(1, step / numSteps);
}

function bar(view: RunView): string {
  const numFull = Math.floor(shareOf(view) * BAR_WIDTH);
  return '█'.repeat(numFull) + '░'.repeat(BAR_WIDTH - numFull);
}

function percent(view: RunView): string {
  return `${String(Math.floor(100 * shareOf(view))).padStart(3)} %`;
}

function stepsText({ step, numSteps }: RunView): string {
  return `${count(step)} / ${count(numSteps)} steps`;
}

function paceText({ stepsPerSecond, msLeft }: RunView): string {
  if (stepsPerSecond === null || msLeft === null) return '';
  const rate = stepsPerSecond >= 10 ? count(Math.round(stepsPerSecond)) : stepsPerSecond.toPrecision(2);
  return `  ${rate} steps/s  ${formatDuration(msLeft)} left`;
}

function memoryText(bytes: number): string {
  return `${count(Math.round(bytes / BYTES_PER_MB))} MB`;
}

function disturbancesText({ numKills, numResumes }: RunView): string {
  return `${plural(numKills, 'kill')}, ${plural(numResumes, 'resume')}`;
}

function eventText({ at, kind, stage, task, step, text }: RunEvent): string {
  const what = task === 'evaluate' ? `${kind} evaluating ${stage}` : `${kind} ${stage} at step ${count(step)}`;
  return `${at.slice(11, 19)} UTC  ${what}${text === undefined ? '' : `: ${withoutControls(text)}`}`;
}
