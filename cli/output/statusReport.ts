/** A home's state, for people: what runs, what the lake has, what needs a look. */
import { formatDuration } from '../../runtime/progress.ts';
import type { FinishedRefresh, RunningRun } from '../../workers/control/runs.ts';
import type { LakeStatus, Status } from '../readStatus.ts';
import { indented, withoutControls } from './displayWidth.ts';
import { count, plural } from './numbers.ts';
import { featuresStage, outcomeText, refreshStage, retryText, stageText } from './refreshReport.ts';
import { instantText, renderSchedules } from './scheduleTable.ts';
import type { Styles } from './styles.ts';
import { renderTable } from './textTable.ts';

export interface StatusReportOptions {
  readonly now: Date;
  readonly width: number;
  readonly styles: Styles;
}

/** Rows of a list that are shown; `--json` has all. */
const MAX_LISTED = 20;
const LABEL_WIDTH = 10;

export function renderStatus(status: Status, options: StatusReportOptions): string[] {
  const { styles } = options;
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', styles.bold(title), ...lines];
  return [
    ...systemLines(status, options),
    ...section('Schedules', scheduleLines(status, options)),
    ...section('Now', runningLines(status, options)),
    ...section('Last refreshes', finishedLines(status, options)),
    ...(status.lake === null ? [] : lakeSections(status.lake, status, options, section)),
  ];
}

function labelled(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${text}`;
}

function systemLines(status: Status, { styles }: StatusReportOptions): string[] {
  const { system, source } = status;
  const charts = status.charts.map(({ region, kind }) => `${region}/${kind}`);
  const shownCharts =
    charts.length > 12 ? `${charts.slice(0, 10).join(', ')} and ${charts.length - 10} more` : charts.join(', ');
  return [
    labelled('home', `${status.home}${status.isSample ? styles.dim(`  (the sample, as of ${status.today})`) : ''}`),
    system === null
      ? labelled('system', styles.yellow('does not run'))
      : labelled(
          'system',
          `${styles.green('runs')}, process ${system.supervisor.pid}, since ${instantText(new Date(system.startedAt))} UTC`,
        ),
    ...(system === null
      ? []
      : [
          labelled(
            'server',
            `${system.temporal.address}${system.temporal.uiUrl === null ? '' : `, web ${system.temporal.uiUrl}`}`,
          ),
        ]),
    ...(status.serverProblem === null ? [] : [labelled('', styles.red(status.serverProblem))]),
    labelled(
      'source',
      source.kind === 'replica'
        ? `replica${system?.replicaUrl ? ` at ${system.replicaUrl}` : ''}`
        : `${source.baseUrl}${source.contact === null ? '' : `, contact ${source.contact}`}`,
    ),
    labelled('charts', charts.length === 0 ? 'none' : shownCharts),
    ...(status.notFetchingBecause === null ? [] : [labelled('', styles.yellow(status.notFetchingBecause))]),
    labelled('sound', soundSourcesText(status)),
  ];
}

function soundSourcesText({ soundSources, source }: Status): string {
  if (soundSources.length === 0) return 'off';
  return source.kind === 'replica' ? 'the replica: synthetic' : soundSources.join(', ');
}

function scheduleLines(status: Status, options: StatusReportOptions): string[] {
  if (status.schedules === null || status.schedules.length === 0) return [];
  return renderSchedules(status.schedules, { ...options, indent: 2 });
}

function runningLines({ runs }: Status, { now, width, styles }: StatusReportOptions): string[] {
  if (runs === null) return [];
  const lines = ({ workflowId, startedAt, retrying }: RunningRun, stage: string): string[] => [
    `  ${workflowId}  ${stage}, since ${formatDuration(now.getTime() - startedAt.getTime())}`,
    ...(retrying === null ? [] : indented(retryText(retrying, now), 4, width).map(styles.yellow)),
  ];
  return [
    ...runs.refreshes.flatMap((run) => lines(run, stageText(refreshStage(run.progress, run.tracks, run.sound)))),
    ...runs.features.flatMap((run) =>
      lines(run, run.progress === null ? 'waiting for a worker' : stageText(featuresStage(run.progress))),
    ),
    ...runs.backfills.flatMap((run) =>
      lines(
        run,
        run.progress === null
          ? 'waiting for a worker'
          : `${count(run.progress.counts.numPages)} of ${plural(run.progress.numPlanned, 'page')}`,
      ),
    ),
  ];
}

function finishedLines({ runs }: Status, { width, styles }: StatusReportOptions): string[] {
  if (runs === null || runs.finished.length === 0) return [];
  const table = renderTable(
    [
      { header: 'ended (UTC)' },
      { header: 'refresh', canShrink: true },
      { header: 'chart date' },
      { header: 'new', align: 'right' },
      { header: 'back', align: 'right' },
      { header: 'took', align: 'right' },
      { header: 'charts', canShrink: true },
    ],
    runs.finished.map((run) => finishedCells(run, styles)),
    { width, indent: 2, styleHeader: styles.dim },
  );
  return [...table, ...runs.finished.flatMap((run) => troubleLines(run, width))];
}

function finishedCells({ workflowId, startedAt, closedAt, result }: FinishedRefresh, styles: Styles): string[] {
  const ended = [instantText(closedAt), result === null ? workflowId : `${result.cadence} ${result.nominalDate}`];
  const took = formatDuration(closedAt.getTime() - startedAt.getTime());
  if (result === null) return [...ended, '', '', '', took, styles.red('failed')];
  return [
    ...ended,
    result.lastChartDate ?? '',
    count(result.numNewEntries),
    count(result.numReEntries),
    took,
    outcomeText(result),
  ];
}

/** Why a refresh failed, or charts of it: what is in quarantine is listed there. */
function troubleLines({ closedAt, result, failure }: FinishedRefresh, width: number): string[] {
  const reasons =
    failure === null
      ? (result?.problems ?? [])
          .filter(({ outcome }) => outcome === 'failed')
          .map(({ region, message, errorType }) => `${region}: ${message} [${errorType}]`)
      : [`${failure.message} [${failure.errorType}]`];
  return reasons.flatMap((reason) => indented(`${instantText(closedAt)}  ${withoutControls(reason)}`, 4, width));
}

function lakeSections(
  lake: LakeStatus,
  status: Status,
  options: StatusReportOptions,
  section: (title: string, lines: readonly string[]) => string[],
): string[] {
  return [
    ...section('Lake', lakeLines(lake)),
    ...section(`Charts, as of ${status.today}`, freshnessLines(lake, options)),
    ...section('In quarantine', quarantineLines(lake, options)),
    ...section('Checks that did not pass', checkLines(lake, options)),
  ];
}

function lakeLines(lake: LakeStatus): string[] {
  const { newestSnapshot, pins } = lake;
  const newest =
    newestSnapshot === null
      ? ''
      : `, the newest ${newestSnapshot.snapshotId} of ${instantText(new Date(newestSnapshot.committedAt))} UTC`;
  return [
    `  ${plural(lake.numChartDates, 'chart date')}, ${plural(lake.numChartEntries, 'entry', 'entries')}, ${plural(lake.numTracks, 'track')}, ${plural(lake.numArtists, 'artist')}`,
    `  ${plural(lake.numPages, 'page version')}, ${plural(lake.numTrackWeeks, 'track week')}`,
    ...soundLines(lake.sound),
    ...modelLines(lake.models),
    `  ${plural(lake.numSnapshots, 'snapshot')}${newest}`,
    ...pins.map(({ name, snapshotId, reason }) => `  pinned ${name}: snapshot ${snapshotId} (${reason})`),
  ];
}

/** Nothing where no sound was ever asked for. */
function soundLines(sound: LakeStatus['sound']): string[] {
  const { numSpectrograms, numSynthetic, numShards } = sound;
  const others = [
    [sound.numAbsent, 'without a preview'],
    [sound.numGone, 'whose preview is gone'],
    [sound.numUndecodable, 'undecodable'],
  ] as const;
  const shown = others.filter(([num]) => num > 0).map(([num, what]) => `${count(num)} ${what}`);
  if (numSpectrograms === 0 && shown.length === 0) return [];
  const synthetic =
    numSynthetic === 0 ? '' : ` (${numSynthetic === numSpectrograms ? 'all' : count(numSynthetic)} synthetic)`;
  const head = `${plural(numSpectrograms, 'spectrogram')}${synthetic} in ${plural(numShards, 'shard')}`;
  return [`  ${[head, ...shown].join(', ')}`];
}

/** Nothing where none was ever trained. */
function modelLines({ numRuns, numGoing, publishedRun, numForecasts }: LakeStatus['models']): string[] {
  if (numRuns === 0) return [];
  const going = numGoing > 0 ? ` (${count(numGoing)} going)` : '';
  const published = publishedRun === null ? 'none published' : `run ${publishedRun} is published`;
  const forecasts = numForecasts > 0 ? `, ${plural(numForecasts, 'forecast')}` : '';
  return [`  ${plural(numRuns, 'training run')}${going}, ${published}${forecasts}`];
}

function freshnessLines(lake: LakeStatus, { width, styles }: StatusReportOptions): string[] {
  if (lake.charts.length === 0) return [];
  const order = { late: 0, fresh: 1, dead: 2 } as const;
  const style = { late: styles.yellow, fresh: styles.green, dead: styles.dim } as const;
  const sorted = [...lake.charts].sort((a, b) => order[a.state] - order[b.state]);
  return [
    ...renderTable(
      [{ header: 'chart' }, { header: 'newest' }, { header: 'days behind', align: 'right' }, { header: 'state' }],
      sorted
        .slice(0, MAX_LISTED)
        .map(({ kind, region, newestChartDate, lagDays, state }) => [
          `${region}/${kind}`,
          newestChartDate,
          count(lagDays),
          style[state](state),
        ]),
      { width, indent: 2, styleHeader: styles.dim },
    ),
    ...more(sorted.length),
  ];
}

function quarantineLines(lake: LakeStatus, { width, styles }: StatusReportOptions): string[] {
  return [
    ...lake.quarantinedPages.slice(0, MAX_LISTED).flatMap(({ url, fetchedAt, why, errorType, file }) => [
      `  ${styles.yellow(url)}`,
      // The address stands above already.
      ...indented(`${withoutControls(why.replace(`${url}: `, ''))} [${errorType}]`, 4, width),
      styles.dim(`    fetched ${fetchedAt}; its bytes:`),
      styles.dim(`    ${file}`),
    ]),
    ...more(lake.quarantinedPages.length),
  ];
}

function checkLines(lake: LakeStatus, { width, styles }: StatusReportOptions): string[] {
  if (lake.failedChecks.length === 0) return [];
  return [
    ...renderTable(
      [
        { header: 'chart' },
        { header: 'date' },
        { header: 'check' },
        { header: 'figure', align: 'right' },
        { header: 'what', canShrink: true },
      ],
      lake.failedChecks
        .slice(0, MAX_LISTED)
        .map((check) => [
          `${check.region}/${check.kind}`,
          check.chartDate,
          check.name,
          String(check.figure),
          check.message,
        ]),
      { width, indent: 2, styleHeader: styles.dim },
    ),
    ...more(lake.failedChecks.length),
  ];
}

function more(numAll: number): string[] {
  return numAll <= MAX_LISTED ? [] : [`  … ${count(numAll - MAX_LISTED)} more: --json has all`];
}
