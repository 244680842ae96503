/** Scaled dot-product attention (Vaswani et al. 2017, arXiv 1706.03762, equation 1). */
import {
  add,
  customGrad,
  type GradSaveFunc,
  mul,
  softmax,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import { matMul } from './linear.ts';
import { notBefore } from './notBefore.ts';

/** Added to the score of a key that a query must not see: far below any score, and finite. */
export const UNSEEN = -1e9;

/**
 * One head: softmax(q · kᵀ + mask) · v for each of the batch.
 *
 * @param q_BQd queries, already divided by sqrt(d): fold the scale into the weight that makes them
 * @param mask_QK 0 where a query sees a key, {@link UNSEEN} where not; null where all see all
 */
export function attention(
  q_BQd: Tensor3D,
  k_BKd: Tensor3D,
  v_BKd: Tensor3D,
  mask_QK: Tensor2D | null = null,
): Tensor3D {
  return attentionWith(mask_QK)(q_BQd, k_BKd, v_BKd);
}

/** Queries, keys, values and what is mixed of them. */
const NUM_SAVED_WITHOUT_MASK = 4;

function attentionWith(mask_QK: Tensor2D | null): (q: Tensor3D, k: Tensor3D, v: Tensor3D) => Tensor3D {
  return customGrad((...args) => {
    const [q_BQd, k_BKd, v_BKd, save] = args as unknown as [Tensor3D, Tensor3D, Tensor3D, GradSaveFunc];
    const mixed_BQd = matMul(sharesOf(q_BQd, k_BKd, mask_QK), v_BKd);
    save([q_BQd, k_BKd, v_BKd, mixed_BQd, ...(mask_QK === null ? [] : [mask_QK])]);
    return {
      value: mixed_BQd,
      gradFunc: (dy_BQd: Tensor, saved: Tensor[]) => {
        const [q, k, v, mixed] = saved as [Tensor3D, Tensor3D, Tensor3D, Tensor3D];
        const mask = saved.length > NUM_SAVED_WITHOUT_MASK ? (saved.at(-1) as Tensor2D) : null;
        // A share for each pair of tokens is by far the most that there is: computed again, not kept.
        const shares = sharesOf(notBefore(dy_BQd, q), k, mask);
        // The softmax's gradient needs sum over keys of shares · d(shares), which is the output times its gradient.
        const along_BQ1 = sum(mul(dy_BQd, mixed), -1, true);
        const dShares_BQK = matMul(dy_BQd, v, { transposeB: true });
        const dScores_BQK = mul(shares, sub(dShares_BQK, along_BQ1));
        return [
          matMul(dScores_BQK, k),
          matMul(dScores_BQK, q, { transposeA: true }),
          matMul(shares, dy_BQd, { transposeA: true }),
        ];
      },
    };
  }) as (q: Tensor3D, k: Tensor3D, v: Tensor3D) => Tensor3D;
}

function sharesOf(q_BQd: Tensor3D, k_BKd: Tensor3D, mask_QK: Tensor2D | null): Tensor3D {
  const scores_BQK = matMul(q_BQd, k_BKd, { transposeB: true });
  return softmax(mask_QK === null ? scores_BQK : add(scores_BQK, mask_QK)) as Tensor3D;
}
