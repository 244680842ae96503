/** What a forecast of a week becomes as an input of the next: a draw, or a week that nobody has seen. */
import {
  add,
  cast,
  clipByValue,
  concat,
  greater,
  less,
  mul,
  onesLike,
  reshape,
  sigmoid,
  slice,
  sub,
  type Tensor1D,
  type Tensor2D,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { type RandomKey, uniform } from '../training/random.ts';
import { MEDIAN_LEVEL, type Mp3Config } from './config.ts';
import { levelOf } from './embed.ts';
import type { Mp3Forecast } from './heads.ts';

/** A week as it is taken to be. */
export type FedWeek = {
  /** 0 or 1, or P(on chart). */
  readonly onChart_B: Tensor1D;
  /** Given on the chart, standardised. */
  readonly streams_B: Tensor1D;
};

/**
 * Without a key P(on chart) and the median, or the point. With one a draw: on the chart with that probability, and there
 * from the quantiles. Many such paths have the spread that one path of medians hides.
 *
 * @param forecast of one week: T is 1
 * @throws ChartlifeError InvalidInput where there is no distribution to draw from
 */
export function fedBack(forecast: Mp3Forecast, { head }: Mp3Config, key: RandomKey | null): FedWeek {
  if ('point_BT' in forecast || head.kind === 'point') {
    if (key !== null || !('point_BT' in forecast)) throw nothingToDraw();
    const streams_B = reshape(forecast.point_BT, [-1]) as Tensor1D;
    return { onChart_B: cast(greater(streams_B, 0), 'float32'), streams_B };
  }
  const [B, , Q] = forecast.quantiles_BTQ.shape;
  const chance_B = sigmoid(reshape(forecast.onChartLogit_BT, [B])) as Tensor1D;
  const quantiles_BQ = reshape(forecast.quantiles_BTQ, [B, Q]) as Tensor2D;
  if (key === null) {
    const median_B1 = slice(quantiles_BQ, [0, head.quantileLevels.indexOf(MEDIAN_LEVEL)], [B, 1]);
    return { onChart_B: chance_B, streams_B: reshape(median_B1, [B]) };
  }
  const draws_2B = uniform(key, [2, B]) as Tensor2D;
  const draw = (row: number): Tensor1D => reshape(slice(draws_2B, [row, 0], [1, B]), [B]);
  return {
    onChart_B: cast(less(draw(0), chance_B), 'float32'),
    streams_B: atLevel(quantiles_BQ, head.quantileLevels, draw(1)),
  };
}

/**
 * The quantile function at any level: linear between the quantiles, and on beyond the outermost with the slope that it has
 * before them. Its tails are thus finite, lighter than the truth may be.
 *
 * @param level_B from 0 to 1
 */
export function atLevel(quantiles_BQ: Tensor2D, levels: readonly number[], level_B: Tensor1D): Tensor1D {
  const [B, Q] = quantiles_BQ.shape;
  const column = (index: number): Tensor1D => reshape(slice(quantiles_BQ, [0, index], [B, 1]), [B]);
  let value_B = column(0);
  for (let index = 1; index < Q; index++) {
    const [low, high] = [levels[index - 1] as number, levels[index] as number];
    const slope_B = mul(sub(column(index), column(index - 1)), 1 / (high - low));
    const along_B = sub(clipByValue(level_B, index === 1 ? 0 : low, index === Q - 1 ? 1 : high), low);
    value_B = add(value_B, mul(slope_B, along_B));
  }
  return value_B;
}

/**
 * The features of the token after a week that was forecast: see WEEK_FEATURES. A draw is told as a week that was seen; where
 * nothing is drawn the week is unseen, and its forecast is of a week so far ahead: no expectation is taken for a fact. A
 * point is told as it is.
 *
 * @param previous_BS of the week before
 */
export function fedFeatures(
  { onChart_B, streams_B }: FedWeek,
  { head }: Mp3Config,
  previous_BS: Tensor2D,
  isDrawn: boolean,
): Tensor2D {
  const on_B1 = reshape(onChart_B, [-1, 1]);
  const none_B1 = zerosLike(on_B1);
  const before_B1 = levelOf(previous_BS);
  const isTold = isDrawn || head.kind === 'point';
  if (!isTold) return concat([none_B1, onesLike(on_B1), none_B1, none_B1, before_B1], 1) as Tensor2D;
  const off_B1 = sub(1, on_B1);
  const own_B1 = mul(on_B1, reshape(streams_B, [-1, 1]));
  const level_B1 = head.kind === 'point' ? own_B1 : add(own_B1, mul(off_B1, before_B1));
  return concat([none_B1, none_B1, off_B1, on_B1, level_B1], 1) as Tensor2D;
}

function nothingToDraw(): ChartlifeError {
  return new ChartlifeError('InvalidInput', 'a point head has no distribution to draw from', {
    next: 'Decode without a random key, or take a head with quantiles.',
  });
}
