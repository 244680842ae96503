/** Tensors by name: parameters, their gradients, their moments. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';

export type NamedTensors = { readonly [name: string]: Tensor };

/** In one order, however the record was put together: the order of a sum decides its last bits. */
export function namesOf(tensors: NamedTensors): string[] {
  return Object.keys(tensors).sort();
}

/** @throws ChartlifeError InvalidInput where there is none of that name */
export function tensorNamed(tensors: NamedTensors, name: string): Tensor {
  const tensor = tensors[name];
  if (tensor !== undefined) return tensor;
  throw new ChartlifeError('InvalidInput', `there is no tensor named ${name}`, {
    next: 'Parameters, gradients and optimiser state have the same names.',
    details: { name },
  });
}

export function mapTensors(tensors: NamedTensors, change: (tensor: Tensor, name: string) => Tensor): NamedTensors {
  return Object.fromEntries(namesOf(tensors).map((name) => [name, change(tensorNamed(tensors, name), name)]));
}
