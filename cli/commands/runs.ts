/** `chartlife runs`: the training runs of a home. */
import { Command } from 'commander';
import { ChartlifeError } from '../../contracts/errors.ts';
import { type RunId, tryParseRunId } from '../../contracts/runs.ts';
import { trainId } from '../../contracts/workflowIds.ts';
import { readRuns, runFolderIn } from '../../workers/trainer/runFolder.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { withControl } from '../homeSystem.ts';
import { renderRun, renderRuns } from '../output/runReport.ts';

const ID_HELP = 'the run’s id, or its first digits';

export const runsCommand: CommandBuilder = (act) => {
  const runs = new Command('runs')
    .summary('training runs: list, show, pause, resume, cancel')
    .description('The training runs of the home, each in a folder of its own.');
  runs.addCommand(
    new Command('list')
      .summary('every run, the newest last')
      .option('--json', 'print one JSON array')
      .action(act(list)),
  );
  runs.addCommand(
    new Command('show')
      .summary('what a run is and how good it is')
      .argument('<run>', ID_HELP)
      .option('--json', 'print one JSON object, with its recipe')
      .action(act(show)),
  );
  for (const [name, summary] of [
    ['pause', 'stop a run at a checkpoint; resumed, it goes on from there'],
    ['resume', 'let a paused run go on'],
    ['cancel', 'end a run; started again, it goes on from its last checkpoint'],
  ] as const) {
    runs.addCommand(
      new Command(name)
        .summary(summary)
        .argument('<run>', ID_HELP)
        .option('--json', 'print one JSON object')
        .action(act((context: CommandContext, run: string) => steer(context, run, name))),
    );
  }
  return runs;
};

async function list(context: CommandContext): Promise<undefined> {
  const records = await readRuns(context.home.runsDir);
  if (context.isJson) await context.printJson(records);
  else await context.print(renderRuns(records, context.styles));
  const last = records.at(-1);
  await context.suggest(
    last === undefined ? 'chartlife train nano' : `chartlife runs show ${last.runId}`,
    'what comes next',
  );
}

async function show(context: CommandContext, run: string): Promise<undefined> {
  const runId = await findRun(context, run);
  const record = await runFolderIn(context.home.runsDir, runId).require();
  if (context.isJson) await context.printJson(record);
  else await context.print(renderRun(record, context.styles));
  await context.suggest('chartlife runs list', 'the others');
}

async function steer(context: CommandContext, run: string, how: 'pause' | 'resume' | 'cancel'): Promise<undefined> {
  const runId = await findRun(context, run);
  await withControl(context, (control) =>
    how === 'cancel' ? control.cancel(trainId(runId)) : control.signalTrain(runId, how),
  );
  if (context.isJson) await context.printJson({ runId, asked: how });
  else await context.print(`run ${runId}: asked to ${how}`);
  await context.suggest(`chartlife runs show ${runId}`, 'what it has so far');
}

/** @throws ChartlifeError RunNotFound, InvalidInput where several begin so */
async function findRun({ home }: CommandContext, text: string): Promise<RunId> {
  const ids = (await readRuns(home.runsDir)).map(({ runId }) => runId);
  const found = ids.filter((runId) => runId.startsWith(text));
  if (found.length === 1) return found[0] as RunId;
  if (found.length > 1 && tryParseRunId(text) === null) {
    throw new ChartlifeError('InvalidInput', `${found.length} runs begin with ${text}: ${found.join(', ')}`, {
      next: 'Give more digits.',
      details: { value: text },
    });
  }
  throw new ChartlifeError('RunNotFound', `there is no run ${text} in this home`, {
    next: ids.length === 0 ? 'Start one: chartlife train nano' : `There are ${ids.join(', ')}.`,
    details: { value: text },
  });
}
