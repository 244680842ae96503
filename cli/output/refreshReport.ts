/** What became of a refresh, for people. */
import type {
  EnrichProgress,
  FeaturesProgress,
  FeaturesResult,
  RefreshProgress,
  RefreshResult,
} from '../../contracts/payloads.ts';
import { formatDuration } from '../../runtime/progress.ts';
import type { RetryingActivity } from '../../workers/control/retries.ts';
import { indented, withoutControls } from './displayWidth.ts';
import { count, plural } from './numbers.ts';
import type { Styles } from './styles.ts';

/** The heading, then what is worth saying beside it. */
export function renderRefresh(result: RefreshResult, styles: Styles, width: number): string[] {
  const { outcomes, tracks } = result;
  const name = `${result.cadence} ${result.nominalDate}`;
  const isUnchanged = result.numSnapshots === 0 && result.problems.length === 0;
  const head = isUnchanged ? 'unchanged, no new snapshot' : outcomeText(result);
  const lines = [`${styles.bold(name)}  ${head}`];
  const dates = chartDates(result);
  lines.push(`  ${plural(result.numCharts, 'chart')}${dates === '' ? '' : `, ${dates}`}`);
  if (outcomes.committed + outcomes.replaced > 0) {
    lines.push(
      `  ${plural(result.numRows, 'row')}, ${plural(result.numNewEntries, 'new entry', 'new entries')}, ` +
        plural(result.numReEntries, 're-entry', 're-entries'),
    );
  }
  if (tracks !== null && tracks.numListed > 0) {
    const parts = [
      `${count(tracks.numCommitted)} new`,
      `${count(tracks.numUnchanged)} unchanged`,
      ...(tracks.numAbsent > 0 ? [`${count(tracks.numAbsent)} absent`] : []),
      ...(tracks.numQuarantined > 0 ? [styles.yellow(`${count(tracks.numQuarantined)} quarantined`)] : []),
      ...(tracks.numFailed > 0 ? [styles.yellow(`${count(tracks.numFailed)} failed`)] : []),
    ];
    lines.push(`  ${plural(tracks.numListed, 'track page')}: ${parts.join(', ')}`);
  }
  if (result.sound != null && result.sound.numListed > 0) lines.push(`  ${soundText(result.sound, styles)}`);
  if (result.forecasts != null && result.forecasts.numForecasts > 0)
    lines.push(`  ${plural(result.forecasts.numForecasts, 'new forecast')}`);
  if (!isUnchanged) lines.push(`  ${plural(result.numSnapshots, 'new snapshot')}`);
  if (result.numWarnings > 0) lines.push(`  ${styles.yellow(plural(result.numWarnings, 'check'))} did not pass`);
  for (const { region, outcome, errorType, message } of result.problems) {
    lines.push(`  ${styles.yellow(outcome)} ${region}:`);
    lines.push(...indented(`${withoutControls(message)} [${errorType}]`, 4, width));
  }
  if (result.numProblemsUnnamed > 0) lines.push(`  and ${plural(result.numProblemsUnnamed, 'more problem')}`);
  for (const note of result.notes) lines.push(`  ${styles.yellow('note')} ${note}`);
  return lines;
}

/** `3 committed, 1 unchanged`: only what occurred. */
export function outcomeText(result: Pick<RefreshResult, 'outcomes'>): string {
  const parts = Object.entries(result.outcomes).flatMap(([outcome, num]) =>
    num > 0 ? [`${count(num)} ${outcome}`] : [],
  );
  return parts.length === 0 ? 'nothing came in' : parts.join(', ');
}

/** `16 tracks heard: 15 spectrograms, 1 without a preview` */
export function soundText(sound: FeaturesResult, styles: Styles): string {
  const parts = [
    plural(sound.numSpectrograms, 'new spectrogram'),
    ...(sound.numAbsent > 0 ? [`${count(sound.numAbsent)} without a preview`] : []),
    ...(sound.numUndecodable > 0 ? [styles.yellow(`${count(sound.numUndecodable)} undecodable`)] : []),
    ...(sound.numFailed > 0 ? [styles.yellow(`${count(sound.numFailed)} failed`)] : []),
  ];
  return `${plural(sound.numListed, 'track')} asked for sound: ${parts.join(', ')}`;
}

function chartDates({ firstChartDate, lastChartDate }: RefreshResult): string {
  if (firstChartDate === null || lastChartDate === null) return '';
  return firstChartDate === lastChartDate
    ? `chart date ${firstChartDate}`
    : `chart dates ${firstChartDate} to ${lastChartDate}`;
}

/** How far a refresh is: what is counted now, and how much of it is done. */
export interface RefreshStage {
  readonly label: string;
  readonly unit: string;
  readonly numDone: number;
  readonly total: number | null;
}

export function refreshStage(
  progress: RefreshProgress | null,
  tracks: EnrichProgress | null,
  sound: FeaturesProgress | null,
): RefreshStage {
  if (progress === null) return { label: 'waiting for a worker', unit: 'charts', numDone: 0, total: null };
  if (progress.phase === 'charts') {
    return { label: 'charts', unit: 'charts', numDone: progress.numChartsDone, total: progress.numCharts };
  }
  if (progress.phase === 'tracks' && tracks !== null) {
    return { label: 'track pages', unit: 'pages', numDone: tracks.numDone, total: tracks.soFar.numListed || null };
  }
  if (progress.phase === 'sound' && sound !== null) return featuresStage(sound);
  return { label: progress.phase, unit: 'charts', numDone: 0, total: null };
}

export function featuresStage(sound: FeaturesProgress): RefreshStage {
  return { label: 'sound', unit: 'tracks', numDone: sound.numDone, total: sound.soFar.numListed || null };
}

/** Why nothing moves: the last failure, and when it is tried again. */
export function retryText(retrying: RetryingActivity, now: Date): string {
  const { failure, attempt, maxAttempts, nextAttemptAt, numRetrying } = retrying;
  const of = maxAttempts === null ? '' : ` of ${maxAttempts}`;
  const when =
    nextAttemptAt === null ? 'under way' : `in ${formatDuration(Math.max(0, nextAttemptAt.getTime() - now.getTime()))}`;
  const others = numRetrying > 1 ? `; ${plural(numRetrying - 1, 'other waits', 'others wait')} as well` : '';
  return `${withoutControls(failure.message)}; attempt ${attempt}${of} ${when}${others}`;
}

export function stageText({ label, numDone, total }: RefreshStage): string {
  return total === null || total === 0 ? label : `${label} ${count(numDone)} of ${count(total)}`;
}
