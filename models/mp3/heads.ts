/** What the decoder says of a week, from its normalised token. */
import {
  add,
  concat,
  mul,
  relu,
  reshape,
  slice,
  softplus,
  sub,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { normalize } from '../ops/layerNorm.ts';
import type { Parameters } from '../parameters.ts';
import { linearOfNormed } from './block.ts';
import { MEDIAN_LEVEL, type Mp3Config } from './config.ts';
import { MP3_NAMES } from './names.ts';

export type HurdleForecast = {
  /** P(on chart) = σ(logit). */
  readonly onChartLogit_BT: Tensor2D;
  /** Of the standardised log10 streams given on the chart, one per level, ascending. */
  readonly quantiles_BTQ: Tensor3D;
};

export type PointForecast = {
  /** From 0, which is off the chart. */
  readonly point_BT: Tensor2D;
};

/** Of the configuration's head: the first of `hurdle-quantile`, the second of `point`. */
export type Mp3Forecast = HurdleForecast | PointForecast;

/**
 * @param x_MD M = B · T tokens after the last layer
 * @param level_M1 the last level that each token was told. The median is a share of it and what is added, both said of the
 * week: a regression on it, as of old (Szabo and Huberman 2010). A decoder that has learned nothing has 1 and 0, persistence.
 */
export function forecastOf(
  parameters: Parameters,
  config: Mp3Config,
  x_MD: Tensor2D,
  level_M1: Tensor2D,
  [B, T]: readonly [numTracks: number, numWeeks: number],
): Mp3Forecast {
  const normalized_MD = normalize(x_MD, config.epsilon);
  const head = (name: string): Tensor2D => linearOfNormed(parameters, MP3_NAMES.norm, name, normalized_MD);
  if (config.head.kind === 'point') return { point_BT: reshape(relu(head(MP3_NAMES.point)), [B, T]) };
  return {
    onChartLogit_BT: reshape(head(MP3_NAMES.onChart), [B, T]),
    quantiles_BTQ: reshape(
      spreadAround(
        add(level_M1, mul(level_M1, head(MP3_NAMES.level))),
        head(MP3_NAMES.quantiles),
        config.head.quantileLevels.indexOf(MEDIAN_LEVEL),
      ),
      [B, T, config.head.quantileLevels.length],
    ),
  };
}

/**
 * The median's column is how far it lies from the base; each other one is how far the quantile lies from the one that is
 * nearer to the median, through a softplus. Added one after the other, as a sum of rounded numbers grows with each that is
 * not negative: quantiles never cross.
 */
function spreadAround(base_M1: Tensor2D, raw_MQ: Tensor2D, medianIndex: number): Tensor2D {
  const [M, Q] = raw_MQ.shape;
  const column = (index: number): Tensor2D => slice(raw_MQ, [0, index], [M, 1]);
  const columns = [add<Tensor2D>(base_M1, column(medianIndex))];
  for (let index = medianIndex + 1; index < Q; index++) {
    columns.push(add(columns.at(-1) as Tensor2D, softplus(column(index))));
  }
  for (let index = medianIndex - 1; index >= 0; index--) {
    columns.unshift(sub(columns[0] as Tensor2D, softplus(column(index))));
  }
  return concat(columns, 1);
}
