/** The exact Gaussian error linear unit (Hendrycks and Gimpel 2016, arXiv 1606.08415): x · Φ(x), by erf and not by tanh. */
import { add, customGrad, erf, exp, type GradSaveFunc, mul, square, type Tensor } from '@tensorflow/tfjs-core';
import { fusedGelu, fusedGeluGradient, hasFusedOps } from './fused/fusedOps.ts';

/** Element by element, of any shape. */
export function gelu<T extends Tensor>(x: T): T {
  return hasFusedOps() ? fused(x) : composed(x);
}

const fused = customGrad((...args) => {
  const [x, save] = args as unknown as [Tensor, GradSaveFunc];
  save([x]);
  return { value: fusedGelu(x), gradFunc: (dy: Tensor, [input]: Tensor[]) => fusedGeluGradient(input as Tensor, dy) };
}) as <T extends Tensor>(x: T) => T;

/**
 * The slope is computed on the way forward and is all that is kept for the way back: one tensor instead of two. Where no
 * gradient is asked for, a compiled step leaves it out.
 */
const composed = customGrad((...args) => {
  const [x, save] = args as unknown as [Tensor, GradSaveFunc];
  const share = normalCdf(x);
  save([add(share, mul(x, normalDensity(x)))]);
  return {
    value: mul(x, share),
    gradFunc: (dy: Tensor, [slope]: Tensor[]) => mul(dy, slope as Tensor),
  };
}) as <T extends Tensor>(x: T) => T;

/** Φ, the share of a standard normal below x. */
function normalCdf(x: Tensor): Tensor {
  return mul(0.5, add(1, erf(mul(x, Math.SQRT1_2))));
}

/** φ, the derivative of Φ. */
function normalDensity(x: Tensor): Tensor {
  return mul(1 / Math.sqrt(2 * Math.PI), exp(mul(-0.5, square(x))));
}
