/** `chartlife runs`: the training runs of a home. */
import { Command } from 'commander';
import { trainId } from '../../contracts/workflowIds.ts';
import { findRuns, type RunRecord, runFolderIn } from '../../workers/trainer/runFolder.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { findRun, RUN_ID_HELP } from '../findRun.ts';
import { withControl } from '../homeSystem.ts';
import { renderRun, renderRuns } from '../output/runReport.ts';
import { type RunStanding, readRunStandings } from '../runStandings.ts';
import { readRunsUnderWay } from '../runsUnderWay.ts';
import { runsCompareCommand } from './runsCompare.ts';
import { runsReproduceCommand } from './runsReproduce.ts';
import { namesSweep, runsSweepCommand, steerSweep } from './runsSweep.ts';
import { runsWatchCommand } from './runsWatch.ts';

const STEERED_HELP = `${RUN_ID_HELP}; or sweep/ID, for all runs of a sweep`;

export const runsCommand: CommandBuilder = (act) => {
  const runs = new Command('runs')
    .summary('training runs: list, watch, compare, reproduce')
    .description('The training runs of the home, each in a folder of its own.');
  runs.addCommand(
    new Command('list')
      .summary('every run, the newest last')
      .option('--json', 'print one JSON array; a run whose record is damaged says so in it')
      .action(act(list)),
  );
  runs.addCommand(
    new Command('show')
      .summary('what a run is and how good it is')
      .argument('<run>', RUN_ID_HELP)
      .option('--plot <file.svg>', 'draw its losses into that file')
      .option('--json', 'print one JSON object, with its recipe')
      .action(act(show)),
  );
  runs.addCommand(runsWatchCommand(act));
  runs.addCommand(runsCompareCommand(act));
  runs.addCommand(runsReproduceCommand(act));
  for (const [name, summary] of [
    ['pause', 'stop a run at a checkpoint; resumed, it goes on from there'],
    ['resume', 'let a paused run go on'],
    ['cancel', 'end a run; started again, it goes on from its last checkpoint'],
  ] as const) {
    runs.addCommand(
      new Command(name)
        .summary(summary)
        .argument('<run>', STEERED_HELP)
        .option('--json', 'print one JSON object')
        .action(act((context: CommandContext, run: string) => steer(context, run, name))),
    );
  }
  runs.addCommand(runsSweepCommand(act));
  return runs;
};

async function list(context: CommandContext): Promise<undefined> {
  const found = await findRuns(context.home.runsDir);
  const standings = await readRunStandings(context);
  const undecided = found.records.filter(({ decision }) => decision === undefined).map(({ runId }) => runId);
  const underWay = await readRunsUnderWay(context, undecided);
  if (context.isJson) {
    const broken = found.damaged.map(({ runId, error }) => ({ runId, damaged: error.message }));
    const whole = found.records.map((record) => ({
      ...withStanding(record, standings.get(record.runId)),
      underWay: underWay?.get(record.runId) ?? null,
    }));
    await context.printJson([...broken, ...whole]);
  } else await context.print(renderRuns(found, standings, underWay, context.styles));
  const last = found.records.at(-1);
  await context.suggest(
    last === undefined ? 'chartlife train nano' : `chartlife runs show ${last.runId}`,
    'what comes next',
  );
}

async function show(context: CommandContext, run: string, { plot }: { readonly plot?: string }): Promise<undefined> {
  const runId = await findRun(context, run);
  const record = await runFolderIn(context.home.runsDir, runId).require();
  const drawn = plot === undefined ? undefined : await draw(context, record, plot);
  const standing = (await readRunStandings(context)).get(runId);
  if (context.isJson)
    await context.printJson({ ...withStanding(record, standing), ...(drawn === undefined ? {} : { plot: drawn }) });
  else await context.print(renderRun(record, context.styles, widthOf(context.effects.stdout), standing));
  if (drawn !== undefined && !context.isJson) await context.print(['', `losses drawn: ${drawn}`]);
  await context.suggest('chartlife runs list', 'the others');
}

function withStanding(record: RunRecord, standing: RunStanding | undefined) {
  if (standing === undefined) return record;
  const { end, isPublishedByHand } = standing;
  return { ...record, isPublishedByHand, ...(end === null || record.decision !== undefined ? {} : { end }) };
}

const AFTER_STEERING = {
  pause: ['resume', 'it goes on from its checkpoint'],
  resume: ['watch', 'how far it is'],
  cancel: ['show', 'what it has so far'],
} as const;

async function steer(context: CommandContext, run: string, how: 'pause' | 'resume' | 'cancel'): Promise<undefined> {
  if (namesSweep(run)) return steerSweep(context, run, how);
  const runId = await findRun(context, run);
  await withControl(context, (control) =>
    how === 'cancel' ? control.cancel(trainId(runId)) : control.signalTrain(runId, how),
  );
  if (context.isJson) await context.printJson({ runId, asked: how });
  else await context.print(`run ${runId}: asked to ${how}`);
  const [next, why] = AFTER_STEERING[how];
  await context.suggest(`chartlife runs ${next} ${runId}`, why);
}

async function draw(context: CommandContext, record: RunRecord, svg: string): Promise<string> {
  const { plotRun } = await import('../plotRun.ts');
  return plotRun(context, record, svg);
}
