/** What training and evaluation ask of a model: its parameters, its loss, its prediction. All else is the same for all. */
import type { Scalar } from '@tensorflow/tfjs-core';
import { type CompiledStep, compile } from '../compile/compile.ts';
import type { TensorTree } from '../compile/tree.ts';
import type { ParameterShapes, Parameters } from '../parameters.ts';
import type { RandomKey } from './random.ts';

/** Of a batch: `Input` is what a prediction is made from, `Batch` has the targets too. Pure functions, all of them. */
export interface TrainingTask<Input extends TensorTree, Batch extends Input, Prediction extends TensorTree> {
  readonly shapes: ParameterShapes;
  /** @param key of this step, for dropout and the like: {@link randomKey} */
  lossOf(parameters: Parameters, batch: Batch, key: RandomKey): Scalar;
  /**
   * Whether a batch says what the whole that it is a part of is divided by. Without it a batch goes through whole.
   */
  isPart?(batch: Batch): boolean;
  /** Draws nothing. */
  predict(parameters: Parameters, input: Input): Prediction;
}

export type PredictionInput<Input extends TensorTree> = { readonly parameters: Parameters; readonly input: Input };

/** `predict` as a graph: for evaluation and forecasts. Its result is the caller's to dispose of. */
export function compilePrediction<Input extends TensorTree, Batch extends Input, Prediction extends TensorTree>({
  predict,
}: Pick<TrainingTask<Input, Batch, Prediction>, 'predict'>): CompiledStep<PredictionInput<Input>, Prediction> {
  return compile(({ parameters, input }: PredictionInput<Input>) => predict(parameters, input));
}
