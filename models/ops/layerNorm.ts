/** Layer normalisation (Ba et al. 2016, arXiv 1607.06450) over the last axis. */
import {
  add,
  customGrad,
  type GradSaveFunc,
  mean,
  mul,
  reshape,
  rsqrt,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  matMul as tfMatMul,
} from '@tensorflow/tfjs-core';
import { fusedNormalize, fusedNormalizeGradient, hasFusedOps } from './fused/fusedOps.ts';
import { linear } from './linear.ts';

/** Each row less its mean, divided by its standard deviation: sqrt(variance + epsilon). No gain, no shift. */
export function normalize(x_MD: Tensor2D, epsilon: number): Tensor2D {
  return normalizeWith(epsilon)(x_MD);
}

/** normalize(x) · gain + shift. */
export function layerNorm(x_MD: Tensor2D, gain_D: Tensor1D, shift_D: Tensor1D, epsilon: number): Tensor2D {
  return add(mul(normalize(x_MD, epsilon), gain_D), shift_D);
}

/** A linear map with the gain and shift of the normalisation before it folded in: no pass over the rows is left for them. */
export function foldNorm(
  gain_D: Tensor1D,
  shift_D: Tensor1D,
  weight_ED: Tensor2D,
  bias_E: Tensor1D | null,
): { readonly weight: Tensor2D; readonly bias: Tensor1D } {
  const shifted_E = reshape(tfMatMul(weight_ED, reshape(shift_D, [-1, 1])), [-1]) as Tensor1D;
  return { weight: mul(weight_ED, gain_D), bias: bias_E === null ? shifted_E : add(bias_E, shifted_E) };
}

/**
 * linear(layerNorm(x)): for several linear maps of one input, whose rows are then normalised once.
 *
 * @param normalized_MD what {@link normalize} gave
 */
export function linearOfNormalized(
  normalized_MD: Tensor2D,
  gain_D: Tensor1D,
  shift_D: Tensor1D,
  weight_ED: Tensor2D,
  bias_E: Tensor1D | null,
): Tensor2D {
  const { weight, bias } = foldNorm(gain_D, shift_D, weight_ED, bias_E);
  return linear(normalized_MD, weight, bias);
}

function normalizeWith(epsilon: number): (x_MD: Tensor2D) => Tensor2D {
  return hasFusedOps() ? fusedWith(epsilon) : composedWith(epsilon);
}

function fusedWith(epsilon: number): (x_MD: Tensor2D) => Tensor2D {
  return customGrad((...args) => {
    const [x_MD, save] = args as unknown as [Tensor2D, GradSaveFunc];
    const { normalized_MD, scale_M } = fusedNormalize(x_MD, epsilon);
    save([normalized_MD, scale_M]);
    return {
      value: normalized_MD,
      gradFunc: (dy_MD: Tensor, saved: Tensor[]) => {
        const [y_MD, scale] = saved as [Tensor2D, Tensor1D];
        return fusedNormalizeGradient(dy_MD as Tensor2D, { normalized_MD: y_MD, scale_M: scale });
      },
    };
  }) as (x_MD: Tensor2D) => Tensor2D;
}

function composedWith(epsilon: number): (x_MD: Tensor2D) => Tensor2D {
  return customGrad((...args) => {
    const [x_MD, save] = args as unknown as [Tensor2D, GradSaveFunc];
    const centred_MD = sub(x_MD, mean(x_MD, -1, true));
    const scale_M1 = rsqrt(add(mean(square(centred_MD), -1, true), epsilon));
    const normalized_MD = mul(centred_MD, scale_M1);
    save([normalized_MD, scale_M1]);
    return {
      value: normalized_MD,
      gradFunc: (dy_MD: Tensor, saved: Tensor[]) => {
        const [y_MD, scale] = saved as [Tensor, Tensor];
        const along_M1 = mean(mul(dy_MD, y_MD), -1, true);
        return mul(scale, sub(sub(dy_MD, mean(dy_MD, -1, true)), mul(y_MD, along_M1)));
      },
    };
  }) as (x_MD: Tensor2D) => Tensor2D;
}
