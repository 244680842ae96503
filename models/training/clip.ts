/** Clipping of gradients by their global norm (Pascanu et al. 2013, arXiv 1211.5063). */
import { add, div, minimum, mul, type Scalar, sqrt } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { FLOAT, intAttribute, rawOp } from '../backend/rawOp.ts';
import { type NamedTensors, namesOf, tensorNamed } from './namedTensors.ts';

/** As PyTorch's `clip_grad_norm_`, so that a norm of 0 divides nothing by 0. */
const NORM_EPSILON = 1e-6;

/**
 * The Euclidean norm of all gradients as one vector; not finite where one of them is not, or where the sum of squares
 * passes float32 (a norm of 1.8e19).
 *
 * @throws ChartlifeError InvalidInput where there are none
 */
export function globalNorm(gradients: NamedTensors): Scalar {
  const names = namesOf(gradients);
  if (names.length === 0) {
    throw new ChartlifeError('InvalidInput', 'there are no gradients to take the norm of', {
      next: 'Give a model that has parameters.',
    });
  }
  // L2Loss is half the sum of squares in one op, whatever the shape.
  const halves = names.map((name) => rawOp('L2Loss', [tensorNamed(gradients, name)], [FLOAT]));
  return sqrt(mul(2, rawOp('AddN', halves, [FLOAT, intAttribute('N', halves.length)])));
}

/**
 * min(1, maxNorm / (norm + 1e-6)): what all gradients are multiplied by, 1 where their norm is within the limit. AdamW
 * takes it, which saves a pass over them.
 *
 * @returns the norm before clipping too
 */
export function clipFactor(
  gradients: NamedTensors,
  maxNorm: number,
): { readonly factor: Scalar; readonly norm: Scalar } {
  const norm = globalNorm(gradients);
  return { factor: minimum(1, div(maxNorm, add(norm, NORM_EPSILON))), norm };
}
