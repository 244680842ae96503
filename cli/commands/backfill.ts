/** `chartlife backfill`: archived pages, parsed again. */
import { Command } from 'commander';
import { type Chart, parseChartName } from '../../contracts/charts.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { BackfillResult, BackfillSelection } from '../../contracts/payloads.ts';
import { backfillId } from '../../contracts/workflowIds.ts';
import { readSettings } from '../../runtime/settings.ts';
import type { Control } from '../../workers/control/control.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { withSystem } from '../homeSystem.ts';
import { dateOption, parsedOption } from '../options.ts';
import { count, plural } from '../output/numbers.ts';
import { readSampleMark } from '../sampleHome.ts';
import { watchUntilEnd } from '../watchUntilEnd.ts';

interface BackfillOptions {
  readonly quarantined?: boolean;
  readonly olderParser?: boolean;
  readonly chart?: Chart;
  readonly from?: CalendarDate;
  readonly to?: CalendarDate;
}

export const backfillCommand: CommandBuilder = (act) =>
  new Command('backfill')
    .summary('parse archived pages again')
    .description(
      'Parse archived pages again, after a parser was mended: without options the pages in quarantine and those that an ' +
        'older parser read. Nothing is fetched, and a chart date that was never fetched is refused: it can’t be invented.',
    )
    .option('--quarantined', 'only pages in quarantine')
    .option('--older-parser', 'only pages that an older parser read')
    .addOption(
      parsedOption<Chart>(
        '--chart <chart>',
        'only pages of this chart, such as us/daily; with --from and --to',
        parseChartName,
      ),
    )
    .addOption(dateOption('--from <date>', 'first chart date of --chart'))
    .addOption(dateOption('--to <date>', 'last chart date of --chart (default: --from)'))
    .option('--json', 'print one JSON array, one object a selection')
    .action(act(backfill));

async function backfill(context: CommandContext, options: BackfillOptions): Promise<undefined> {
  const selections = chooseSelections(options);
  const settings = await readSettings(context.home);
  const mark = await readSampleMark(context.home);
  context.effects.interruption.drainsItself();
  const results = await withSystem(context, settings, mark?.today ?? null, async (control) => {
    const all: BackfillResult[] = [];
    for (const selection of selections) all.push(await watchBackfill(context, control, selection));
    return all;
  });
  if (context.isJson) await context.printJson(results);
  else await context.print(results.flatMap((result, index) => describe(selections[index]?.what ?? '', result)));
  await context.suggest('chartlife status', 'what is in quarantine still');
}

function chooseSelections({ quarantined, olderParser, chart, from, to }: BackfillOptions): BackfillSelection[] {
  const hasOther = quarantined === true || olderParser === true;
  if ((chart === undefined) !== (from === undefined) || (to !== undefined && from === undefined)) {
    throw new ChartlifeError('InvalidInput', '--chart and --from go together', {
      next: 'Give both: chartlife backfill --chart us/daily --from 2026-07-01 --to 2026-07-16',
    });
  }
  if (chart === undefined || from === undefined) {
    const all = [{ what: 'quarantined' }, { what: 'older-parser' }] as const;
    if (!hasOther) return [...all];
    return all.filter(({ what }) => (what === 'quarantined' ? quarantined === true : olderParser === true));
  }
  const lastDate = to ?? from;
  if (hasOther || from > lastDate) {
    throw new ChartlifeError(
      'InvalidInput',
      hasOther ? '--chart stands alone: it is a selection of its own' : `--from ${from} is after --to ${lastDate}`,
      { next: hasOther ? 'Leave the other selection out.' : 'Give the earlier date with --from.' },
    );
  }
  return [{ what: 'chart-dates', chart, firstDate: from, lastDate }];
}

async function watchBackfill(
  context: CommandContext,
  control: Control,
  selection: BackfillSelection,
): Promise<BackfillResult> {
  const run = await control.startBackfill(selection);
  const progress = context.startProgress(`backfill ${selection.what}`, 'pages', null);
  const look = async (): Promise<void> => {
    const state = await control.backfillProgress(backfillId(selection));
    if (state !== null) progress.update(state.counts.numPages, undefined, state.numPlanned);
  };
  return watchUntilEnd(context, control.awaitBackfill(run), look, () => progress.finish());
}

function describe(what: string, result: BackfillResult): string[] {
  if (result.numPages === 0) return [`${what}: no page to parse again`];
  const parts = [
    [result.numCommitted, 'committed'],
    [result.numReplaced, 'replaced'],
    [result.numUnchanged, 'unchanged'],
    [result.numQuarantined, 'quarantined'],
    [result.numMissing, 'left: their bytes are gone'],
  ] as const;
  const shown = parts.filter(([num]) => num > 0).map(([num, text]) => `${count(num)} ${text}`);
  return [`${what}: ${plural(result.numPages, 'page')} parsed again: ${shown.join(', ')}`];
}
