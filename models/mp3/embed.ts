/** From weeks to tokens: token t is told of week t - 1 what was seen, and of week t when and where it is. */
import {
  add,
  cast,
  concat,
  equal,
  greater,
  lessEqual,
  logicalAnd,
  logicalNot,
  matMul,
  mul,
  oneHot,
  range,
  reshape,
  type Scalar,
  slice,
  stack,
  sum,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { type Parameters, parameter } from '../parameters.ts';
import { linearNamed } from './block.ts';
import { type Mp3Config, NUM_WEEKS_OF_YEAR } from './config.ts';
import type { Mp3Track, Mp3Weeks } from './inputs.ts';
import { MP3_NAMES, WEEK_FEATURES } from './names.ts';
import { pick } from './pick.ts';

/**
 * The features of each week itself, for the token after it; see WEEK_FEATURES.
 *
 * @returns [B, T, 5]
 */
export function weekFeatures({ seen_BT, onChart_BT, streams_BT }: Mp3Weeks, { head }: Mp3Config): Tensor3D {
  const isSeen_BT = greater(seen_BT, 0);
  const isOn_BT = logicalAnd(isSeen_BT, greater(onChart_BT, 0));
  const isOff_BT = logicalAnd(isSeen_BT, logicalNot(isOn_BT));
  const flags = [logicalNot(isSeen_BT), isOff_BT, isOn_BT].map((flag_BT) => cast(flag_BT, 'float32'));
  const streams = where(isOn_BT, streams_BT, zerosLike(streams_BT)) as Tensor2D;
  const level = head.kind === 'point' ? streams : carriedOn(streams, flags[2] as Tensor2D);
  return stack([zerosLike(streams_BT), ...flags, level], -1) as Tensor3D;
}

/** Of each week the streams of the last week on the chart up to it; 0 before the first. */
function carriedOn(streams_BT: Tensor2D, isOn_BT: Tensor2D): Tensor2D {
  const [B, T] = streams_BT.shape;
  const weeks_T = range(0, T, 1, 'int32');
  const isUpTo_TT = cast(lessEqual(reshape(weeks_T, [T, 1]), reshape(weeks_T, [1, T])), 'float32') as Tensor2D;
  // The last one up to a week is the one with as many weeks on the chart up to it.
  const numOn_BT = matMul(isOn_BT, isUpTo_TT) as Tensor2D;
  const isLast_BTT = mul(
    mul(reshape(isOn_BT, [B, T, 1]), isUpTo_TT),
    cast(equal(reshape(numOn_BT, [B, T, 1]), reshape(numOn_BT, [B, 1, T])), 'float32'),
  );
  return sum(mul(reshape(streams_BT, [B, T, 1]), isLast_BTT), 1);
}

/** The level among each token's features, a row a token: [M, 1]. */
export function levelOf(features: Tensor2D | Tensor3D): Tensor2D {
  const S = WEEK_FEATURES.length;
  const features_MS = reshape(features, [-1, S]) as Tensor2D;
  return slice(features_MS, [0, WEEK_FEATURES.indexOf('level')], [features_MS.shape[0], 1]);
}

/** Those of the week before, the first token's being that it is the start. */
export function previousFeatures(features_BTS: Tensor3D): Tensor3D {
  const [B, T, S] = features_BTS.shape;
  const before = slice(features_BTS, [0, 0, 0], [B, T - 1, S]);
  const start_B1S = oneHot(zeros([B, 1], 'int32'), S, 1, 0, 'float32') as Tensor3D;
  return concat([start_B1S, before], 1);
}

/**
 * @param previous_BTS for each token what is known of the week before it
 * @returns M = B · T tokens, a track's one after the other
 */
export function embedWeeks(
  parameters: Parameters,
  config: Mp3Config,
  previous_BTS: Tensor3D,
  track: Mp3Track,
): Tensor2D {
  const [B, T, S] = previous_BTS.shape;
  const D = config.hiddenSize;
  const told_MD = add(
    lookUp(parameters, MP3_NAMES.week, reshape(previous_BTS, [B * T, S])),
    lookUp(parameters, MP3_NAMES.weekOfYear, indicator(reshape(track.weekOfYear_BT, [B * T]), NUM_WEEKS_OF_YEAR)),
  );
  const positions_TD = slice(parameter<Tensor2D>(parameters, MP3_NAMES.positions), [0, 0], [T, D]);
  const context_B1D = reshape(contextOf(parameters, config, track), [B, 1, D]);
  return reshape(add(add(reshape(told_MD, [B, T, D]), positions_TD), context_B1D), [B * T, D]);
}

/**
 * The tokens of one week alone: [B, D].
 *
 * @param week which, int32 from 0
 */
export function embedWeek(
  parameters: Parameters,
  config: Mp3Config,
  previous_BS: Tensor2D,
  track: Mp3Track,
  week: Scalar,
): Tensor2D {
  const weekOfYear_B = pick(track.weekOfYear_BT, week, 1) as Tensor1D;
  const position_D = pick(parameter(parameters, MP3_NAMES.positions), week, 0);
  const told_BD = add(
    lookUp(parameters, MP3_NAMES.week, previous_BS),
    lookUp(parameters, MP3_NAMES.weekOfYear, indicator(weekOfYear_B, NUM_WEEKS_OF_YEAR)),
  );
  return add(add(told_BD, position_D), contextOf(parameters, config, track));
}

/** What is the same in all weeks: [B, D]. */
function contextOf(
  parameters: Parameters,
  config: Mp3Config,
  { encoder_BE, region_B, extrinsic_BX }: Mp3Track,
): Tensor2D {
  const sound_BD = linearNamed(parameters, MP3_NAMES.encoder, encoder_BE);
  const region_BD = lookUp(parameters, MP3_NAMES.region, indicator(region_B, config.numRegions));
  const context_BD = add<Tensor2D>(sound_BD, region_BD);
  const numExtrinsic = extrinsic_BX?.shape[1] ?? 0;
  if (numExtrinsic !== config.numExtrinsic) {
    throw new ChartlifeError(
      'InvalidInput',
      `${numExtrinsic} extrinsic features, the model takes ${config.numExtrinsic}`,
      {
        next: 'Give the features that the model was configured for.',
        details: { numExtrinsic, expected: config.numExtrinsic },
      },
    );
  }
  return extrinsic_BX === undefined
    ? context_BD
    : add(context_BD, linearNamed(parameters, MP3_NAMES.extrinsic, extrinsic_BX));
}

/** By a product, not by gathering: its gradient is the same bits in each run, on a GPU too. */
function lookUp(parameters: Parameters, table: string, share_MN: Tensor2D): Tensor2D {
  return matMul(share_MN, parameter<Tensor2D>(parameters, table));
}

function indicator(index_M: Tensor1D, depth: number): Tensor2D {
  // TensorFlow.js has no oneHot of depth 1, and a lake may have one region.
  if (depth === 1) return reshape(cast(equal(index_M, 0), 'float32'), [-1, 1]);
  return oneHot(index_M, depth, 1, 0, 'float32') as Tensor2D;
}
