/** Activation recomputation (Chen et al. 2016, arXiv 1604.06174): memory for time. */
import { customGrad, engine, type GradSaveFunc, type Tensor } from '@tensorflow/tfjs-core';
import { notBefore } from '../ops/notBefore.ts';
import { type NamedTensors, namesOf, tensorNamed } from './namedTensors.ts';
import { gradientsOf } from './valueAndGradients.ts';

/**
 * f(parameters, x), of which only parameters, x and the result are kept for the gradient: the gradient runs f again.
 *
 * @param f a pure function. What else it uses, such as a random key or a mask, gets no gradient.
 */
export function recompute<X extends Tensor, Y extends Tensor>(
  f: (parameters: NamedTensors, x: X) => Y,
  parameters: NamedTensors,
  x: X,
): Y {
  const names = namesOf(parameters);
  const call = (inputs: readonly Tensor[]): Y =>
    f(Object.fromEntries(names.map((name, index) => [name, inputs[index] as Tensor])), inputs.at(-1) as X);
  const op = customGrad((...args) => {
    const inputs = args.slice(0, -1) as Tensor[];
    const save = args.at(-1) as unknown as GradSaveFunc;
    save(inputs);
    return {
      value: call(inputs),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const again = [...saved.slice(0, -1), notBefore(dy, saved.at(-1) as Tensor)];
        return withTapeOfItsOwn(() => gradientsOf(() => call(again), again, [...names, 'x'], dy as Y).gradients);
      },
    };
  });
  return op(...names.map((name) => tensorNamed(parameters, name)), x) as Y;
}

/** TensorFlow.js has one tape: gradients within the backward pass would throw away the one that is being read. */
function withTapeOfItsOwn<T>(compute: () => T): T {
  const { state } = engine();
  const { activeTape } = state;
  try {
    return compute();
  } finally {
    state.activeTape = activeTape;
  }
}
