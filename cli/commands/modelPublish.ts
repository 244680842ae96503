/** `chartlife model list` and `publish`: whose model issues the nightly forecasts. */
import { Command } from 'commander';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { Publication } from '../../contracts/runRows.ts';
import { type RunRecord, runFolderIn } from '../../workers/trainer/runFolder.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { findRun, RUN_ID_HELP } from '../findRun.ts';
import { withExistingLake, withLake } from '../homeLake.ts';
import { indented } from '../output/displayWidth.ts';

export const modelListCommand: CommandBuilder = (act) =>
  new Command('list')
    .summary('published models, the newest first: it issues the forecasts')
    .option('--json', 'print one JSON array')
    .action(act(list));

export const modelPublishCommand: CommandBuilder = (act) =>
  new Command('publish')
    .summary('have a run’s model issue the nightly forecasts')
    .description(
      'Publish a run by hand: its model issues the forecasts from the next refresh on, whatever its figures are. A run ' +
        'that beats the baselines on tracks it was not trained on publishes itself.',
    )
    .argument('<run>', RUN_ID_HELP)
    .option('--why <text>', 'kept with the publication')
    .option('--json', 'print one JSON object')
    .action(act(publish));

interface ListedModel extends Publication {
  readonly recipe: string | null;
  readonly seed: number | null;
  readonly mp3Sha256: string | null;
}

async function list(context: CommandContext): Promise<undefined> {
  const publications = await withLake(context, { mode: 'read' }, (lake) => lake.publications());
  const models = await Promise.all(
    publications.map(async (publication): Promise<ListedModel> => {
      // Damaged, as well as gone, it is listed with what the lake knows of it.
      const record = await runFolderIn(context.home.runsDir, publication.runId)
        .read()
        .catch(() => null);
      const { recipe, seed, weightsSha256 } = record ?? {};
      return {
        ...publication,
        recipe: recipe?.name ?? null,
        seed: seed ?? null,
        mp3Sha256: weightsSha256?.mp3 ?? null,
      };
    }),
  );
  if (context.isJson) await context.printJson(models);
  else await context.print(render(models, context));
  const [newest] = models;
  await context.suggest(
    newest === undefined ? 'chartlife runs list' : 'chartlife forecast --new',
    newest === undefined ? 'what could be published' : 'what it says of tracks that came lately',
  );
}

function render(models: readonly ListedModel[], { styles, effects }: CommandContext): string[] {
  if (models.length === 0) return ['No model is published: nothing is forecast in the night.'];
  const width = widthOf(effects.stdout);
  return models.flatMap(({ runId, recipe, seed, publishedAt, publishedBy, why, mp3Sha256 }, place) => [
    `${styles.bold(runId)}  ${recipe === null ? 'its folder is gone' : `${recipe}, seed ${seed}`}  published ${publishedAt.slice(0, 16).replace('T', ' ')} UTC by ${publishedBy === 'run' ? 'itself' : 'hand'}${place === 0 ? styles.green('  issues the forecasts') : ''}`,
    ...indented(why, 2, width),
    ...(mp3Sha256 === null ? [] : [styles.dim(`  weights mp3.safetensors, sha256 ${mp3Sha256}`)]),
  ]);
}

async function publish(context: CommandContext, name: string, { why }: { readonly why?: string }): Promise<undefined> {
  const runId = await findRun(context, name);
  const record = await runFolderIn(context.home.runsDir, runId).require();
  requirePublishable(record);
  const publication: Publication = {
    runId,
    publishedAt: new Date(context.effects.clock.now()).toISOString(),
    publishedBy: 'person',
    why: why ?? `by hand; ${record.decision?.why ?? 'nothing was decided of it'}`,
  };
  await withExistingLake(context, (lake) => lake.commitPublication(publication));
  if (context.isJson) await context.printJson(publication);
  else await context.print(`run ${runId} is published: its model issues the forecasts from the next refresh on`);
  if (record.decision?.isPublished !== true) {
    await context.note(
      context.noteStyles.yellow(`  It was not found good enough to publish itself: ${record.decision?.why}`),
    );
  }
  await context.suggest('chartlife forecast --new', 'what it says of tracks that came lately');
}

/** @throws ChartlifeError InvalidInput for a run that is not done, or that only trains another again */
function requirePublishable({ runId, reproduces, decision }: RunRecord): void {
  if (reproduces !== undefined) {
    throw new ChartlifeError('InvalidInput', `run ${runId} only trains run ${reproduces} again`, {
      next: `Publish that one: chartlife model publish ${reproduces}`,
      details: { runId },
    });
  }
  if (decision !== undefined) return;
  throw new ChartlifeError('InvalidInput', `run ${runId} is not done yet`, {
    next: `See how far it is: chartlife runs watch ${runId}`,
    details: { runId },
  });
}
