/** `chartlife up`: server, workers, everything, in the foreground. */

import { Command } from 'commander';
import { CHART_KINDS, type Chart, type ChartKind, parseChartKind } from '../../contracts/charts.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import { parseAssignedRegion, type Region } from '../../contracts/regions.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../contracts/settings.ts';
import { parseContact, readSettings } from '../../runtime/settings.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { requireFetching, startHomeSystem, throwIfInterrupted, withControlOf } from '../homeSystem.ts';
import { dateOption, listOption, parsedOption } from '../options.ts';
import { wrapWords } from '../output/displayWidth.ts';
import {
  DEMO_PAUSE,
  requireLiveHome,
  requireSampleHome,
  SAMPLE_FIRST_DAY,
  SAMPLE_TODAY,
  sampleSettings,
  writeSampleMark,
} from '../sampleHome.ts';

interface UpOptions {
  readonly sample?: boolean;
  readonly today?: CalendarDate;
  readonly regions?: readonly Region[];
  readonly kinds?: readonly ChartKind[];
  readonly contact?: string;
}

const TERMS =
  'Terms: kworb.net’s and Spotify’s bind you. For your own research; pages are not redistributed; one request at a time, ' +
  '2 s and more apart, robots.txt obeyed, your contact in the User-Agent.';

export const upCommand: CommandBuilder = (act) =>
  new Command('up')
    .summary('run everything: server, workers, Schedules')
    .description(
      'Run the Temporal server, the workers and the Schedules of the home in the foreground, until Ctrl-C or SIGTERM ' +
        'drains them (exit code 0). Live kworb.net is fetched only once you have named regions and a contact; both are ' +
        'remembered in settings.json of the home.',
    )
    .option('--sample', 'on the replica of kworb.net over real US charts of 2017-2019, offline')
    .addOption(dateOption('--today <date>', `the day it is in the sample (default: ${SAMPLE_TODAY}, its last)`))
    .addOption(listOption<Region>('--regions <list>', 'whose charts, such as us,gb,global', parseAssignedRegion))
    .addOption(listOption<ChartKind>('--kinds <list>', 'daily, weekly or both (default: both)', parseChartKind))
    .addOption(
      parsedOption<string>('--contact <address>', 'e-mail or web address, for the owner of kworb.net', parseContact),
    )
    .action(act(up));

async function up(context: CommandContext, options: UpOptions): Promise<number> {
  const sampleToday = await claimForSource(context, options);
  const settings = chooseSettings(await readSettings(context.home), options);
  requireFetching(settings);
  if (settings.source.kind === 'kworb') await context.note(terms(context));
  const { interruption } = context.effects;
  interruption.drainsItself();
  await context.note('Starting the server and the workers…');
  const system = await startHomeSystem(context, settings, sampleToday);
  try {
    await withControlOf(system, async (control) => {
      throwIfInterrupted(context);
      const schedules = await control.describeSchedules();
      // The demo pauses its Schedules; whoever runs `up` on its home wants them to run.
      const isDemoPause = schedules.some(({ isPaused, note }) => isPaused && note === DEMO_PAUSE);
      await control.applySchedules(system.settings, isDemoPause ? { pausedBecause: null } : {});
      const { showSystem } = await import('../showSystem.ts');
      await showSystem(context, system, control);
    });
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
  } finally {
    await context.note('Draining: what is under way ends or goes on next time…');
    await system.stop();
  }
  await context.note('Stopped.');
  await context.suggest('chartlife status', 'what the lake has');
  return EXIT_DONE;
}

function terms({ effects: { stderr }, noteStyles }: CommandContext): string[] {
  const width = widthOf(stderr);
  return wrapWords(TERMS, width).map(noteStyles.dim);
}

/** Sees to it that the sample and live charts are never in one home; gives the sample's day. */
async function claimForSource(context: CommandContext, options: UpOptions): Promise<CalendarDate | null> {
  if (options.sample !== true) {
    if (options.today !== undefined) {
      throw new ChartlifeError(
        'InvalidInput',
        `--today ${options.today} is for --sample: live charts have the real day`,
        {
          next: 'Add --sample, or leave --today out.',
          details: { today: options.today },
        },
      );
    }
    await requireLiveHome(context.home);
    return null;
  }
  if (options.contact !== undefined) {
    throw new ChartlifeError('InvalidInput', '--contact is for live charts: the replica is on this machine', {
      next: 'Leave --contact or --sample out.',
    });
  }
  if (options.today !== undefined) requireSampleDay(options.today);
  const mark = await requireSampleHome(context.home, 'chartlife up --sample');
  const today = options.today ?? mark?.today ?? SAMPLE_TODAY;
  await writeSampleMark(context.home, { madeBy: mark?.madeBy ?? 'up --sample', today });
  return today;
}

/** @throws ChartlifeError InvalidInput where the replica would show no chart, or its last one for ever. */
function requireSampleDay(today: CalendarDate): void {
  if (today >= SAMPLE_FIRST_DAY && today <= SAMPLE_TODAY) return;
  throw new ChartlifeError(
    'InvalidInput',
    `--today ${today} is outside the sample, whose days go from ${SAMPLE_FIRST_DAY} to ${SAMPLE_TODAY}`,
    { next: `Give one of those days, or leave --today out for the last.`, details: { today } },
  );
}

function chooseSettings(former: Settings, options: UpOptions): Settings {
  if (options.sample === true)
    return { ...sampleSettings(former), charts: chooseCharts(sampleSettings(former).charts, options) };
  return {
    ...former,
    source:
      former.source.kind === 'kworb'
        ? { ...former.source, contact: options.contact ?? former.source.contact }
        : DEFAULT_SETTINGS.source,
    charts: chooseCharts(former.charts, options),
  };
}

/** What is not said anew stays as it was. */
function chooseCharts(former: readonly Chart[], { regions, kinds }: UpOptions): Chart[] {
  if (regions === undefined && kinds === undefined) return [...former];
  const wantedRegions = regions ?? [...new Set(former.map((chart) => chart.region))];
  const wantedKinds =
    kinds ??
    (regions === undefined || former.length === 0 ? CHART_KINDS : [...new Set(former.map((chart) => chart.kind))]);
  return wantedRegions.flatMap((region) => wantedKinds.map((kind) => ({ kind, region })));
}
