/** The run that trains another again: which attempt of it, and its id. */
import type { RecipeSource, RunId, TrainInput } from '../../contracts/runs.ts';
import { type RunFolder, type RunRecord, type RunSpec, runIdOf } from './runFolder.ts';

type Original = Pick<RunRecord, 'runId' | 'recipe' | 'snapshotId' | 'seed'>;
export type Reproduction = Pick<TrainInput, 'runId' | 'recipe'>;

/** What a run spec says of the run that it trains again; nothing where it is a run of its own. */
export function reproducedBy(source: RecipeSource): Pick<RunSpec, 'reproduces' | 'attempt'> {
  if (source.kind !== 'run') return {};
  return { reproduces: source.runId, ...(source.attempt === undefined ? {} : { attempt: source.attempt }) };
}

/**
 * The newest attempt at a run, to be compared, or to go on if it was cut off.
 *
 * @param versions that it is trained with: each has attempts of its own
 * @param isAgain one more where the newest is done: nothing of it is taken for the new one
 */
export async function reproductionOf(
  original: Original,
  versions: TrainInput['versions'],
  isAgain: boolean,
  folderOf: (runId: RunId) => Pick<RunFolder, 'read'>,
): Promise<Reproduction> {
  let newest = attemptAt(original, versions, 1);
  for (let attempt = 1; ; attempt++) {
    const one = attemptAt(original, versions, attempt);
    const record = await folderOf(one.runId).read();
    if (record !== null) newest = one;
    if (record !== null && record.evaluations?.mp3 !== undefined) continue;
    return record !== null || isAgain ? one : newest;
  }
}

function attemptAt(original: Original, versions: TrainInput['versions'], attempt: number): Reproduction {
  const { runId, recipe, snapshotId, seed } = original;
  // The first says nothing of attempts.
  const source: RecipeSource = { kind: 'run', runId, ...(attempt === 1 ? {} : { attempt }) };
  return { runId: runIdOf({ recipe, snapshotId, seed, versions, ...reproducedBy(source) }), recipe: source };
}
