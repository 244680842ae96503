/** The exact Gaussian error linear unit (Hendrycks and Gimpel 2016, arXiv 1606.08415): x · Φ(x), by erf and not by tanh. */
import {
  add,
  customGrad,
  erf,
  exp,
  type GradSaveFunc,
  mul,
  square,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { FLOAT, rawOp } from '../backend/rawOp.ts';
import { fusedGelu, fusedGeluGradient, fusedGeluGradientAndValue, hasFusedOps } from './fused/fusedOps.ts';
import { linear, matMul } from './linear.ts';

/** Element by element, of any shape. */
export function gelu<T extends Tensor>(x: T): T {
  return hasFusedOps() ? fused(x) : composed(x);
}

/** linear(gelu(x)). With fused ops gelu(x), the widest tensor of a transformer, is not kept for the way back. */
export function linearOfGelu(x_MH: Tensor2D, weight_DH: Tensor2D, bias_D: Tensor1D | null): Tensor2D {
  if (!hasFusedOps() || bias_D === null) return linear(gelu(x_MH), weight_DH, bias_D);
  return fusedThenLinear(x_MH, weight_DH, bias_D);
}

const fused = customGrad((...args) => {
  const [x, save] = args as unknown as [Tensor, GradSaveFunc];
  save([x]);
  return { value: fusedGelu(x), gradFunc: (dy: Tensor, [input]: Tensor[]) => fusedGeluGradient(input as Tensor, dy) };
}) as <T extends Tensor>(x: T) => T;

const fusedThenLinear = customGrad((...args) => {
  const [x_MH, weight_DH, bias_D, save] = args as unknown as [Tensor2D, Tensor2D, Tensor1D, GradSaveFunc];
  save([x_MH, weight_DH]);
  return {
    value: rawOp('BiasAdd', [matMul(fusedGelu(x_MH), weight_DH, { transposeB: true }), bias_D], [FLOAT]),
    gradFunc: (dy_MD: Tensor, saved: Tensor[]) => {
      const [x, weight] = saved as [Tensor, Tensor];
      const { dx, y } = fusedGeluGradientAndValue(x, matMul(dy_MD, weight));
      return [dx, matMul(dy_MD, y, { transposeA: true }), rawOp('BiasAddGrad', [dy_MD], [FLOAT])];
    },
  };
}) as (x_MH: Tensor2D, weight_DH: Tensor2D, bias_D: Tensor1D) => Tensor2D;

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
