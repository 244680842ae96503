/** The demo, step by step. */
import type { CalendarDate } from '../../contracts/dates.ts';
import type { RunId } from '../../contracts/runs.ts';
import { formatDuration } from '../../runtime/progress.ts';
import { readSettings } from '../../runtime/settings.ts';
import type { CommandContext } from '../context.ts';
import { Interrupted } from '../effects.ts';
import { withLake } from '../homeLake.ts';
import { startHomeSystem, throwIfInterrupted, withControlOf } from '../homeSystem.ts';
import { plural } from '../output/numbers.ts';
import {
  clearDemoHome,
  readSampleMark,
  requireDemoHome,
  SAMPLE_TODAY,
  sampleSettings,
  writeSampleMark,
} from '../sampleHome.ts';
import { askQuestions } from './askQuestions.ts';
import { checkLake } from './checkLake.ts';
import { importHistory } from './importHistory.ts';
import { liveNights } from './liveNights.ts';
import { HISTORY_UNTIL, LIVED_CHART_DATES } from './nights.ts';
import { NUM_DEMO_SOUNDS, showSpectrogram, turnSoundOff, turnSoundOn } from './sound.ts';
import { forecastOne, hearHistory, NUM_TRAINING_SOUNDS, trainNano } from './train.ts';

export interface RunDemoOptions {
  /** Goes on with the home of an earlier demo. */
  readonly keep?: boolean;
  /** Lives only so many nights. */
  readonly nights?: number;
  /** false leaves the model out. */
  readonly train?: boolean;
}

const NUM_STEPS = 9;
/** Without the model. */
const NUM_SHORT_STEPS = 6;

export async function runDemo(context: CommandContext, options: RunDemoOptions): Promise<undefined> {
  const { clock, interruption } = context.effects;
  const startedMs = clock.monotonicMs();
  const chartDates = LIVED_CHART_DATES.slice(0, options.nights);
  interruption.drainsItself();
  await prepareHome(context, options.keep === true);
  await context.print([
    context.styles.bold('chartlife demo: real US charts of 2017-2019, a local replica of kworb.net'),
    context.styles.dim('Charts: Spotify200 by IAjimi (MIT). The replica’s pages are stand-ins, made on this machine.'),
  ]);
  const trains = options.train !== false;
  const heading = headingOf(context, trains ? NUM_STEPS : NUM_SHORT_STEPS);
  let numNights = 0;
  let runId: RunId | null = null;
  try {
    runId = await bringChartsIn(context, heading, { chartDates, trains }, () => {
      numNights += 1;
    });
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    await context.note(['', `Interrupted after ${plural(numNights, 'night')}; nothing is left running.`]);
    await context.suggest('chartlife demo --keep', 'go on with what is there');
    throw new Interrupted('interrupted');
  }
  if (runId !== null) {
    await heading('Forecast a debut that it has never seen');
    await forecastOne(context, runId);
  }
  await withLake(context, { mode: 'read' }, async (lake) => {
    await showSpectrogram(context, lake);
    await heading('Check the whole lake');
    await checkLake(context, lake, chartDates.length);
    await heading('Ask');
    await askQuestions(context, lake, chartDates.at(-1) ?? HISTORY_UNTIL);
  });
  await context.print([
    '',
    `Done in ${formatDuration(clock.monotonicMs() - startedMs)}; nothing is left running.`,
    `The lake is in ${context.home.root}`,
  ]);
  await suggestNext(context, runId);
  return undefined;
}

/** A fresh home that says whose it is, or with `keeps` the one of an earlier demo. */
async function prepareHome(context: CommandContext, keeps: boolean): Promise<void> {
  const { home } = context;
  if (keeps && (await readSampleMark(home)) !== null) await requireDemoHome(home);
  else await clearDemoHome(home);
  await writeSampleMark(home, { madeBy: 'demo', today: SAMPLE_TODAY });
}

/** Everything that needs the system, which is stopped at the end, however that comes. */
async function bringChartsIn(
  context: CommandContext,
  heading: Heading,
  { chartDates, trains }: { readonly chartDates: readonly CalendarDate[]; readonly trains: boolean },
  onNight: () => void,
): Promise<RunId | null> {
  await heading('Start the Temporal server, the workers and the replica');
  const settings = sampleSettings(await readSettings(context.home));
  const system = await startHomeSystem(context, settings, SAMPLE_TODAY);
  try {
    throwIfInterrupted(context);
    const web = system.uiUrl === null ? '' : `, web ${system.uiUrl}`;
    await context.print([`server   ${system.temporal.address}${web}`, `replica  ${system.replicaUrl ?? 'none'}`]);

    await heading(`Import the history up to ${HISTORY_UNTIL}`);
    await importHistory(context);
    throwIfInterrupted(context);

    // The last one has a step of its own.
    const silentDates = chartDates.slice(0, -1);
    return await withControlOf(system, async (control) => {
      await heading(`Live ${plural(silentDates.length, 'night')} by the Schedule`);
      await liveNights(context, control, system.settings, silentDates, onNight);
      throwIfInterrupted(context);
      await heading(`One more night, with the sound of ${NUM_DEMO_SOUNDS} entries of the last days`);
      await turnSoundOn(context, system.settings);
      await liveNights(context, control, system.settings, chartDates.slice(-1), onNight);
      await turnSoundOff(context, system.settings);
      throwIfInterrupted(context);
      if (!trains) return null;
      await heading(`Hear ${NUM_TRAINING_SOUNDS} tracks of all three years`);
      await hearHistory(context, control, system.settings);
      throwIfInterrupted(context);
      await heading('Train nano: MP2, the popularity as a whole; then MP3, week by week');
      return trainNano(context, control);
    });
  } finally {
    await system.stop();
  }
}

type Heading = (title: string) => Promise<void>;

/** Counts the steps. */
function headingOf(context: CommandContext, numSteps: number): Heading {
  let step = 0;
  return async (title) => {
    step++;
    await context.print(['', context.styles.bold(`${step}/${numSteps}  ${title}`)]);
  };
}

async function suggestNext(context: CommandContext, runId: RunId | null): Promise<void> {
  await context.note('');
  if (runId !== null) {
    await context.suggest(`chartlife runs watch ${runId}`, 'how the training went; while one goes, live');
    await context.suggest(`chartlife forecast --new --run ${runId}`, 'the weeks to come of what came lately');
  }
  await context.suggest('chartlife status', 'what the lake has');
  await context.suggest('chartlife sql "select * from popularity_metric limit 5"', 'eight metrics of popularity');
  await context.suggest('chartlife audio source', 'where sound comes from, and under which terms');
  await context.suggest('chartlife up --sample', 'run it yourself; Ctrl-C stops it');
  await context.suggest(
    'chartlife up --home live --regions us,gb --contact you@example.org',
    'live charts, in a home of their own',
  );
}
