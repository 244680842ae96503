/** The command line that goes on with a run: the same words are the same run. */
import { recipePaths, withChanges } from '../models/recipes/changes.ts';
import { isRecipeName, RECIPES } from '../models/recipes/presets.ts';
import type { Recipe } from '../models/recipes/recipe.ts';
import { canonicalJson } from '../runtime/canonicalJson.ts';
import type { RunRecord } from '../workers/trainer/runFolder.ts';
import { shellWord } from './output/shellWord.ts';

/** Ends with `…` where this version can't make the run's recipe. */
export function trainWords({
  recipe,
  seed,
  snapshotId,
  reproduces,
}: Pick<RunRecord, 'recipe' | 'seed' | 'snapshotId' | 'reproduces'>): string {
  if (reproduces !== undefined) return `chartlife runs reproduce ${reproduces}`;
  const changes = changesOf(recipe);
  const sets = (changes ?? []).map((change) => ` --set ${shellWord(change)}`).join('');
  const words = `chartlife train ${recipe.name} --seed ${seed} --snapshot ${snapshotId}${sets}`;
  return changes === null ? `${words} …` : words;
}

/** From the preset to the recipe; null where there is no way. */
function changesOf(recipe: Recipe): string[] | null {
  if (!isRecipeName(recipe.name)) return null;
  const preset: Recipe = RECIPES[recipe.name];
  const changes = recipePaths(recipe).flatMap((path) => {
    const [own, its] = [valueAt(recipe, path), valueAt(preset, path)];
    if (its !== undefined && canonicalJson(own) === canonicalJson(its)) return [];
    return [`${path}=${typeof own === 'string' ? own : JSON.stringify(own)}`];
  });
  return leadsTo(recipe, preset, changes) ? changes : null;
}

function valueAt(recipe: Recipe, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], recipe);
}

function leadsTo(recipe: Recipe, preset: Recipe, changes: readonly string[]): boolean {
  try {
    return canonicalJson(withChanges(preset, changes)) === canonicalJson(recipe);
  } catch {
    return false;
  }
}
