/** The models whose training steps are timed, each as `bench/step_torch.py` has it too. */
import {
  mean,
  mul,
  ones,
  randomNormal,
  type Scalar,
  square,
  type Tensor,
  type Tensor2D,
  tensor1d,
  tensor2d,
} from '@tensorflow/tfjs-core';
import { encoderBlock } from '../../models/ast/block.ts';
import { AST_PRESETS } from '../../models/ast/presets.ts';
import { type Mp2Batch, mp2Task } from '../../models/mp2/mp2.ts';
import { vitEncoder } from '../../models/mp2/soundEncoder.ts';
import type { Mp3Config } from '../../models/mp3/config.ts';
import type { Mp3Inputs } from '../../models/mp3/inputs.ts';
import { mp3Loss } from '../../models/mp3/loss.ts';
import { mp3Forward } from '../../models/mp3/mp3.ts';
import { mp3Shapes } from '../../models/mp3/names.ts';
import { layerNorm } from '../../models/ops/layerNorm.ts';
import type { ParameterShapes, Parameters } from '../../models/parameters.ts';
import { SIAMESE_PRESETS } from '../../models/siamese/config.ts';
import { type SiameseBatch, siameseTask } from '../../models/siamese/task.ts';
import type { TrainingCase } from './trainingStep.ts';

const TINY = { numLayers: 12, numHeads: 3, hiddenSize: 192, mlpSize: 768, epsilon: 1e-6 };
const NUM_TOKENS = 438;
const BATCH_SIZE = 4;

/** The encoder alone: ViT-tiny on tokens that are there already. */
function vitTiny(): TrainingCase<{ x_MD: Tensor }> {
  const { hiddenSize: D, mlpSize, numLayers, numHeads, epsilon } = TINY;
  const linear = (name: string, E: number, F: number): ParameterShapes => ({
    [`${name}.weight`]: [E, F],
    [`${name}.bias`]: [E],
  });
  const norm = (name: string): ParameterShapes => ({ [`${name}.weight`]: [D], [`${name}.bias`]: [D] });
  const shapes = Object.assign(
    { ...norm('norm') },
    ...Array.from({ length: numLayers }, (_, layer) => ({
      ...norm(`${layer}.normBefore`),
      ...norm(`${layer}.normAfter`),
      ...linear(`${layer}.query`, D, D),
      ...linear(`${layer}.key`, D, D),
      ...linear(`${layer}.value`, D, D),
      ...linear(`${layer}.output`, D, D),
      ...linear(`${layer}.up`, mlpSize, D),
      ...linear(`${layer}.down`, D, mlpSize),
    })),
  );
  const linearOf = (p: Parameters, name: string) => ({
    weight: p[`${name}.weight`] as Tensor2D,
    bias: p[`${name}.bias`] as never,
  });
  const normOf = (p: Parameters, name: string) => ({
    gain: p[`${name}.weight`] as never,
    shift: p[`${name}.bias`] as never,
  });
  return {
    shapes,
    makeBatch: () => ({ x_MD: randomNormal([BATCH_SIZE * NUM_TOKENS, D], 0, 1, 'float32', 1) }),
    lossOf(parameters, { x_MD }) {
      let rows = x_MD as Tensor2D;
      for (let layer = 0; layer < numLayers; layer++) {
        const at = (name: string): string => `${layer}.${name}`;
        rows = encoderBlock(
          rows,
          {
            normBefore: normOf(parameters, at('normBefore')),
            normAfter: normOf(parameters, at('normAfter')),
            query: linearOf(parameters, at('query')),
            key: linearOf(parameters, at('key')),
            value: linearOf(parameters, at('value')),
            output: linearOf(parameters, at('output')),
            up: linearOf(parameters, at('up')),
            down: linearOf(parameters, at('down')),
          },
          { numSamples: BATCH_SIZE, numHeads, epsilon },
        );
      }
      const { gain, shift } = normOf(parameters, 'norm');
      return mul(0.5, mean(square(layerNorm(rows, gain, shift, epsilon)))) as Scalar;
    },
  };
}

/** The original's MP2: 2,800 frames, 1,401 tokens. */
function mp2(): TrainingCase<Mp2Batch> {
  const { numFrames, numMelBins, ...sizes } = AST_PRESETS.tiny;
  const encoder = vitEncoder({ ...sizes, ...TINY, numFrames, numMelBins, numFeatures: 32 });
  return {
    ...mp2Task({ encoder, dropoutRate: 0, dropPathRate: 0 }),
    makeBatch: () => ({
      x_BTF: randomNormal([BATCH_SIZE, numFrames, numMelBins], 0, 1, 'float32', 1),
      targets_B2: randomNormal([BATCH_SIZE, 2], 0, 1, 'float32', 2),
      weights_B2: ones([BATCH_SIZE, 2]),
    }),
  };
}

/** Yu et al.'s network on half a minute, pairs and all. */
function siamese(): TrainingCase<SiameseBatch> {
  const config = { ...SIAMESE_PRESETS.plain, dropoutRate: 0 };
  const numSounds = 16;
  return {
    ...siameseTask(config),
    makeBatch: () => ({
      x_BTF: randomNormal([numSounds, 2_998, config.numMelBins], 0, 1, 'float32', 1),
      target_B: randomNormal([numSounds], 0, 1, 'float32', 2),
    }),
  };
}

/** 104 weeks, teacher-forced; the encoder's vector is given. */
function mp3(): TrainingCase<Mp3Inputs> {
  const numTracks = 32;
  return {
    shapes: mp3Shapes(MP3_CONFIG),
    makeBatch: () => mp3Inputs(numTracks),
    lossOf: (parameters, inputs) =>
      mp3Loss(mp3Forward(parameters, MP3_CONFIG, inputs), inputs, MP3_CONFIG, { onChart: 1, quantiles: 1 }),
  };
}

export const MP3_CONFIG: Mp3Config = {
  numWeeks: 104,
  hiddenSize: 192,
  numLayers: 4,
  numHeads: 3,
  mlpSize: 768,
  encoderSize: 192,
  numRegions: 72,
  numExtrinsic: 0,
  head: { kind: 'hurdle-quantile', quantileLevels: [0.1, 0.25, 0.5, 0.75, 0.9] },
  epsilon: 1e-6,
  dropoutRate: 0,
};

/** All weeks seen, on the chart for the first half. */
export function mp3Inputs(numTracks: number): Mp3Inputs {
  const { numWeeks, encoderSize } = MP3_CONFIG;
  const shape: [number, number] = [numTracks, numWeeks];
  const weeks = Array.from({ length: numTracks * numWeeks }, (_, cell) => cell % numWeeks);
  return {
    encoder_BE: randomNormal([numTracks, encoderSize], 0, 1, 'float32', 1) as Tensor2D,
    region_B: tensor1d(Array(numTracks).fill(1), 'int32'),
    weekOfYear_BT: tensor2d(
      weeks.map((week) => week % 53),
      shape,
      'int32',
    ),
    seen_BT: ones(shape),
    onChart_BT: tensor2d(
      weeks.map((week) => (week < numWeeks / 2 ? 1 : 0)),
      shape,
    ),
    streams_BT: randomNormal(shape, 0, 1, 'float32', 2) as Tensor2D,
  };
}

export const TRAINING_CASES = { vit: vitTiny, mp2, siamese, mp3 } as const;
