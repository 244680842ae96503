/** The models that are trained, small, each with its losses, draws and all; and batches of made-up numbers. */
import { type Rank, type Tensor1D, type Tensor2D, type Tensor3D, tensor } from '@tensorflow/tfjs-core';
import { AST_PRESETS } from '../../../models/ast/presets.ts';
import type { TensorTree } from '../../../models/compile/tree.ts';
import { mp2Task } from '../../../models/mp2/mp2.ts';
import { astEncoder, vitEncoder } from '../../../models/mp2/soundEncoder.ts';
import type { Mp3Config } from '../../../models/mp3/config.ts';
import { mp3Task } from '../../../models/mp3/task.ts';
import { SIAMESE_PRESETS } from '../../../models/siamese/config.ts';
import { siameseTask } from '../../../models/siamese/task.ts';
import { DEFAULT_ADAMW_OPTIONS } from '../../../models/training/adamW.ts';
import type { TrainingTask } from '../../../models/training/task.ts';
import type { TrainerSettings } from '../../../models/training/trainer.ts';
import { Draws } from '../../../runtime/philox.ts';

type Task = TrainingTask<TensorTree, TensorTree, TensorTree>;

export interface ShippedModel {
  readonly task: Task;
  /** The same at rates of 0: it draws nothing. */
  readonly calmTask: Task;
  /** New tensors. @param index another batch for another */
  makeBatch(batchSize: number, index: number): TensorTree;
}

export const SHIPPED_SETTINGS: TrainerSettings = {
  seed: 3,
  schedule: { warmupSteps: 5, numSteps: 60, peakLearningRate: 2e-3 },
  adamW: DEFAULT_ADAMW_OPTIONS,
  maxGradientNorm: 1,
  averageDecay: 0.99,
};

const GRID = { numFrames: 48, numMelBins: 32, patchSize: 16, frameStride: 8, melStride: 8 } as const;
const SIZES = { ...AST_PRESETS.nano, ...GRID, hiddenSize: 16, numLayers: 2, numHeads: 2, mlpSize: 32 };
/** Of dropout and of dropped paths. */
const RATE = 0.1;
const ratesOf = (rate: number) => ({ dropoutRate: rate, dropPathRate: rate });
const NUM_WEEKS = 20;
const NUM_REGIONS = 4;
const DECODER: Mp3Config = {
  numWeeks: NUM_WEEKS,
  hiddenSize: 16,
  numLayers: 2,
  numHeads: 2,
  mlpSize: 32,
  encoderSize: SIZES.hiddenSize,
  numRegions: NUM_REGIONS,
  numExtrinsic: 2,
  head: { kind: 'hurdle-quantile', quantileLevels: [0.1, 0.5, 0.9] },
  epsilon: 1e-6,
  dropoutRate: 0.1,
};
const TEST_PURPOSE = 1001;

/** Forgets which batches a model takes: its own are made beside it. */
function shipped<Input extends TensorTree, Batch extends Input, Prediction extends TensorTree>(
  taskOf: (rate: number) => TrainingTask<Input, Batch, Prediction>,
  makeBatch: (batchSize: number, index: number) => Batch,
): ShippedModel {
  const [task, calmTask] = [taskOf(RATE), taskOf(0)] as unknown as [Task, Task];
  return { task, calmTask, makeBatch };
}

/** What is drawn, by a number for each use. */
function table<R extends Rank>(shape: number[], index: number, use: number, ofUnit: (unit: number) => number) {
  const draws = new Draws(index, use, TEST_PURPOSE);
  const size = shape.reduce((product, length) => product * length, 1);
  return (dtype: 'float32' | 'int32' = 'float32') =>
    tensor<R>(
      Array.from({ length: size }, () => ofUnit(draws.unit())),
      shape as never,
      dtype,
    );
}

const even = (unit: number): number => 2 * unit - 1;
const sounds = (batchSize: number, index: number): Tensor3D =>
  table<Rank.R3>([batchSize, GRID.numFrames, GRID.numMelBins], index, 0, even)();
const mp2Batch = (batchSize: number, index: number) => ({
  x_BTF: sounds(batchSize, index),
  targets_B2: table<Rank.R2>([batchSize, 2], index, 1, even)(),
  weights_B2: table<Rank.R2>([batchSize, 2], index, 2, (unit) => Number(unit < 0.8))(),
});
const mp3Batch = (batchSize: number, index: number) => {
  const weeks = (use: number, ofUnit: (unit: number) => number): (() => Tensor2D) =>
    table<Rank.R2>([batchSize, NUM_WEEKS], index, use, ofUnit);
  const whole = (below: number) => (unit: number) => Math.floor(unit * below);
  return {
    x_BTF: sounds(batchSize, index),
    seen_BT: weeks(3, (unit) => Number(unit < 0.8))(),
    onChart_BT: weeks(4, (unit) => Number(unit < 0.6))(),
    streams_BT: weeks(5, (unit) => 0.1 + unit)(),
    region_B: table<Rank.R1>([batchSize], index, 6, whole(NUM_REGIONS))('int32') as Tensor1D,
    weekOfYear_BT: table<Rank.R2>([batchSize, NUM_WEEKS], index, 7, whole(53))('int32'),
    extrinsic_BX: table<Rank.R2>([batchSize, DECODER.numExtrinsic], index, 8, even)(),
  };
};
const mp3 = (decoder: Mp3Config, encoder = astEncoder(SIZES)): ShippedModel =>
  shipped((rate) => {
    const lossWeights = { onChart: 1, quantiles: 1 };
    return mp3Task({
      encoder,
      decoder: { ...decoder, dropoutRate: rate },
      lossWeights,
      hiddenShare: rate,
      ...ratesOf(rate),
    });
  }, mp3Batch);

const vit = vitEncoder({ ...SIZES, frameStride: 16, melStride: 16, numFeatures: 8 });

export const SHIPPED_MODELS = {
  MP2: shipped((rate) => mp2Task({ encoder: astEncoder(SIZES), ...ratesOf(rate) }), mp2Batch),
  "the original's MP2": shipped((rate) => mp2Task({ encoder: vit, ...ratesOf(rate) }), mp2Batch),
  MP3: mp3(DECODER),
  "the original's MP3": mp3({ ...DECODER, head: { kind: 'point' } }, vit),
  'the siamese CNN': shipped(
    (dropoutRate) =>
      siameseTask({ ...SIAMESE_PRESETS.plain, numMelBins: GRID.numMelBins, framesPerStep: 2, dropoutRate }),
    (batchSize, index) => ({
      x_BTF: sounds(batchSize, index),
      target_B: table<Rank.R1>([batchSize], index, 1, even)(),
    }),
  ),
} as const satisfies Readonly<Record<string, ShippedModel>>;

export type ShippedName = keyof typeof SHIPPED_MODELS;
