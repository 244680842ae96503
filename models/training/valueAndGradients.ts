/** A loss and its gradient for named parameters. */
import { engine, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { type NamedTensors, namesOf, tensorNamed } from './namedTensors.ts';

export type ValueAndGradients = {
  readonly loss: Scalar;
  /** By the names of the parameters, each of its parameter's shape. */
  readonly gradients: NamedTensors;
};

/** @throws ChartlifeError InvalidInput where the loss does not depend on a parameter */
export function valueAndGradients(
  lossOf: (parameters: NamedTensors) => Scalar,
  parameters: NamedTensors,
): ValueAndGradients {
  const names = namesOf(parameters);
  const tensors = names.map((name) => tensorNamed(parameters, name));
  const { value, gradients } = gradientsOf(() => lossOf(parameters), tensors, names);
  return { loss: value, gradients: Object.fromEntries(names.map((name, index) => [name, gradients[index] as Tensor])) };
}

/**
 * @param names of the inputs, for the error alone
 * @param dy the gradient of the result; 1 where it is left out
 * @throws ChartlifeError InvalidInput where the result does not depend on an input
 */
export function gradientsOf<Y extends Tensor>(
  f: () => Y,
  inputs: readonly Tensor[],
  names: readonly string[],
  dy?: Y,
): { readonly value: Y; readonly gradients: Tensor[] } {
  const { value, grads } = gradientsOrNoTape(f, inputs, dy);
  const missing = names.filter((_, index) => grads[index] === undefined);
  if (missing.length === 0) return { value, gradients: grads };
  throw new ChartlifeError('InvalidInput', `the result does not depend on ${missing.join(', ')}`, {
    next: 'Leave out parameters that are not trained.',
    details: { missing },
  });
}

/** Where f throws, TensorFlow.js leaves its tape, and on it what it had saved for a gradient that never comes. */
function gradientsOrNoTape<Y extends Tensor>(f: () => Y, inputs: readonly Tensor[], dy: Y | undefined) {
  try {
    return engine().gradients(f, [...inputs], dy, true);
  } catch (error) {
    const { state } = engine();
    if (state.gradientDepth === 0) {
      for (const { saved = [] } of state.activeTape ?? []) for (const tensor of saved) tensor.dispose();
      Object.assign(state, { activeTape: null });
    }
    throw error;
  }
}
