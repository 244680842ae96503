/** From what a run says of its recipe to the recipe itself. */
import { ChartlifeError } from '../../contracts/errors.ts';
import type { RecipeSource, RunId, TrainInput } from '../../contracts/runs.ts';
import { withChanges } from '../../models/recipes/changes.ts';
import { checkRecipe } from '../../models/recipes/checkRecipe.ts';
import { isRecipeName, RECIPES } from '../../models/recipes/presets.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import { reproducedBy } from './reproduction.ts';
import { requireVersions } from './requireVersions.ts';
import { type RunFolder, type RunSpec, runIdOf } from './runFolder.ts';

/** @throws ChartlifeError InvalidInput for a preset or a change that there is not, or a recipe that fits no model */
export function presetRecipe(name: string, changes: readonly string[]): Recipe {
  if (!isRecipeName(name)) {
    throw new ChartlifeError('InvalidInput', `there is no recipe "${name}"`, {
      next: `Give ${Object.keys(RECIPES).join(', ')}.`,
      details: { value: name },
    });
  }
  const recipe = withChanges(RECIPES[name], changes);
  checkRecipe(recipe);
  return recipe;
}

/**
 * What a run is, in full.
 *
 * @throws ChartlifeError InvalidInput where it is another run than the input says, as this worker's recipes are of another
 * version; RunNotFound where it reproduces one that is not there
 */
export async function runSpecOf(
  { runId, recipe: source, snapshotId, seed, versions }: TrainInput,
  folderOf: (runId: RunId) => RunFolder,
): Promise<RunSpec> {
  requireVersions(versions);
  const recipe = await recipeOf(source, folderOf);
  const spec: RunSpec = {
    ...{ recipe, snapshotId, seed, versions },
    ...reproducedBy(source),
  };
  const found = runIdOf(spec);
  if (found === runId) return spec;
  throw new ChartlifeError(
    'InvalidInput',
    `the recipe ${recipe.name} makes run ${found} on this worker, not ${runId}`,
    {
      next: 'Give the train worker the same version of chartlife as the command line, and start the run again.',
      details: { runId, found },
    },
  );
}

async function recipeOf(source: RecipeSource, folderOf: (runId: RunId) => RunFolder): Promise<Recipe> {
  if (source.kind === 'preset') return presetRecipe(source.name, source.changes);
  return (await folderOf(source.runId).require()).recipe;
}
