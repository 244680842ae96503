/** MP2's loss: the squared error of both targets, the sum counting four times the debut, as in the original. */
import { mul, type Scalar, sum, type Tensor2D, tensor1d } from '@tensorflow/tfjs-core';
import { meanSquaredError } from '../training/losses.ts';
import type { Mp2Batch } from './mp2.ts';

/** In the order of MP2_TARGETS. */
const TARGET_WEIGHTS = [4, 1];

type Targets = Pick<Mp2Batch, 'targets_B2' | 'weights_B2' | 'divisor'>;

/** @param prediction_B2 of the targets, standardised as they are */
export function mp2Loss(prediction_B2: Tensor2D, batch: Targets): Scalar {
  return meanSquaredError(prediction_B2, batch.targets_B2, weightsOf(batch), batch.divisor ?? mp2Divisor(batch));
}

/** The weights' sum: that of a whole batch is each of its parts' `divisor`, see models/training/accumulate.ts. */
export function mp2Divisor(batch: Pick<Targets, 'weights_B2'>): Scalar {
  return sum(weightsOf(batch));
}

function weightsOf({ weights_B2 }: Pick<Targets, 'weights_B2'>): Tensor2D {
  return mul(weights_B2, tensor1d(TARGET_WEIGHTS));
}
