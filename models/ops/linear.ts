/** A linear map with the weight as PyTorch and the hub store it: one row per output. */
import { customGrad, type GradSaveFunc, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import { boolAttribute, FLOAT, rawOp } from '../backend/rawOp.ts';

/**
 * y_ME = x_MD · weight_EDᵀ + bias_E.
 *
 * @param x_MD M rows of D features, such as all tokens of a batch
 */
export function linear(x_MD: Tensor2D, weight_ED: Tensor2D, bias_E: Tensor1D | null): Tensor2D {
  return bias_E === null ? project(x_MD, weight_ED) : projectAndShift(x_MD, weight_ED, bias_E);
}

const project = customGrad((...args) => {
  const [x_MD, weight_ED, save] = args as unknown as [Tensor2D, Tensor2D, GradSaveFunc];
  save([x_MD, weight_ED]);
  return {
    value: matMul(x_MD, weight_ED, { transposeB: true }),
    gradFunc: (dy_ME: Tensor, [x, weight]: Tensor[]) => [
      matMul(dy_ME, weight as Tensor),
      matMul(dy_ME, x as Tensor, { transposeA: true }),
    ],
  };
}) as (x_MD: Tensor2D, weight_ED: Tensor2D) => Tensor2D;

const projectAndShift = customGrad((...args) => {
  const [x_MD, weight_ED, bias_E, save] = args as unknown as [Tensor2D, Tensor2D, Tensor1D, GradSaveFunc];
  save([x_MD, weight_ED]);
  return {
    value: rawOp('BiasAdd', [matMul(x_MD, weight_ED, { transposeB: true }), bias_E], [FLOAT]),
    gradFunc: (dy_ME: Tensor, [x, weight]: Tensor[]) => [
      matMul(dy_ME, weight as Tensor),
      matMul(dy_ME, x as Tensor, { transposeA: true }),
      rawOp('BiasAddGrad', [dy_ME], [FLOAT]),
    ],
  };
}) as (x_MD: Tensor2D, weight_ED: Tensor2D, bias_E: Tensor1D) => Tensor2D;

/** Of two matrices, or of two batches of them, without broadcasting. */
export function matMul(a: Tensor, b: Tensor, { transposeA = false, transposeB = false } = {}): Tensor {
  return a.rank === 2
    ? rawOp(
        'MatMul',
        [a, b],
        [FLOAT, boolAttribute('transpose_a', transposeA), boolAttribute('transpose_b', transposeB)],
      )
    : rawOp('BatchMatMulV2', [a, b], [FLOAT, boolAttribute('adj_x', transposeA), boolAttribute('adj_y', transposeB)]);
}
