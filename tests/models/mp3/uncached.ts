/** Autoregression as it is defined: the whole decoder, once more for each week. */
import { concat, mul, reshape, slice, type Tensor, type Tensor2D, type Tensor3D, zeros } from '@tensorflow/tfjs-core';
import { leavesOf, withLeaves } from '../../../models/compile/tree.ts';
import type { Mp3Config } from '../../../models/mp3/config.ts';
import type { Mp3Request } from '../../../models/mp3/decode.ts';
import { previousFeatures, weekFeatures } from '../../../models/mp3/embed.ts';
import { fedBack, fedFeatures } from '../../../models/mp3/feedback.ts';
import type { Mp3Forecast } from '../../../models/mp3/heads.ts';
import { mp3FromFeatures } from '../../../models/mp3/mp3.ts';
import type { Mp3Decoding } from '../../../models/mp3/rollOut.ts';
import type { Parameters } from '../../../models/parameters.ts';
import { foldIn, type RandomKey } from '../../../models/training/random.ts';

const [ON_CHART, LEVEL] = [3, 4];

/** Call it in a tidy. */
export function decodeUncached(
  config: Mp3Config,
  parameters: Parameters,
  { numObserved, ...inputs }: Mp3Request,
  key: RandomKey | null,
): Mp3Decoding {
  const observed_BTS = weekFeatures(inputs, config);
  const [B, T, S] = observed_BTS.shape;
  const spans: Mp3Decoding[] = [];
  let known_BtS: Tensor3D = zeros([B, 0, S]);
  for (let week = 0; week < T; week++) {
    const rest_BTS = zeros([B, T - week, S]) as Tensor3D;
    const previous_BTS = previousFeatures(concat([known_BtS, rest_BTS], 1));
    const all = mp3FromFeatures(parameters, config, previous_BTS, inputs);
    const forecast = ofWeek(all, week);
    const fed = fedBack(forecast, config, key === null ? null : foldIn(key, week));
    const before_BS = reshape(slice(previous_BTS, [0, week, 0], [B, 1, S]), [B, S]) as Tensor2D;
    const told_BS = fedFeatures(fed, config, before_BS, key !== null);
    const rows = numObserved.map((count, track) => {
      const isObserved = week < count;
      const observed_S = reshape(slice(observed_BTS, [track, week, 0], [1, 1, S]), [S]);
      const features_S = isObserved ? observed_S : reshape(slice(told_BS, [track, 0], [1, S]), [S]);
      const own = (values: Tensor, index: number): Tensor => slice(values, [index], [1]);
      return {
        features: reshape(features_S, [1, 1, S]),
        onChart: isObserved ? own(observed_S, ON_CHART) : own(fed.onChart_B, track),
        streams: isObserved ? mul(own(observed_S, ON_CHART), own(observed_S, LEVEL)) : own(fed.streams_B, track),
      };
    });
    known_BtS = concat([known_BtS, concat(rows.map(({ features }) => features)) as Tensor3D], 1);
    spans.push({
      forecast,
      onChart_BT: reshape(concat(rows.map(({ onChart }) => onChart)), [B, 1]),
      streams_BT: reshape(concat(rows.map(({ streams }) => streams)), [B, 1]),
    });
  }
  const columns = spans.map((span) => leavesOf(span).map(({ tensor }) => tensor));
  const first = spans[0] as Mp3Decoding;
  return withLeaves(
    first,
    leavesOf(first).map((_, index) =>
      concat(
        columns.map((span) => span[index] as Tensor2D),
        1,
      ),
    ),
  );
}

function ofWeek(forecast: Mp3Forecast, week: number): Mp3Forecast {
  const own = leavesOf(forecast).map(({ tensor }) => {
    const [B, , ...rest] = tensor.shape;
    return slice(tensor, [0, week, ...rest.map(() => 0)], [B as number, 1, ...rest]);
  });
  return withLeaves(forecast, own);
}
