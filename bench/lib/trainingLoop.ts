/** Our training loop and our bare step on a made-up data set, as processes that work in turn. */
import { ones, type Rank, randomNormal } from '@tensorflow/tfjs-core';
import { loadTensorflow } from '../../models/backend/loadTensorflow.ts';
import { withChanges } from '../../models/recipes/changes.ts';
import { mp2TaskOf } from '../../models/recipes/networks.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../runtime/nativeParts.ts';
import { trainStage } from '../../workers/trainer/trainStage.ts';
import { endlessRecipe, type LoopRecipe, trainingJob } from './trainingRun.ts';
import { makeTrainingStep } from './trainingStep.ts';
import { sayCpuSeconds } from './turnPeer.ts';

export const NUM_THREADS = 2;

export interface LoopSpec {
  readonly folder: string;
  readonly recipe: LoopRecipe;
  /** `loop`: all of trainStage(); `bare`: a step as the bench `step` takes it, on one batch over and over, without draws. */
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
  const step = bareStepOf(recipe);
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

function bareStepOf(name: LoopRecipe): () => number {
  const recipe = withChanges(endlessRecipe(name), ['mp2.dropoutRate=0', 'mp2.dropPathRate=0']);
  const { numFrames, numMelBins } = recipe.encoder;
  const { batchSize } = recipe.mp2;
  return makeTrainingStep({
    ...mp2TaskOf(recipe),
    makeBatch: () => ({
      x_BTF: randomNormal<Rank.R3>([batchSize, numFrames, numMelBins], 0, 1, 'float32', 1),
      targets_B2: randomNormal<Rank.R2>([batchSize, 2], 0, 1, 'float32', 2),
      weights_B2: ones<Rank.R2>([batchSize, 2]),
    }),
  });
}
