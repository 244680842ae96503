/** A residual network, for tests of what a gradient costs. */
import {
  add,
  matMul,
  mean,
  type Scalar,
  square,
  type Tensor,
  type Tensor2D,
  tanh,
  tensor,
} from '@tensorflow/tfjs-core';
import type { NamedTensors } from '../../../models/training/namedTensors.ts';
import { dropout, type RandomKey } from '../../../models/training/random.ts';
import { recompute } from '../../../models/training/recompute.ts';
import { type ValueAndGradients, valueAndGradients } from '../../../models/training/valueAndGradients.ts';

export interface MlpSize {
  readonly numRows: number;
  readonly numFeatures: number;
  readonly numHidden: number;
  readonly numBlocks: number;
}

export type MlpInput = { readonly parameters: NamedTensors; readonly x: Tensor; readonly key?: Tensor };

/** Parameters `0.up`, `0.down`, `1.up`, ... and rows, the same each time. */
export function mlpInput({ numRows, numFeatures, numHidden, numBlocks }: MlpSize): MlpInput {
  const wave = (shape: [number, number], scale: number, phase: number): Tensor2D =>
    tensor(
      Float32Array.from({ length: shape[0] * shape[1] }, (_, cell) => scale * Math.sin(phase + cell * 12.9898)),
      shape,
    );
  const blocks = Array.from({ length: numBlocks }, (_, block) => ({
    [`${block}.up`]: wave([numFeatures, numHidden], 0.1, 2 * block + 1),
    [`${block}.down`]: wave([numHidden, numFeatures], 0.1, 2 * block + 2),
  }));
  return { parameters: Object.assign({}, ...blocks), x: wave([numRows, numFeatures], 1, 0) };
}

/** Loss of the network; with a key, a tenth is dropped within each block. */
export function mlpLoss(isRecomputed: boolean): (parameters: NamedTensors, x: Tensor, key?: RandomKey) => Scalar {
  return (parameters, x, key) => {
    const block = ({ up, down }: NamedTensors, rows: Tensor): Tensor => {
      const hidden = tanh(matMul(rows as Tensor2D, up as Tensor2D));
      const kept = dropout(hidden, 0.1, key ?? null);
      return add(rows, matMul(kept as Tensor2D, down as Tensor2D));
    };
    let rows = x;
    for (let index = 0; index < Object.keys(parameters).length / 2; index++) {
      const own = { up: parameters[`${index}.up`] as Tensor, down: parameters[`${index}.down`] as Tensor };
      rows = isRecomputed ? recompute(block, own, rows) : block(own, rows);
    }
    return mean<Scalar>(square(rows));
  };
}

export function mlpGradients(isRecomputed: boolean): (input: MlpInput) => ValueAndGradients {
  const lossOf = mlpLoss(isRecomputed);
  return ({ parameters, x, key }) =>
    valueAndGradients((current) => lossOf(current, x, key as RandomKey | undefined), parameters);
}
