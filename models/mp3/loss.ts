/** Losses of a forecast. A censored week (off the chart) counts for the flag alone, an unseen one for nothing. */
import {
  add,
  cast,
  greater,
  logicalAnd,
  mul,
  type Scalar,
  sum,
  type Tensor2D,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { binaryCrossEntropy, pinballLoss } from '../training/losses.ts';
import { originalLoss } from '../training/originalLoss.ts';
import type { Mp3Config } from './config.ts';
import type { HurdleForecast, Mp3Forecast } from './heads.ts';
import type { Mp3Weeks } from './inputs.ts';

export interface HurdleLossWeights {
  readonly onChart: number;
  readonly quantiles: number;
}

/** How many cells count, of a whole batch where this is a part of it: see models/training/accumulate.ts. */
export type Mp3LossDivisors = {
  readonly seen: Scalar;
  readonly onChart: Scalar;
};

/**
 * Of the `hurdle-quantile` head the weighted sum of both {@link hurdleLosses}; of the `point` head the original's loss,
 * whose targets are 0 off the chart.
 *
 * @param weights of the first head's losses alone
 * @param divisors default: of these weeks
 */
export function mp3Loss(
  forecast: Mp3Forecast,
  weeks: Mp3Weeks,
  config: Mp3Config,
  weights: HurdleLossWeights,
  divisors: Mp3LossDivisors = mp3LossDivisors(weeks),
): Scalar {
  if ('point_BT' in forecast) {
    const target_BT = where(greater(onChartWeights(weeks), 0), weeks.streams_BT, zerosLike(weeks.streams_BT));
    return originalLoss(forecast.point_BT, target_BT, weeks.seen_BT, divisors.seen);
  }
  const { onChart, quantiles } = hurdleLosses(forecast, weeks, config, divisors);
  return add(mul(onChart, weights.onChart), mul(quantiles, weights.quantiles));
}

/**
 * Binary cross-entropy of the flag over the weeks seen, and pinball loss of the quantiles over those on the chart.
 *
 * @throws ChartlifeError InvalidInput where the configured head has no quantiles
 */
export function hurdleLosses(
  { onChartLogit_BT, quantiles_BTQ }: HurdleForecast,
  weeks: Mp3Weeks,
  { head }: Mp3Config,
  divisors: Mp3LossDivisors = mp3LossDivisors(weeks),
): { readonly onChart: Scalar; readonly quantiles: Scalar } {
  if (head.kind === 'point') {
    throw new ChartlifeError('InvalidInput', 'a point head has no quantiles', {
      next: 'Take mp3Loss, or another head.',
    });
  }
  const counted_BT = onChartWeights(weeks);
  return {
    onChart: binaryCrossEntropy(onChartLogit_BT, weeks.onChart_BT, weeks.seen_BT, divisors.seen),
    quantiles: pinballLoss(quantiles_BTQ, weeks.streams_BT, counted_BT, head.quantileLevels, divisors.onChart),
  };
}

export function mp3LossDivisors(weeks: Mp3Weeks): Mp3LossDivisors {
  return { seen: sum(weeks.seen_BT), onChart: sum(onChartWeights(weeks)) };
}

/** 1 where the week was seen and the track on the chart. */
function onChartWeights({ seen_BT, onChart_BT }: Mp3Weeks): Tensor2D {
  return cast(logicalAnd(greater(seen_BT, 0), greater(onChart_BT, 0)), 'float32');
}
