/** Gradient accumulation: a batch that is too large for memory, in parts. */
import { add, type Scalar } from '@tensorflow/tfjs-core';
import { mapTensors, tensorNamed } from './namedTensors.ts';
import type { ValueAndGradients } from './valueAndGradients.ts';

/**
 * The sum of losses and of gradients. It is that of the whole batch if each part's loss is divided by the weight of the
 * whole batch, not of the part: see `divisor` in losses.ts. A loss over pairs is no sum over parts.
 *
 * @param sum of the parts before; null for the first
 */
export function accumulate(sum: ValueAndGradients | null, part: ValueAndGradients): ValueAndGradients {
  if (sum === null) return part;
  return {
    loss: add<Scalar>(sum.loss, part.loss),
    gradients: mapTensors(part.gradients, (gradient, name) => add(tensorNamed(sum.gradients, name), gradient)),
  };
}
