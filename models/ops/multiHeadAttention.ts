/**
 * Attention of all heads at once by the fused ops, whose heads lie side by side in a row of features, as a linear map
 * leaves them. Without fused ops it is cheaper to project each head by itself: see `attention.ts`.
 */
import { customGrad, type GradSaveFunc, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import {
  type AttentionForm,
  fusedAttention,
  fusedAttentionGradient,
  fusedSelfAttention,
  fusedSelfAttentionGradient,
} from './fused/fusedOps.ts';

/** softmax(scale · q · kᵀ) · v for each head of each example; only where `hasFusedOps()`. */
export function multiHeadAttention(q_BQD: Tensor3D, k_BKD: Tensor3D, v_BKD: Tensor3D, form: AttentionForm): Tensor3D {
  const attend = customGrad((...args) => {
    const [q, k, v, save] = args as unknown as [Tensor3D, Tensor3D, Tensor3D, GradSaveFunc];
    const { mixed_BQD, logSumExp_BHQ } = fusedAttention(q, k, v, form);
    save([q, k, v, mixed_BQD, logSumExp_BHQ]);
    return {
      value: mixed_BQD,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [queries, keys, values, mixed, logSumExp] = saved as [Tensor3D, Tensor3D, Tensor3D, Tensor3D, Tensor3D];
        const attended = { mixed_BQD: mixed, logSumExp_BHQ: logSumExp };
        return fusedAttentionGradient(dy as Tensor3D, queries, keys, values, attended, form);
      },
    };
  }) as (q: Tensor3D, k: Tensor3D, v: Tensor3D) => Tensor3D;
  return attend(q_BQD, k_BKD, v_BKD);
}

/**
 * The same where one linear map has made all three.
 *
 * @param qkv_BNE with E = 3D: the queries of all heads, then the keys, then the values
 */
export function multiHeadSelfAttention(qkv_BNE: Tensor3D, form: AttentionForm): Tensor3D {
  const attend = customGrad((...args) => {
    const [qkv, save] = args as unknown as [Tensor3D, GradSaveFunc];
    const { mixed_BQD, logSumExp_BHQ } = fusedSelfAttention(qkv, form);
    save([qkv, mixed_BQD, logSumExp_BHQ]);
    return {
      value: mixed_BQD,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [rows, mixed, logSumExp] = saved as [Tensor3D, Tensor3D, Tensor3D];
        return fusedSelfAttentionGradient(dy as Tensor3D, rows, { mixed_BQD: mixed, logSumExp_BHQ: logSumExp }, form);
      },
    };
  }) as (qkv: Tensor3D) => Tensor3D;
  return attend(qkv_BNE);
}
