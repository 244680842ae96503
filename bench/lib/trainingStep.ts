/** A training step as the product's trainer takes it, on one batch over and over. */
import type { TensorTree } from '../../models/compile/tree.ts';
import { DEFAULT_ADAMW_OPTIONS } from '../../models/training/adamW.ts';
import type { TrainingTask } from '../../models/training/task.ts';
import { createTrainer, initialTrainingState, type TrainerSettings } from '../../models/training/trainer.ts';
import { initialise } from '../../models/weights/initialise.ts';
import { toParameters } from '../../models/weights/tensors.ts';

export type TrainedTask<Batch extends TensorTree> = Pick<TrainingTask<Batch, Batch, TensorTree>, 'shapes' | 'lossOf'>;

export type TrainingCase<Batch extends TensorTree> = TrainedTask<Batch> & { makeBatch(): Batch };

/** `bench/step_torch.py` has the same. */
const SETTINGS: TrainerSettings = {
  seed: 1,
  schedule: { warmupSteps: 0, numSteps: 1, peakLearningRate: 1e-4, finalLearningRate: 1e-4 },
  adamW: DEFAULT_ADAMW_OPTIONS,
  maxGradientNorm: 1,
  averageDecay: null,
};

/** @returns what does one step on a batch of its own and gives its loss */
export function makeTrainingStep<Batch extends TensorTree>(training: TrainingCase<Batch>): () => number {
  const batch = training.makeBatch();
  const step = trainingStepOf(training);
  return () => step(batch);
}

/** @returns what does one step on a batch and gives its loss; the batch is left as it is */
export function trainingStepOf<Batch extends TensorTree>(task: TrainedTask<Batch>): (batch: Batch) => number {
  const trainer = createTrainer(task, SETTINGS);
  let state = initialTrainingState(toParameters(initialise(task.shapes, 1)), SETTINGS);
  let numSteps = 0;
  return (batch) => {
    const taken = trainer.step(state, { step: numSteps++, parts: [batch], describe: () => 'the same each time' });
    ({ state } = taken);
    return taken.report.loss;
  };
}
