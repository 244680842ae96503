/** One week of the decoder for all tracks, from what its layers kept of the weeks before it. */
import {
  add,
  concat,
  equal,
  greater,
  less,
  mul,
  range,
  reshape,
  type Scalar,
  slice,
  softmax,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  where,
} from '@tensorflow/tfjs-core';
import { FLOAT, rawOp } from '../backend/rawOp.ts';
import { UNSEEN } from '../ops/attention.ts';
import { matMul } from '../ops/linear.ts';
import type { Parameters } from '../parameters.ts';
import type { RandomKey } from '../training/random.ts';
import { type Attend, decoderBlock } from './block.ts';
import type { KeysAndValues } from './causal.ts';
import type { Mp3Config } from './config.ts';
import { embedWeek, levelOf } from './embed.ts';
import { type FedWeek, fedBack, fedFeatures } from './feedback.ts';
import { forecastOf, type Mp3Forecast } from './heads.ts';
import type { Mp3Track } from './inputs.ts';
import { WEEK_FEATURES, type WeekFeature } from './names.ts';
import { pick } from './pick.ts';

/** Of one layer. `past` grows by whole blocks, each size having its graph; `recent` is one block, written week by week. */
export type LayerCache = {
  readonly past: KeysAndValues;
  readonly recent: KeysAndValues;
};

export type StepInput = {
  readonly parameters: Parameters;
  readonly track: Mp3Track;
  /** Features of the weeks themselves; those from `numObserved` on are not read. */
  readonly observed_BTS: Tensor3D;
  /** int32: so many weeks of each track are known. */
  readonly numObserved_B: Tensor1D;
  /** int32: which week. */
  readonly week: Scalar;
  /** int32: its place in `recent`. */
  readonly place: Scalar;
  /** Of this week alone; left out where nothing is drawn. */
  readonly key?: RandomKey;
  /** Features of the week before. */
  readonly previous_BS: Tensor2D;
  readonly layers: readonly LayerCache[];
};

export type StepOutput = {
  /** T is 1. */
  readonly forecast: Mp3Forecast;
  /** What the week was, where observed, and what it is taken to be where not. */
  readonly week: FedWeek;
  /** Features of this week, for the next. */
  readonly previous_BS: Tensor2D;
  /** Each layer's `recent`, with this week. */
  readonly recent: readonly KeysAndValues[];
};

export function decodeWeek(config: Mp3Config, input: StepInput): StepOutput {
  const { parameters, previous_BS, track, week, place, layers } = input;
  const [B] = previous_BS.shape;
  const recent: KeysAndValues[] = [];
  let x_BD = embedWeek(parameters, config, previous_BS, track, week);
  for (const [layer, cache] of layers.entries()) {
    const attend = attendFrom(cache, place, (kept) => recent.push(kept));
    x_BD = decoderBlock(x_BD, parameters, config, layer, { attend });
  }
  const forecast = forecastOf(parameters, config, x_BD, levelOf(previous_BS), [B, 1]);
  return { forecast, recent, ...next(config, input, forecast) };
}

/** Attention of one week's query; a row is a track. */
function attendFrom({ past, recent }: LayerCache, place: Scalar, onRecent: (kept: KeysAndValues) => void): Attend {
  const [C, P, d] = past.keys_CTd.shape;
  const [, R] = recent.keys_CTd.shape;
  const places_R = range(0, R, 1, 'int32');
  const isHere_1R1 = reshape(equal(places_R, place), [1, R, 1]);
  const mask_R = mul(reshape(greater(places_R, place), [R]), UNSEEN);
  return (project) => {
    const oneWeek = (rows_BD: Tensor2D): Tensor3D => reshape(rows_BD, [C, 1, d]);
    const written = (rows_BD: Tensor2D, kept_CRd: Tensor3D): Tensor3D =>
      // SelectV2 spreads the week over the block by itself; `where` would first make a tensor of it.
      rawOp('SelectV2', [isHere_1R1, oneWeek(rows_BD), kept_CRd], [FLOAT]) as Tensor3D;
    const now = {
      keys_CTd: written(project('key'), recent.keys_CTd),
      values_CTd: written(project('value'), recent.values_CTd),
    };
    onRecent(now);
    const q_BD = project('query');
    const q_C1d = oneWeek(q_BD);
    const scores_C1R = add(matMul(q_C1d, now.keys_CTd, { transposeB: true }), mask_R);
    const scores_C1P = matMul(q_C1d, past.keys_CTd, { transposeB: true });
    const shares_C1N = softmax(concat([scores_C1P, scores_C1R], -1)) as Tensor3D;
    const mixed_C1d = add(
      matMul(slice(shares_C1N, [0, 0, 0], [C, 1, P]), past.values_CTd),
      matMul(slice(shares_C1N, [0, 0, P], [C, 1, R]), now.values_CTd),
    );
    return reshape(mixed_C1d, q_BD.shape);
  };
}

/** The week as it was or, past what was observed, as it is taken to be. */
function next(
  config: Mp3Config,
  { observed_BTS, numObserved_B, week, key, previous_BS }: StepInput,
  forecast: Mp3Forecast,
): { readonly week: FedWeek; readonly previous_BS: Tensor2D } {
  const fed = fedBack(forecast, config, key ?? null);
  const isObserved_B = less(week, numObserved_B) as Tensor1D;
  const observed_BS = pick(observed_BTS, week, 1) as Tensor2D;
  const feature = (name: WeekFeature): Tensor1D =>
    reshape(slice(observed_BS, [0, WEEK_FEATURES.indexOf(name)], [observed_BS.shape[0], 1]), [-1]);
  return {
    week: {
      onChart_B: where(isObserved_B, feature('on chart'), fed.onChart_B),
      streams_B: where(isObserved_B, mul(feature('on chart'), feature('level')), fed.streams_B),
    },
    previous_BS: where(
      reshape(isObserved_B, [-1, 1]),
      observed_BS,
      fedFeatures(fed, config, previous_BS, key !== undefined),
    ),
  };
}
