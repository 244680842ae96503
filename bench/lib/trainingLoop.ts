/** Our training loop and our bare step on a made-up data set, as processes that work in turn. */
import { loadTensorflow } from '../../models/backend/loadTensorflow.ts';
import { mp2Parts } from '../../models/recipes/batchTensors.ts';
import { withChanges } from '../../models/recipes/changes.ts';
import { mp2TaskOf } from '../../models/recipes/networks.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../runtime/nativeParts.ts';
import { trainStage } from '../../workers/trainer/trainStage.ts';
import { endlessRecipe, firstBatch, type LoopRecipe, trainingJob } from './trainingRun.ts';
import { makeTrainingStep } from './trainingStep.ts';
import { sayCpuSeconds } from './turnPeer.ts';

export const NUM_THREADS = 2;

export interface LoopSpec {
  readonly folder: string;
  readonly recipe: LoopRecipe;
  /** `loop`: all of trainStage(); `bare`: a step as the bench `step` takes it, on one batch of the data set over and over, without draws. */
  readonly kind: 'loop' | 'bare';
  /** Of the loop; null for none. */
  readonly checkpointEverySteps: number | null;
}

/** Never ends by itself. */
export async function serveLoop({ folder, recipe, kind, checkpointEverySteps }: LoopSpec): Promise<void> {
  useTensorflow();
  if (kind === 'loop') {
    await trainStage(await trainingJob(folder, recipe, checkpointEverySteps), { onStep: sayCpuSeconds });
    return;
  }
  const step = await bareStepOf(folder, recipe);
  for (;;) {
    step();
    sayCpuSeconds();
  }
}

export function useTensorflow(): void {
  loadTensorflow({
    cache: nativeCacheAt(nativeCacheRoot(process.env)),
    variant: 'cpu',
    numThreads: NUM_THREADS,
    environment: process.env,
  });
}

/** On the data set's first batch: numbers of another kind can take another time. */
async function bareStepOf(folder: string, name: LoopRecipe): Promise<() => number> {
  const recipe = withChanges(endlessRecipe(name), ['mp2.dropoutRate=0', 'mp2.dropPathRate=0']);
  const [batch] = mp2Parts(await firstBatch(folder, name), recipe, 1);
  if (batch === undefined) throw new Error('the data set has no batch');
  return makeTrainingStep({ ...mp2TaskOf(recipe), makeBatch: () => batch });
}
