/** The command line that goes on with a run: the same words are the same run, as long as the versions are the same. */
import type { SweepChoice } from '../contracts/sweeps.ts';
import { recipePaths, withChanges } from '../models/recipes/changes.ts';
import { isRecipeName, RECIPES } from '../models/recipes/presets.ts';
import type { Recipe } from '../models/recipes/recipe.ts';
import { canonicalJson } from '../runtime/canonicalJson.ts';
import { runVersions } from '../runtime/versions.ts';
import type { RunRecord } from '../workers/trainer/runFolder.ts';
import { shellWord } from './output/shellWord.ts';

/** How a run that stands still goes on. */
export function wayOn(record: RunRecord): string {
  const words = trainWords(record);
  if (canonicalJson(record.versions) === canonicalJson(runVersions()))
    return `It goes on from its last checkpoint with the words that began it: ${words}`;
  const its = Object.entries(record.versions).map(([name, version]) => `${name} ${version}`);
  return `It is of ${its.join(', ')}: with those it goes on from its last checkpoint. Here the same words are another run: ${words}`;
}

/** Ends with `…` where this version can't make the run's recipe. */
export function trainWords({
  recipe,
  seed,
  snapshotId,
  reproduces,
}: Pick<RunRecord, 'recipe' | 'seed' | 'snapshotId' | 'reproduces'>): string {
  if (reproduces !== undefined) return `chartlife runs reproduce ${reproduces}`;
  const changes = changesFromPreset(recipe);
  const words = `chartlife train ${recipe.name} --seed ${seed} --snapshot ${snapshotId}${setsOf(changes ?? [])}`;
  return changes === null ? `${words} …` : words;
}

/** The same for a sweep. */
export function sweepWords(
  { recipes, changes, firstSeed, numSeeds, numFolds }: SweepChoice,
  snapshotId: number,
): string {
  const many = `${numSeeds === 1 ? '' : ` --seeds ${numSeeds}`}${numFolds === 1 ? '' : ` --folds ${numFolds}`}`;
  return `chartlife train ${recipes.join(' ')} --seed ${firstSeed}${many} --snapshot ${snapshotId}${setsOf(changes)}`;
}

function setsOf(changes: readonly string[]): string {
  return changes.map((change) => ` --set ${shellWord(change)}`).join('');
}

/** From the preset to the recipe; null where there is no way. */
export function changesFromPreset(recipe: Recipe): string[] | null {
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
