/** A small network and a step that trains it, for the tests of compiling. */
import {
  add,
  matMul,
  mean,
  mul,
  randomNormal,
  type Scalar,
  squaredDifference,
  sub,
  type Tensor,
  type Tensor2D,
  tanh,
  valueAndGrads,
} from '@tensorflow/tfjs-core';

export type Weights = Record<'first' | 'second', Tensor>;
export type Training = { weights: Weights; momentum: Weights; x_BD: Tensor; y_B1: Tensor; learningRate: Tensor };

export function initialWeights(numHidden = 32): Weights {
  return {
    first: randomNormal([64, numHidden], 0, 0.1, 'float32', 1),
    second: randomNormal([numHidden, 1], 0, 0.1, 'float32', 2),
  };
}

/** Gradient descent with momentum on a network of one hidden layer. */
export function trainingStep({ weights, momentum, x_BD, y_B1, learningRate }: Training) {
  const lossOf = (first: Tensor, second: Tensor): Scalar =>
    mean(squaredDifference(matMul(tanh(matMul(x_BD as Tensor2D, first as Tensor2D)), second as Tensor2D), y_B1));
  const { value, grads } = valueAndGrads(lossOf)([weights.first, weights.second]);
  const next = (name: keyof Weights, gradient: Tensor): [Tensor, Tensor] => {
    const moved = add(mul(0.9, momentum[name]), gradient);
    return [sub(weights[name], mul(learningRate, moved)), moved];
  };
  const [first, firstMomentum] = next('first', grads[0] as Tensor);
  const [second, secondMomentum] = next('second', grads[1] as Tensor);
  return {
    loss: value as Tensor,
    weights: { first, second },
    momentum: { first: firstMomentum, second: secondMomentum },
  };
}
