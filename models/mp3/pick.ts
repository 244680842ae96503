/** One entry along an axis, where a tensor says which: TensorFlow.js's own gather would read the index. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { scalar } from '@tensorflow/tfjs-core';
import { intAttribute, rawOp, typeAttribute } from '../backend/rawOp.ts';

/**
 * It has no gradient.
 *
 * @param index int32, an entry that there is
 * @returns without the axis
 */
export function pick(x: Tensor, index: Scalar, axis: number): Tensor {
  const types = [
    typeAttribute('Tparams', x.dtype === 'int32' ? 'int32' : 'float32'),
    typeAttribute('Tindices', 'int32'),
    typeAttribute('Taxis', 'int32'),
  ];
  return rawOp('GatherV2', [x, index, scalar(axis, 'int32')], [...types, intAttribute('batch_dims', 0)]);
}
