/** Nothing that is not a number gets into parameters: a step with a non-finite loss or gradient changes nothing. */
import { isFinite as isFiniteTensor, logicalAnd, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { rawOp, typeAttribute } from '../backend/rawOp.ts';
import { leavesOf, type TensorTree, withLeaves } from '../compile/tree.ts';

/** @returns a bool scalar; the gradient norm speaks for all gradients */
export function isUpdateFinite(loss: Scalar, gradientNorm: Scalar): Scalar {
  return logicalAnd(isFiniteTensor(loss), isFiniteTensor(gradientNorm));
}

/**
 * `updated` where the flag is true, otherwise `current` to the bit.
 *
 * @param flag of {@link isUpdateFinite}
 * @param updated parameters and all state of the training: moments, averages; of the same form as `current`
 */
export function updateIfFinite<T extends TensorTree>(flag: Scalar, updated: T, current: T): T {
  const before = leavesOf(current);
  const after = leavesOf(updated);
  if (after.map(({ path }) => path).join() !== before.map(({ path }) => path).join()) {
    throw new RangeError('what was updated has not the form of what it was before');
  }
  const chosen = after.map(({ tensor }, index) =>
    // Select takes a scalar for the whole tensor; `where` would first spread it to the tensor's shape.
    rawOp('Select', [flag, tensor, before[index]?.tensor as Tensor], [typeAttribute('T', tensor.dtype)]),
  );
  return withLeaves(updated, chosen);
}

/**
 * Reads the flag, so it is called outside of the compiled step.
 *
 * @param batch what it was made of, such as its tracks
 * @throws ChartlifeError NonFiniteLoss
 */
export function throwUnlessFinite(
  result: { readonly isFinite: Scalar; readonly loss: Scalar; readonly gradientNorm: Scalar },
  { step, batch }: { readonly step: number; readonly batch: string },
): void {
  if (result.isFinite.dataSync()[0] === 1) return;
  const loss = String(result.loss.dataSync()[0]);
  const gradientNorm = String(result.gradientNorm.dataSync()[0]);
  throw new ChartlifeError(
    'NonFiniteLoss',
    `loss ${loss} with gradient norm ${gradientNorm} at step ${step}, batch ${batch}; no parameter was changed`,
    {
      next: 'Look at the batch; or resume from the last checkpoint with a lower learning rate or a lower gradient clip.',
      details: { step, batch, loss, gradientNorm },
    },
  );
}
