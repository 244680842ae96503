/** An exponential moving average of parameters (Polyak and Juditsky 1992), which is what gets evaluated. */
import { add, mul, type Scalar, sub } from '@tensorflow/tfjs-core';
import { mapTensors, type NamedTensors, tensorNamed } from './namedTensors.ts';

/**
 * 1 - min(decay, (1 + step) / (10 + step)): an average that is young forgets the random start sooner, as in TensorFlow's
 * `ExponentialMovingAverage` with `num_updates`.
 *
 * @param step from 0
 */
export function emaUpdateRateAt(step: number, decay: number): number {
  return 1 - Math.min(decay, (1 + step) / (10 + step));
}

/**
 * average + updateRate · (parameters - average).
 *
 * @param updateRate 1 - decay: not the decay, whose distance from 1 float32 knows to few digits
 */
export function movingAverage(
  average: NamedTensors,
  parameters: NamedTensors,
  updateRate: number | Scalar,
): NamedTensors {
  return mapTensors(average, (mean, name) => add(mean, mul(sub(tensorNamed(parameters, name), mean), updateRate)));
}
