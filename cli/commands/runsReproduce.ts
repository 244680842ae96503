/** `chartlife runs reproduce`: a run trained again, to see whether it comes to the same bits. */
import { Command } from 'commander';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { RunId, TrainInput } from '../../contracts/runs.ts';
import { readSettings } from '../../runtime/settings.ts';
import { runVersions } from '../../runtime/versions.ts';
import { compareBits, readRunBits } from '../../workers/trainer/compareBits.ts';
import { reproductionOf } from '../../workers/trainer/reproduction.ts';
import { type RunRecord, runFolderIn } from '../../workers/trainer/runFolder.ts';
import type { Act } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { findRun, RUN_ID_HELP } from '../findRun.ts';
import { todayOf } from '../homeLake.ts';
import { withSystem } from '../homeSystem.ts';
import { renderBits } from '../output/compareReport.ts';
import { readSampleMark } from '../sampleHome.ts';
import { tellingWayOn } from '../tellWayOn.ts';
import { watchTrain } from './train.ts';

export function runsReproduceCommand(act: Act): Command {
  return new Command('reproduce')
    .summary('train a run again, and compare the bits')
    .description(
      'Train a run again from its snapshot, as a run of its own, and compare data set, normalisers, every loss, weights and ' +
        'evaluation. Where the bits are others, says which of what is pinned is not the same: versions, instruction set, ' +
        'threads, oneDNN, processor, Node. A run that was reproduced before is compared at once; --again trains it once more.',
    )
    .argument('<run>', RUN_ID_HELP)
    .option('--again', 'once more, where it was reproduced before: a run of its own')
    .option('--json', 'print one JSON object')
    .action(act(reproduce));
}

async function reproduce(
  context: CommandContext,
  name: string,
  { again = false }: { readonly again?: boolean },
): Promise<undefined> {
  const { home, styles, effects } = context;
  const named = await runFolderIn(home.runsDir, await findRun(context, name)).require();
  // A reproduction stands for what it reproduces.
  const original = runFolderIn(home.runsDir, named.reproduces ?? named.runId);
  const record = await original.require();
  requireDone(record);
  const input = await inputOf(context, record, again);
  const mark = await readSampleMark(home);
  effects.interruption.drainsItself();
  await context.note(`run ${record.runId} again, as ${input.runId}`);
  const settings = await readSettings(home);
  await tellingWayOn(
    context,
    {
      what: `run ${input.runId}`,
      watch: `chartlife runs watch ${input.runId}`,
      again: `chartlife runs reproduce ${record.runId}`,
    },
    withSystem(context, settings, mark?.today ?? null, (control) => watchTrain(context, control, input)),
  );
  const comparison = compareBits(
    await readRunBits(original),
    await readRunBits(runFolderIn(home.runsDir, input.runId)),
  );
  if (context.isJson) await context.printJson({ runId: record.runId, again: input.runId, ...comparison });
  else {
    const layout = { styles, width: widthOf(effects.stdout) };
    await context.print(renderBits(record.runId, input.runId, comparison, layout));
  }
  await context.suggest(`chartlife runs show ${record.runId}`, 'how good it is');
  if (comparison.areSame) return;
  const { pinned, results } = comparison;
  throw new ChartlifeError('CheckFailed', `run ${record.runId}, trained again, came to other bits`, {
    next:
      pinned.length === 0
        ? 'All that is pinned is the same: this is a defect. Keep both run folders and report it.'
        : 'Train it again with the same of these, and compare anew.',
    details: { results: results.map(({ what }) => what), pinned: pinned.map(({ what }) => what) },
  });
}

function requireDone({ runId, evaluations }: RunRecord): void {
  if (evaluations?.mp3 !== undefined) return;
  throw new ChartlifeError('InvalidInput', `run ${runId} is not done yet: there is nothing to compare with`, {
    next: `See how far it is: chartlife runs watch ${runId}`,
    details: { runId },
  });
}

async function inputOf(context: CommandContext, record: RunRecord, isAgain: boolean): Promise<TrainInput> {
  const { snapshotId, seed } = record;
  const versions = runVersions();
  const folderOf = (runId: RunId) => runFolderIn(context.home.runsDir, runId);
  const reproduction = await reproductionOf(record, versions, isAgain, folderOf);
  return { snapshotId, seed, versions, ...reproduction, today: await todayOf(context) };
}
