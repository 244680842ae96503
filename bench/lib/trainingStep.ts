/** A training step as a bench runs it: loss, gradients and AdamW, compiled, its state kept on TensorFlow's side. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { compile } from '../../models/compile/compile.ts';
import { disposeTree, type TensorTree } from '../../models/compile/tree.ts';
import type { ParameterShapes } from '../../models/parameters.ts';
import {
  type AdamWScalars,
  type AdamWState,
  adamW,
  adamWScalars,
  DEFAULT_ADAMW_OPTIONS,
  initialAdamWState,
} from '../../models/training/adamW.ts';
import type { NamedTensors } from '../../models/training/namedTensors.ts';
import { valueAndGradients } from '../../models/training/valueAndGradients.ts';
import { initialise } from '../../models/weights/initialise.ts';
import { toParameters } from '../../models/weights/tensors.ts';

export interface TrainingCase<Batch extends TensorTree> {
  readonly shapes: ParameterShapes;
  makeBatch(): Batch;
  lossOf(parameters: NamedTensors, batch: Batch): Scalar;
}

const LEARNING_RATE = 1e-4;

/** @returns what does one step on a batch of its own and reads its loss */
export function makeTrainingStep<Batch extends TensorTree>(training: TrainingCase<Batch>): () => number {
  const batch = training.makeBatch();
  const step = trainingStepOf(training);
  return () => step(batch);
}

/** @returns what does one step on a batch and reads its loss; the batch is left as it is */
export function trainingStepOf<Batch extends TensorTree>(
  training: Omit<TrainingCase<Batch>, 'makeBatch'>,
): (batch: Batch) => number {
  let parameters: NamedTensors = toParameters(initialise(training.shapes, 1));
  let state: AdamWState = initialAdamWState(parameters);
  const step = compile(
    (input: { parameters: NamedTensors; state: AdamWState; scalars: AdamWScalars; batch: Batch }) => {
      const { loss, gradients } = valueAndGradients((named) => training.lossOf(named, input.batch), input.parameters);
      const updated = adamW(input.parameters, gradients, input.state, input.scalars, DEFAULT_ADAMW_OPTIONS);
      return { loss: loss as Tensor, ...updated };
    },
  );
  let numSteps = 0;
  return (batch) => {
    const scalars = adamWScalars(++numSteps, LEARNING_RATE, DEFAULT_ADAMW_OPTIONS);
    const { loss, ...updated } = step({ parameters, state, scalars, batch });
    disposeTree({ parameters, state, scalars });
    ({ parameters, state } = updated);
    const value = loss.dataSync()[0] as number;
    loss.dispose();
    return value;
  };
}
