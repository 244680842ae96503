/** `chartlife runs compare`: runs side by side. */
import { Command } from 'commander';
import { ChartlifeError } from '../../contracts/errors.ts';
import { compareRuns } from '../../workers/trainer/compareRuns.ts';
import { runFolderIn } from '../../workers/trainer/runFolder.ts';
import type { Act } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { findRun, RUN_ID_HELP } from '../findRun.ts';
import { renderComparison } from '../output/compareReport.ts';

export function runsCompareCommand(act: Act): Command {
  return new Command('compare')
    .summary('runs side by side: in what they differ, how good each is')
    .argument('<runs...>', `two or more; ${RUN_ID_HELP}`)
    .option('--json', 'print one JSON object')
    .action(act(compare));
}

async function compare(context: CommandContext, names: string[]): Promise<undefined> {
  const runIds = await Promise.all(names.map((name) => findRun(context, name)));
  const [first] = runIds;
  if (new Set(runIds).size < 2) {
    throw new ChartlifeError('InvalidInput', `${names.join(', ')}: one run alone`, {
      next: 'Give two runs or more: see chartlife runs list',
    });
  }
  const records = await Promise.all(runIds.map((runId) => runFolderIn(context.home.runsDir, runId).require()));
  const comparison = compareRuns(records);
  if (context.isJson) await context.printJson(comparison);
  else {
    const { styles, effects } = context;
    await context.print(renderComparison(comparison, { styles, width: widthOf(effects.stdout) }));
  }
  await context.suggest(`chartlife runs show ${first}`, 'one of them, whole');
}
