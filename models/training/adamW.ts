/** AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101), as a pure function: moments come in and go out. */
import { add, div, mul, type Scalar, scalar, sqrt, square, sub, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { fusedAdamW, hasFusedOps } from '../ops/fused/fusedOps.ts';
import { mapTensors, type NamedTensors, namesOf, tensorNamed } from './namedTensors.ts';

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Which parameters decay. */
  readonly decays: (name: string, parameter: Tensor) => boolean;
  /** Factor of the learning rate, and so of the decay: see layerWiseScale in schedule.ts. */
  readonly learningRateScale: (name: string) => number;
}

/** As PyTorch's defaults, but for what decays. */
export const DEFAULT_ADAMW_OPTIONS: AdamWOptions = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  decays: decaysByDefault,
  learningRateScale: () => 1,
};

/** Sums over the steps so far, by the names of the parameters. */
export type AdamWState = { readonly firstMoment: NamedTensors; readonly secondMoment: NamedTensors };

/** What changes from step to step, computed in float64; arguments of a compiled step. */
export type AdamWScalars = {
  /** learningRate · sqrt(1 - beta2^step) / (1 - beta1^step) */
  readonly stepSize: Scalar;
  /** epsilon · sqrt(1 - beta2^step): PyTorch's epsilon, moved in front of the bias correction of the second moment */
  readonly epsilon: Scalar;
  /** learningRate · weightDecay */
  readonly decay: Scalar;
};

const NEVER_DECAYS = /(^|[._])(cls|class|dist|distillation)_token|token$|pos(ition)?_embed|positions$/;

/** Weights of two axes and more; not biases, gains and shifts, nor tokens and position embeddings. */
export function decaysByDefault(name: string, { rank }: Tensor): boolean {
  return rank > 1 && !NEVER_DECAYS.test(name);
}

/** Zeros. */
export function initialAdamWState(parameters: NamedTensors): AdamWState {
  return { firstMoment: mapTensors(parameters, zerosLike), secondMoment: mapTensors(parameters, zerosLike) };
}

/**
 * @param step of this update, from 1: the number of gradients in the moments after it
 * @throws RangeError for another step: 1 - beta^0 is 0
 */
export function adamWScalars(
  step: number,
  learningRate: number,
  { beta1, beta2, epsilon, weightDecay }: AdamWOptions,
): AdamWScalars {
  if (!Number.isInteger(step) || step < 1) throw new RangeError(`step ${step} is not a whole number from 1`);
  const correction = Math.sqrt(1 - beta2 ** step);
  return {
    stepSize: scalar((learningRate * correction) / (1 - beta1 ** step)),
    epsilon: scalar(epsilon * correction),
    decay: scalar(learningRate * weightDecay),
  };
}

/**
 * parameters · (1 - decay) - stepSize · m / (sqrt(v) + epsilon), with m and v after this gradient.
 *
 * @param gradientScale what the gradients are multiplied by, see clip.ts
 */
export function adamW(
  parameters: NamedTensors,
  gradients: NamedTensors,
  state: AdamWState,
  scalars: AdamWScalars,
  options: AdamWOptions,
  gradientScale: Scalar = scalar(1),
): { readonly parameters: NamedTensors; readonly state: AdamWState } {
  const names = namesOf(parameters);
  const scaled = scaledScalars(names.map(options.learningRateScale), scalars);
  const one = scalar(1);
  const update = hasFusedOps() ? updateAtOnce : updateByParts;
  const updates = names.map((name): [string, ParameterWithMoments] => {
    const parameter = tensorNamed(parameters, name);
    const { stepSize, keep } = scaled.get(options.learningRateScale(name)) as ScaledScalars;
    const before = {
      parameter,
      firstMoment: tensorNamed(state.firstMoment, name),
      secondMoment: tensorNamed(state.secondMoment, name),
    };
    const own = {
      gradientScale,
      stepSize,
      epsilon: scalars.epsilon,
      keep: options.decays(name, parameter) ? keep : one,
    };
    return [name, update(before, tensorNamed(gradients, name), own, options)];
  });
  const collect = (part: keyof ParameterWithMoments): NamedTensors =>
    Object.fromEntries(updates.map(([name, updated]) => [name, updated[part]]));
  return {
    parameters: collect('parameter'),
    state: { firstMoment: collect('firstMoment'), secondMoment: collect('secondMoment') },
  };
}

interface ParameterWithMoments {
  readonly parameter: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
}

interface ScaledScalars {
  readonly stepSize: Scalar;
  /** What is left of a parameter that decays. */
  readonly keep: Scalar;
}

type UpdateScalars = ScaledScalars & Pick<AdamWScalars, 'epsilon'> & { readonly gradientScale: Scalar };
type Rates = Pick<AdamWOptions, 'beta1' | 'beta2'>;

/** One pass over the parameter. */
function updateAtOnce(before: ParameterWithMoments, gradient: Tensor, scalars: UpdateScalars, rates: Rates) {
  return fusedAdamW(before, gradient, scalars, rates);
}

/** 14 small ops. */
function updateByParts(
  { parameter, firstMoment: m, secondMoment: v }: ParameterWithMoments,
  unscaled: Tensor,
  { gradientScale, stepSize, epsilon, keep }: UpdateScalars,
  { beta1, beta2 }: Rates,
): ParameterWithMoments {
  const gradient = mul(unscaled, gradientScale);
  const firstMoment = add(m, mul(sub(gradient, m), 1 - beta1));
  const secondMoment = add(v, mul(sub(square(gradient), v), 1 - beta2));
  const change = div(mul(firstMoment, stepSize), add(sqrt(secondMoment), epsilon));
  return { parameter: sub(mul(parameter, keep), change), firstMoment, secondMoment };
}

/** Once for each scale, not for each parameter. */
function scaledScalars(scales: readonly number[], { stepSize, decay }: AdamWScalars): Map<number, ScaledScalars> {
  return new Map(
    [...new Set(scales)].map((scale) => [scale, { stepSize: mul(stepSize, scale), keep: sub(1, mul(decay, scale)) }]),
  );
}
