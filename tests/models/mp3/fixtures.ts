/** Small decoders and made-up tracks. */
import { type Tensor, type Tensor2D, tensor, tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import type { Mp3Config } from '../../../models/mp3/config.ts';
import type { Mp3Inputs } from '../../../models/mp3/inputs.ts';
import { mp3Shapes } from '../../../models/mp3/names.ts';
import type { Parameters } from '../../../models/parameters.ts';
import { numElementsOf } from '../../../models/parameters.ts';
import { Draws } from '../../../runtime/philox.ts';

export const SMALL: Mp3Config = {
  numWeeks: 30,
  hiddenSize: 16,
  numLayers: 2,
  numHeads: 2,
  mlpSize: 32,
  encoderSize: 6,
  numRegions: 4,
  numExtrinsic: 3,
  head: { kind: 'hurdle-quantile', quantileLevels: [0.1, 0.25, 0.5, 0.75, 0.9] },
  epsilon: 1e-6,
  dropoutRate: 0.2,
};
export const POINT: Mp3Config = { ...SMALL, head: { kind: 'point' } };

/** Plain numbers of weeks, to be changed before they are tensors. */
export interface PlainWeeks {
  readonly seen: number[][];
  readonly onChart: number[][];
  readonly streams: number[][];
}

const TEST_PURPOSE = 1000;

/** As large as trained ones may be: differences have to show. */
export function randomParameters(config: Mp3Config, seed = 1, size = 0.5): Parameters {
  return Object.fromEntries(
    Object.entries(mp3Shapes(config)).map(([name, shape], index): [string, Tensor] => {
      const draws = new Draws(seed, index, TEST_PURPOSE);
      const offset = name.includes('norm') && name.endsWith('.weight') ? 1 : 0;
      const values = Float32Array.from({ length: numElementsOf(shape) }, () => offset + draws.between(-size, size));
      return [name, tensor(values, [...shape])];
    }),
  );
}

export function plainWeeks(numTracks: number, { numWeeks }: Mp3Config, seed: number): PlainWeeks {
  const draws = new Draws(seed, 0, TEST_PURPOSE + 1);
  const table = (value: () => number): number[][] =>
    Array.from({ length: numTracks }, () => Array.from({ length: numWeeks }, value));
  return {
    seen: table(() => Number(draws.unit() < 0.8)),
    onChart: table(() => Number(draws.unit() < 0.6)),
    streams: table(() => draws.between(0.1, 2)),
  };
}

export function inputsOf({ seen, onChart, streams }: PlainWeeks, config: Mp3Config, seed = 5): Mp3Inputs {
  const B = seen.length;
  const draws = new Draws(seed, 0, TEST_PURPOSE + 2);
  const table = (width: number): Tensor2D =>
    tensor2d(
      Float32Array.from({ length: B * width }, () => draws.between(-1, 1)),
      [B, width],
    );
  const starts = Array.from({ length: B }, () => draws.integer(0, 52));
  const weeksOfYear = starts.map((start) => Array.from({ length: config.numWeeks }, (_, week) => (start + week) % 53));
  return {
    seen_BT: tensor2d(seen),
    onChart_BT: tensor2d(onChart),
    streams_BT: tensor2d(streams),
    encoder_BE: table(config.encoderSize),
    region_B: tensor1d(
      Array.from({ length: B }, () => draws.integer(0, config.numRegions - 1)),
      'int32',
    ),
    weekOfYear_BT: tensor2d(weeksOfYear, [B, config.numWeeks], 'int32'),
    ...(config.numExtrinsic > 0 ? { extrinsic_BX: table(config.numExtrinsic) } : {}),
  };
}
