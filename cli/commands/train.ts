/** `chartlife train`: a run from a snapshot of the lake to weights, through MP2 and MP3. */
import { Command, Option } from 'commander';
import type { RunId, TrainInput, TrainProgress, TrainResult } from '../../contracts/runs.ts';
import { MAX_SWEEP_RUNS } from '../../contracts/sweeps.ts';
import { RECIPES } from '../../models/recipes/presets.ts';
import { readSettings } from '../../runtime/settings.ts';
import type { Control } from '../../workers/control/control.ts';
import { readMetrics } from '../../workers/trainer/metricsFile.ts';
import { presetRecipe } from '../../workers/trainer/recipeSource.ts';
import { type RunRecord, runFolderIn, runIdOf } from '../../workers/trainer/runFolder.ts';
import { metricsPathOf } from '../../workers/trainer/runPaths.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { withSystem } from '../homeSystem.ts';
import { wholeNumberOption } from '../options.ts';
import { retryText } from '../output/refreshReport.ts';
import { renderRun } from '../output/runReport.ts';
import { runOrigin } from '../runOrigin.ts';
import { readSampleMark } from '../sampleHome.ts';
import { tellingWayOn } from '../tellWayOn.ts';
import { trainSweep } from '../trainSweep.ts';
import { trainWords } from '../trainWords.ts';
import { watchUntilEnd } from '../watchUntilEnd.ts';

interface TrainOptions {
  readonly seed: number;
  readonly seeds: number;
  readonly folds: number;
  readonly set: readonly string[];
  readonly snapshot?: string;
}

export const trainCommand: CommandBuilder = (act) =>
  new Command('train')
    .summary('train MP2, then MP3, on a snapshot of the lake')
    .description(
      'Train on the tracks that have both a trajectory and a spectrogram: MP2, then MP3 with MP2’s encoder; both are evaluated on ' +
        'later debuts, beside what needs no sound. The same recipe, snapshot and seed are the same run, with the same weights to ' +
        'the bit on the same kind of machine; started again, it goes on where it was. Works beside a running `chartlife up`; ' +
        'where none runs, server and workers are started for it. Several recipes, seeds or folds are a sweep: a run of each ' +
        'combination, as many at once as there are train workers, and how far the figures spread.',
    )
    .argument('<recipe...>', Object.keys(RECIPES).join(', '))
    .addOption(wholeNumberOption('--seed <n>', 'of all that is drawn', 0).default(1))
    .addOption(wholeNumberOption('--seeds <n>', 'so many, from --seed on', 1, MAX_SWEEP_RUNS).default(1))
    .addOption(
      wholeNumberOption('--folds <k>', 'so many, each ending earlier than the one before', 1, MAX_SWEEP_RUNS).default(
        1,
      ),
    )
    .addOption(
      new Option('--set <path=value>', 'changes the recipe, such as mp2.numSteps=400; kept with the run')
        .argParser<string[]>((value, before) => [...before, value])
        .default([] as string[], 'none'),
    )
    .option('--snapshot <number|pin>', 'of the lake (default: the newest)')
    .option('--json', 'print one JSON object')
    .action(act(train));

async function train(context: CommandContext, names: string[], options: TrainOptions): Promise<undefined> {
  const { seed, seeds, folds, set, snapshot } = options;
  const [name = '', ...others] = names;
  if (others.length > 0 || seeds > 1 || folds > 1) {
    const choice = { recipes: names, changes: set, firstSeed: seed, numSeeds: seeds, numFolds: folds };
    return trainSweep(context, choice, snapshot);
  }
  const input = await trainInputOf(context, name, options);
  const settings = await readSettings(context.home);
  const mark = await readSampleMark(context.home);
  context.effects.interruption.drainsItself();
  await context.note(`run ${input.runId}: ${name}, seed ${input.seed}, snapshot ${input.snapshotId}`);
  await tellingWayOn(
    context,
    {
      what: `run ${input.runId}`,
      watch: `chartlife runs watch ${input.runId}`,
      again: trainWords({ ...input, recipe: presetRecipe(name, set) }),
    },
    withSystem(context, settings, mark?.today ?? null, (control) => watchTrain(context, control, input)),
  );
  const record = await runFolderIn(context.home.runsDir, input.runId).require();
  if (context.isJson) await context.printJson(record);
  else await context.print(renderRun(record, context.styles, widthOf(context.effects.stdout)));
  await context.suggest(`chartlife runs show ${input.runId} --json`, 'every figure of it');
}

/** @throws ChartlifeError InvalidInput for a recipe, a change or a snapshot that there is not */
export async function trainInputOf(
  context: CommandContext,
  name: string,
  { seed, set, snapshot }: Pick<TrainOptions, 'seed' | 'set' | 'snapshot'>,
): Promise<TrainInput> {
  const recipe = presetRecipe(name, set);
  const origin = await runOrigin(context, snapshot);
  const { snapshotId, versions } = origin;
  const runId = runIdOf({ recipe, snapshotId, seed, versions });
  return { runId, seed, ...origin, recipe: { kind: 'preset', name, changes: set } };
}

/** Starts it, or joins the one that runs, and shows how far it is. */
export async function watchTrain(context: CommandContext, control: Control, input: TrainInput): Promise<TrainResult> {
  const run = await control.startTrain(input);
  return watchRun(context, control, input.runId, control.awaitTrain(run));
}

/** Shows a run's phase and steps until it ends. */
export async function watchRun<Result>(
  context: CommandContext,
  control: Control,
  runId: RunId,
  end: Promise<Result>,
): Promise<Result> {
  let phase: TrainProgress['phase'] | null = null;
  let told = '';
  let progress = context.startProgress('run', 'steps', null);
  const folder = runFolderIn(context.home.runsDir, runId);
  const look = async (): Promise<void> => {
    const state = await control.trainProgress(runId);
    if (state === null) return;
    const record = await folder.read();
    if (state.phase !== phase) {
      progress.finish();
      phase = state.phase;
      progress = context.startProgress(state.isPaused ? `${phase}, paused` : phase, 'steps', null);
    }
    const stage = phase === 'mp2' || phase === 'mp3' ? phase : null;
    if (stage !== null && record !== null) await lookAtSteps(record, folder.path, stage, progress);
    const retrying = (await control.trainState(runId))?.retrying ?? null;
    // Once an attempt, while it is waited for: steps that stand still say nothing.
    if (retrying === null || retrying.nextAttemptAt === null) return;
    if (told !== `${retrying.attempt}`) progress.line(retryText(retrying, context.effects.clock.now()));
    told = `${retrying.attempt}`;
  };
  return watchUntilEnd(context, end, look, () => progress.finish());
}

async function lookAtSteps(
  { recipe }: RunRecord,
  folder: string,
  stage: 'mp2' | 'mp3',
  progress: ReturnType<CommandContext['startProgress']>,
): Promise<void> {
  const losses = await readMetrics(metricsPathOf(folder, stage));
  const last = losses.at(-1);
  if (last !== undefined) progress.update(losses.length, `loss ${last.loss.toFixed(3)}`, recipe[stage].numSteps);
}
