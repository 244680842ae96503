/** `chartlife schedule`: when refreshes run. */
import { Command, Option } from 'commander';
import { CHART_KINDS, type ChartKind } from '../../contracts/charts.ts';
import { type CalendarDate, dateRange } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import { readSettings } from '../../runtime/settings.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { isSystemRunning, requireFetching, withControl } from '../homeSystem.ts';
import { dateOption } from '../options.ts';
import { plural } from '../output/numbers.ts';
import { renderSchedules } from '../output/scheduleTable.ts';
import { readSchedules } from '../readSchedules.ts';
import { watchNights } from '../watchNights.ts';

interface BackfillOptions {
  readonly from: CalendarDate;
  readonly to: CalendarDate;
  readonly kind: ChartKind;
}

export const scheduleCommand: CommandBuilder = (act) => {
  const schedule = new Command('schedule')
    .summary('when refreshes run')
    .description(
      'The Schedules `daily` and `weekly` of the home. Their hours, time zone and charts stand in settings.json of the ' +
        'home (`dailyAt`, `weeklyAt`, `timeZone`, `charts`); `chartlife up` applies them when it starts.',
    );
  schedule
    .command('show')
    .summary('show the Schedules and their next runs')
    .description('Show the Schedules, whether they are paused, and their next runs.')
    .option('--json', 'print one JSON array')
    .action(act(show));
  schedule
    .command('apply')
    .summary('make the Schedules what settings.json says')
    .description('Make the Schedules what settings.json says. Changes nothing where they are so already.')
    .option('--json', 'print what was changed as one JSON array')
    .action(act(apply));
  schedule
    .command('pause')
    .summary('let no refresh start')
    .description('Pause both Schedules. A refresh that runs goes on to its end.')
    .option('--reason <text>', 'shown by `chartlife status`', 'paused by hand')
    .option('--json', 'print the paused Schedules as one JSON array')
    .action(act(pause));
  schedule
    .command('resume')
    .summary('let refreshes start again')
    .description('Let both Schedules run again.')
    .option('--json', 'print the resumed Schedules as one JSON array')
    .action(act(resume));
  schedule
    .command('backfill')
    .summary('live through past nights')
    .description(
      'Have a Schedule live through past nights, one after the other, each under its own date. Only for the sample: ' +
        'kworb.net shows the present alone.',
    )
    .addOption(dateOption('--from <date>', 'first night').makeOptionMandatory())
    .addOption(dateOption('--to <date>', 'last night').makeOptionMandatory())
    .addOption(new Option('--kind <kind>', 'which Schedule').choices(CHART_KINDS).default('daily'))
    .option('--json', 'print one JSON array, one object a night')
    .action(act(backfill));
  return schedule;
};

async function show(context: CommandContext): Promise<undefined> {
  const { clock, stdout } = context.effects;
  const { isRunning, schedules } = await readSchedules(context);
  if (context.isJson) {
    await context.printJson(schedules);
    return;
  }
  if (schedules.length === 0)
    await context.print('No Schedule: the settings name no charts, or they were not applied.');
  else
    await context.print(
      renderSchedules(schedules, { now: clock.now(), styles: context.styles, width: widthOf(stdout) }),
    );
  if (isRunning) await context.suggest('chartlife ingest', 'refresh now');
  else await context.suggest('chartlife up', 'nothing runs: no refresh starts until it does');
}

async function apply(context: CommandContext): Promise<undefined> {
  const settings = await readSettings(context.home);
  requireFetching(settings);
  const applied = await withControl(context, (control) => control.applySchedules(settings));
  if (context.isJson) await context.printJson(applied);
  else await context.print(applied.map(({ cadence, change }) => `${cadence.padEnd(6)}  ${change}`));
  await context.suggest('chartlife schedule show', 'the next runs');
}

async function pause(context: CommandContext, options: { readonly reason: string }): Promise<undefined> {
  await report(context, 'paused', await withControl(context, (control) => control.pauseSchedules(options.reason)));
  await context.suggest('chartlife schedule resume', 'let them run again');
}

async function resume(context: CommandContext): Promise<undefined> {
  await report(context, 'runs again', await withControl(context, (control) => control.resumeSchedules()));
  await context.suggest('chartlife schedule show', 'the next runs');
}

async function report(context: CommandContext, state: string, cadences: readonly ChartKind[]): Promise<void> {
  if (context.isJson) await context.printJson(cadences);
  else if (cadences.length === 0) await context.print('No Schedule was applied yet.');
  else await context.print(cadences.map((cadence) => `${cadence.padEnd(6)}  ${state}`));
}

async function backfill(context: CommandContext, { from, to, kind }: BackfillOptions): Promise<undefined> {
  const settings = await readSettings(context.home);
  if (from > to) {
    throw new ChartlifeError('InvalidInput', `--from ${from} is after --to ${to}`, {
      next: 'Give the earlier date with --from.',
      details: { from, to },
    });
  }
  if (settings.source.kind === 'kworb') {
    throw new ChartlifeError(
      'BackfillRefused',
      `${settings.source.baseUrl} shows the present alone: no past night can be lived`,
      {
        next: 'Bring in history from files with `chartlife import`; `chartlife backfill` re-parses what was archived.',
        details: { from, to },
      },
    );
  }
  if (!(await isSystemRunning(context))) {
    throw new ChartlifeError('ServerUnavailable', `nothing runs for the home ${context.home.root}`, {
      next: 'Start it in another terminal: chartlife up --sample',
      details: { home: context.home.root },
    });
  }
  context.effects.interruption.drainsItself();
  const outcomes = await withControl(context, async (control) => {
    await control.applySchedules(settings);
    const nights = await control.backfillSchedule(settings, kind, dateRange(from, to));
    await context.note(
      `${plural(nights.length, 'night')} handed to the Schedule; Ctrl-C stops the watching, not the nights.`,
    );
    return watchNights(context, control, nights);
  });
  if (context.isJson) await context.printJson(outcomes);
  await context.suggest('chartlife status', 'what the lake has now');
}
