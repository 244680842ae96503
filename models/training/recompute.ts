/** Activation recomputation (Chen et al. 2016, arXiv 1604.06174): memory for time. */
import {
  customGrad,
  engine,
  type GradSaveFunc,
  isFinite as isFiniteTensor,
  reshape,
  slice,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { rawOp, typeAttribute } from '../backend/rawOp.ts';
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

/**
 * x, in a way that depends on dy. Without it TensorFlow's graph optimiser sees that the second run computes what the
 * first did and keeps the first's activations for it; with it the second run differs, and can't start before dy is there.
 * Both branches are x, so the value of dy, be it NaN, has no influence.
 */
function notBefore(dy: Tensor, x: Tensor): Tensor {
  const first = reshape(slice(reshape(dy, [-1]), [0], [1]), []);
  return rawOp('Select', [isFiniteTensor(first), x, x], [typeAttribute('T', x.dtype)]);
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
