/** One step of training for any model: loss, gradients, clipping, AdamW and moving average, as a TensorFlow graph. */
import { clone, type Scalar, scalar, tidy } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { type CompiledStep, compile } from '../compile/compile.ts';
import { disposeTree, type TensorTree } from '../compile/tree.ts';
import { accumulate } from './accumulate.ts';
import {
  type AdamWOptions,
  type AdamWScalars,
  type AdamWState,
  adamW,
  adamWScalars,
  initialAdamWState,
} from './adamW.ts';
import { clipFactor, globalNorm } from './clip.ts';
import { emaUpdateRateAt, movingAverage } from './ema.ts';
import { throwUnlessFinite } from './guard.ts';
import { mapTensors, type NamedTensors } from './namedTensors.ts';
import { foldIn, type RandomKey, randomKey } from './random.ts';
import { learningRateAt, type WarmupCosine } from './schedule.ts';
import type { TrainingTask } from './task.ts';
import { type ValueAndGradients, valueAndGradients } from './valueAndGradients.ts';

export interface TrainerSettings {
  /** Of the run, a whole number from 0 below 2^53. */
  readonly seed: number;
  readonly schedule: WarmupCosine;
  readonly adamW: AdamWOptions;
  /** Of all gradients together. */
  readonly maxGradientNorm: number;
  /** Of the moving average of the parameters, from 0 below 1; null keeps none. */
  readonly averageDecay: number | null;
}

/** All that a training carries from step to step; with the step's number, all that a checkpoint needs. */
export type TrainingState = {
  readonly parameters: NamedTensors;
  readonly moments: AdamWState;
  /** What gets evaluated, where it is kept. */
  readonly average?: NamedTensors;
};

export interface StepReport {
  readonly loss: number;
  /** Of all gradients together, before clipping. */
  readonly gradientNorm: number;
  readonly learningRate: number;
}

export interface StepRequest<Batch extends TensorTree> {
  /** From 0. */
  readonly step: number;
  /**
   * The batch, or parts of it that go through one after the other: less memory, and where nothing is drawn the same
   * gradient. See accumulate.ts.
   */
  readonly parts: readonly Batch[];
  /** What the batch was made of, such as its tracks: for the error. */
  readonly describe: () => string;
}

export interface Trainer<Batch extends TensorTree> {
  /**
   * The state after the step. The one given is disposed of; the batch is the caller's.
   *
   * @throws ChartlifeError NonFiniteLoss; InvalidInput for parts of which a loss is no sum. The state given is then as it was
   */
  step(
    state: TrainingState,
    request: StepRequest<Batch>,
  ): { readonly state: TrainingState; readonly report: StepReport };
  /** Frees the graphs. */
  dispose(): void;
}

/** @param parameters the state's from now on */
export function initialTrainingState(
  parameters: NamedTensors,
  { averageDecay }: Pick<TrainerSettings, 'averageDecay'>,
): TrainingState {
  const moments = initialAdamWState(parameters);
  return averageDecay === null
    ? { parameters, moments }
    : { parameters, moments, average: mapTensors(parameters, clone) };
}

type PartInput<Batch extends TensorTree> = {
  readonly parameters: NamedTensors;
  readonly batch: Batch;
  readonly key: RandomKey;
  /** Of the parts before. */
  readonly sum?: ValueAndGradients;
};
type UpdateInput = {
  readonly state: TrainingState;
  readonly sum: ValueAndGradients;
  readonly scalars: StepScalars;
};
type WholeInput<Batch extends TensorTree> = Omit<UpdateInput, 'sum'> & Pick<PartInput<Batch>, 'batch' | 'key'>;
/** What changes from step to step, computed in float64. */
type StepScalars = AdamWScalars & { readonly averageRate: Scalar };
type Updated = {
  readonly state: TrainingState;
  readonly loss: Scalar;
  readonly gradientNorm: Scalar;
  /** After the update. */
  readonly parameterNorm: Scalar;
};

/**
 * Its graphs are made when a batch's shapes are first met, which takes seconds for a large model.
 *
 * @param run how its functions of tensors are run: as graphs, or as the reference that these are tested against
 */
export function createTrainer<Input extends TensorTree, Batch extends Input, Prediction extends TensorTree>(
  { lossOf, isPart = () => false }: Pick<TrainingTask<Input, Batch, Prediction>, 'lossOf' | 'isPart'>,
  settings: TrainerSettings,
  run: <From extends TensorTree, To extends TensorTree>(step: (from: From) => To) => CompiledStep<From, To> = compile,
): Trainer<Batch> {
  const addPart = ({ parameters, batch, key, sum }: PartInput<Batch>): ValueAndGradients =>
    accumulate(
      sum ?? null,
      valueAndGradients((current) => lossOf(current, batch, key), parameters),
    );
  const update = (input: UpdateInput): Updated => updated(input, settings);
  const graphs = {
    part: run(addPart),
    update: run(update),
    whole: run(({ state, scalars, ...part }: WholeInput<Batch>) =>
      update({ state, scalars, sum: addPart({ parameters: state.parameters, ...part }) }),
    ),
  };

  const sumOfParts = ({ parameters }: TrainingState, parts: readonly Batch[], key: RandomKey): ValueAndGradients => {
    let sum: ValueAndGradients | undefined;
    for (const [index, batch] of parts.entries()) {
      const partKey = tidy(() => foldIn(key, index));
      const before: ValueAndGradients | undefined = sum;
      try {
        sum = graphs.part({ parameters, batch, key: partKey, ...(before === undefined ? {} : { sum: before }) });
      } finally {
        disposeTree([partKey, ...(before === undefined ? [] : [before])]);
      }
    }
    return sum as ValueAndGradients;
  };

  const compute = (state: TrainingState, { step, parts }: StepRequest<Batch>, learningRate: number): Updated => {
    const { scalars, key } = tidy(() => ({
      scalars: scalarsOf(settings, step, learningRate),
      key: randomKey(settings.seed, step),
    }));
    try {
      if (parts.length === 1) return graphs.whole({ state, scalars, batch: parts[0] as Batch, key });
      const sum = sumOfParts(state, parts, key);
      try {
        return graphs.update({ state, scalars, sum });
      } finally {
        disposeTree(sum);
      }
    } finally {
      disposeTree([scalars, key]);
    }
  };

  return {
    step(state, request) {
      const { step, parts, describe } = request;
      checkParts(parts, step, isPart);
      const learningRate = learningRateAt(settings.schedule, step);
      const { state: next, ...norms } = compute(state, request, learningRate);
      const loss = numberOf(norms.loss);
      const gradientNorm = numberOf(norms.gradientNorm);
      const parameterNorm = numberOf(norms.parameterNorm);
      disposeTree(norms);
      try {
        throwUnlessFinite({ loss, gradientNorm, parameterNorm }, { step, batch: describe });
      } catch (error) {
        disposeTree(next);
        throw error;
      }
      disposeTree(state);
      return { state: next, report: { loss, gradientNorm, learningRate } };
    },
    dispose() {
      for (const graph of Object.values(graphs)) graph.dispose();
    },
  };
}

function updated({ state, sum, scalars }: UpdateInput, { adamW: options, maxGradientNorm }: TrainerSettings): Updated {
  const { factor, norm } = clipFactor(sum.gradients, maxGradientNorm);
  const after = adamW(state.parameters, sum.gradients, state.moments, scalars, options, factor);
  const average = state.average && movingAverage(state.average, after.parameters, scalars.averageRate);
  return {
    state: { parameters: after.parameters, moments: after.state, ...(average === undefined ? {} : { average }) },
    loss: sum.loss,
    gradientNorm: norm,
    parameterNorm: globalNorm(after.parameters),
  };
}

function scalarsOf({ adamW: options, averageDecay }: TrainerSettings, step: number, learningRate: number): StepScalars {
  const averageRate = averageDecay === null ? 0 : emaUpdateRateAt(step, averageDecay);
  return { ...adamWScalars(step + 1, learningRate, options), averageRate: scalar(averageRate) };
}

function checkParts<Batch>(parts: readonly Batch[], step: number, isPart: (batch: Batch) => boolean): void {
  if (parts.length === 0) {
    throw new ChartlifeError('InvalidInput', `the batch of step ${step} has no parts`, {
      next: 'Give the whole batch as one part.',
      details: { step },
    });
  }
  if (parts.length === 1 || parts.every(isPart)) return;
  throw new ChartlifeError(
    'InvalidInput',
    `the loss of the batch of step ${step} is no sum over its ${parts.length} parts`,
    {
      next: 'Give each part what the whole is divided by; a loss over pairs takes whole batches alone.',
      details: { step, numParts: parts.length },
    },
  );
}

function numberOf(value: Scalar): number {
  return value.dataSync()[0] as number;
}
