/** Clipping of gradients by their global norm (Pascanu et al. 2013, arXiv 1211.5063). */
import { add, div, minimum, mul, type Scalar, sqrt } from '@tensorflow/tfjs-core';
import { FLOAT, intAttribute, rawOp } from '../backend/rawOp.ts';
import { mapTensors, type NamedTensors, namesOf, tensorNamed } from './namedTensors.ts';

/** As PyTorch's `clip_grad_norm_`, so that a norm of 0 divides nothing by 0. */
const NORM_EPSILON = 1e-6;

/**
 * The Euclidean norm of all gradients as one vector; not finite where one of them is not, or where the sum of squares
 * passes float32 (a norm of 1.8e19).
 */
export function globalNorm(gradients: NamedTensors): Scalar {
  // L2Loss is half the sum of squares in one op, whatever the shape.
  const halves = namesOf(gradients).map((name) => rawOp('L2Loss', [tensorNamed(gradients, name)], [FLOAT]));
  return sqrt(mul(2, rawOp('AddN', halves, [FLOAT, intAttribute('N', halves.length)])));
}

/**
 * Gradients times min(1, maxNorm / (norm + 1e-6)).
 *
 * @returns the norm before clipping too
 */
export function clipByGlobalNorm(
  gradients: NamedTensors,
  maxNorm: number,
): { readonly gradients: NamedTensors; readonly norm: Scalar } {
  const norm = globalNorm(gradients);
  const factor = minimum(1, div(maxNorm, add(norm, NORM_EPSILON)));
  return { gradients: mapTensors(gradients, (gradient) => mul(gradient, factor)), norm };
}
