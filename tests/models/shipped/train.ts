/** Takes steps of a model, on batches that the step's number decides. */
import { type TensorContainer, tidy } from '@tensorflow/tfjs-core';
import type { CompiledStep } from '../../../models/compile/compile.ts';
import { disposeTree, type TensorTree } from '../../../models/compile/tree.ts';
import { initialTrainingState, type Trainer, type TrainingState } from '../../../models/training/trainer.ts';
import { initialise } from '../../../models/weights/initialise.ts';
import { toParameters } from '../../../models/weights/tensors.ts';
import { SHIPPED_SETTINGS, type ShippedModel } from './shippedModels.ts';

/** The reference of compiled steps: the same function, op by op. */
export function eagerly<From extends TensorTree, To extends TensorTree>(
  step: (from: From) => To,
): CompiledStep<From, To> {
  return Object.assign((from: From) => tidy(() => step(from) as TensorContainer) as To, {
    numGraphs: 0,
    dispose: () => undefined,
  });
}

export function initialState({ task }: ShippedModel): TrainingState {
  return initialTrainingState(toParameters(initialise(task.shapes, 1)), SHIPPED_SETTINGS);
}

export interface Steps {
  readonly from: number;
  readonly to: number;
  readonly batchSize: number;
}

/** @param state disposed of */
export function takeSteps(
  model: ShippedModel,
  trainer: Trainer<TensorTree>,
  state: TrainingState,
  { from, to, batchSize }: Steps,
): { readonly state: TrainingState; readonly losses: number[] } {
  const losses: number[] = [];
  let current = state;
  for (let step = from; step < to; step++) {
    const batch = model.makeBatch(batchSize, step);
    const taken = trainer.step(current, { step, parts: [batch], describe: () => `made for step ${step}` });
    disposeTree(batch);
    current = taken.state;
    losses.push(taken.report.loss);
  }
  return { state: current, losses };
}
