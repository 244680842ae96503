/** `chartlife status`: what runs, what the lake has, what needs a look. */

import { Command } from 'commander';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import type { Status } from '../readStatus.ts';

export const statusCommand: CommandBuilder = (act) =>
  new Command('status')
    .summary('what runs, what the lake has, what needs a look')
    .description(
      'Show what runs, the Schedules and their next runs, the last refreshes, each chart’s newest date and lag, pages in ' +
        'quarantine with the reason and the file of their bytes, checks that did not pass, counts and snapshots. Works ' +
        'with and without a running system.',
    )
    .option('--json', 'print one JSON object')
    .action(act(status));

async function status(context: CommandContext): Promise<undefined> {
  const { readStatus } = await import('../readStatus.ts');
  const { renderStatus } = await import('../output/statusReport.ts');
  const { stdout, clock } = context.effects;
  const state = await readStatus(context);
  if (context.isJson) {
    await context.printJson(state);
    return;
  }
  await context.print(
    renderStatus(state, {
      now: clock.now(),
      width: widthOf(stdout),
      styles: context.styles,
    }),
  );
  const [command, why] = nextCommand(state);
  await context.suggest(command, why);
}

function nextCommand(state: Status): [command: string, why: string] {
  if (state.lake === null && state.system === null) return ['chartlife demo', 'see the whole on real charts, offline'];
  const [page] = state.lake?.quarantinedPages ?? [];
  if (page !== undefined) return [`zcat ${page.file} | chartlife parse -`, 'look at a page in quarantine'];
  if (state.system === null) {
    if (state.isSample) return ['chartlife up --sample', 'nothing is refreshed until it runs'];
    return state.notFetchingBecause === null
      ? ['chartlife up', 'nothing is refreshed until it runs']
      : ['chartlife up --regions us,gb --contact you@example.org', 'nothing is refreshed until it runs'];
  }
  if (state.notFetchingBecause !== null) {
    return ['chartlife up --regions us,gb --contact you@example.org', 'say what is to be fetched'];
  }
  if ((state.lake?.numChartEntries ?? 0) === 0) {
    return (state.runs?.refreshes.length ?? 0) > 0
      ? ['chartlife status', 'again: a refresh is under way']
      : ['chartlife ingest', 'do not wait for the night'];
  }
  return ['chartlife sql "select * from new_entry order by chart_date desc, rank limit 20"', 'what came in last'];
}
