/** From what a sweep says to the ids of its runs and its own. */
import type { SweepPort } from '../../activities/sweep.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { RunId } from '../../contracts/runs.ts';
import { MAX_SWEEP_RUNS, type SweepChoice, type SweepId, type SweepSpec, sweepRuns } from '../../contracts/sweeps.ts';
import type { Lake } from '../../data/lake/types.ts';
import { canonicalJson } from '../../runtime/canonicalJson.ts';
import { sha256Hex } from '../../runtime/files.ts';
import { presetRecipe } from './recipeSource.ts';
import { runIdOf } from './runFolder.ts';

/**
 * In the order of `sweepRuns`.
 *
 * @throws ChartlifeError InvalidInput: see {@link checkSweep}
 */
export function sweepRunIds(spec: SweepSpec): RunId[] {
  checkSweep(spec);
  const { snapshotId, versions } = spec;
  return sweepRuns(spec).map(({ recipe, changes, seed }) =>
    runIdOf({ recipe: presetRecipe(recipe, changes), snapshotId, seed, versions }),
  );
}

/** What runs decide: the hash of them is the hash of recipes, seeds, folds, snapshot and versions. */
export function sweepIdOf(runIds: readonly RunId[]): SweepId {
  return sha256Hex(canonicalJson({ runIds })).slice(0, 16) as SweepId;
}

export function createSweeps(lake: Pick<Lake, 'commitSweep'>): SweepPort {
  return {
    async plan(input) {
      const runIds = sweepRunIds(input);
      const found = sweepIdOf(runIds);
      if (found !== input.sweepId) {
        throw new ChartlifeError(
          'InvalidInput',
          `these runs make sweep ${found} on this worker, not ${input.sweepId}`,
          {
            next: 'Give the train worker the same version of chartlife as the command line, and start the sweep again.',
            details: { sweepId: input.sweepId, found },
          },
        );
      }
      await lake.commitSweep(input.sweepId, runIds);
      return { runIds };
    },
  };
}

/**
 * @throws ChartlifeError InvalidInput for a recipe that is named twice or that there is not, a change or a fold that does not
 * fit one of them, too many runs, or seeds past the exact whole numbers
 */
export function checkSweep(choice: SweepChoice): void {
  const { recipes, changes, firstSeed, numSeeds, numFolds } = choice;
  const twice = recipes.find((recipe, place) => recipes.indexOf(recipe) !== place);
  if (twice !== undefined) throw refused(`the recipe ${twice} is named twice`, 'Name each recipe once.', twice);
  const numRuns = recipes.length * numSeeds * numFolds;
  if (numRuns < 1 || numRuns > MAX_SWEEP_RUNS) {
    throw refused(
      `${recipes.length} recipes × ${numFolds} folds × ${numSeeds} seeds are ${numRuns} runs; a sweep has 1 to ${MAX_SWEEP_RUNS}`,
      'Take fewer seeds or folds, or several sweeps.',
      String(numRuns),
    );
  }
  if (firstSeed > Number.MAX_SAFE_INTEGER - (numSeeds - 1)) {
    const message = `${numSeeds} seeds from ${firstSeed} on go past ${Number.MAX_SAFE_INTEGER}, the last exact whole number`;
    throw refused(message, 'Begin lower.', String(firstSeed));
  }
  const fold = changes.find((change) => change.startsWith('split.fold='));
  if (fold !== undefined && numFolds > 1) {
    throw refused(`--set ${fold} names one fold, and --folds ${numFolds} asks for several`, 'Give one of them.', fold);
  }
  for (const run of sweepRuns({ ...choice, numSeeds: 1 })) presetRecipe(run.recipe, run.changes);
}

function refused(message: string, next: string, value: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', message, { next, details: { value } });
}
