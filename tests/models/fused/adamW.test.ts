import { scalar, square, type Tensor, tensor1d, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { type AdamWTensors, fusedAdamW } from '../../../models/ops/fused/fusedOps.ts';
import { adamW, adamWScalars, DEFAULT_ADAMW_OPTIONS, initialAdamWState } from '../../../models/training/adamW.ts';
import { describeFused } from './fused.ts';
import { bytesOf, expectClose, expectSameBits, normalTensor, normalValues, valuesOf } from './values.ts';

const OPTIONS = { ...DEFAULT_ADAMW_OPTIONS, weightDecay: 0.05, decays: () => true };
const LEARNING_RATE = 1e-3;

function fusedStep(tensors: AdamWTensors, gradient: Tensor, step: number, gradientScale = 1): AdamWTensors {
  const { stepSize, epsilon, decay } = adamWScalars(step, LEARNING_RATE, OPTIONS);
  const keep = scalar(1 - (decay.dataSync()[0] as number));
  return fusedAdamW(tensors, gradient, { gradientScale: scalar(gradientScale), stepSize, epsilon, keep }, OPTIONS);
}

function start(shape: number[]): AdamWTensors {
  const parameter = normalTensor(shape, 1);
  return { parameter, firstMoment: zerosLike(parameter), secondMoment: zerosLike(parameter) };
}

describeFused('AdamW', () => {
  test.each([[[1]], [[37]], [[3, 5, 7]], [[300, 192]]])('takes the steps of the composition for %j', (shape) => {
    tidy(() => {
      let tensors = start(shape);
      let parameters: Record<string, Tensor> = { only: tensors.parameter };
      let state = initialAdamWState(parameters as never);
      for (let step = 1; step <= 3; step++) {
        const gradient = normalTensor(shape, 10 + step);
        tensors = fusedStep(tensors, gradient, step);
        const scalars = adamWScalars(step, LEARNING_RATE, OPTIONS);
        ({ parameters, state } = adamW(
          parameters as never,
          { only: gradient } as never,
          state,
          scalars,
          OPTIONS,
        ) as never);
      }
      expectClose(tensors.parameter, valuesOf(parameters.only as Tensor));
      expectClose(tensors.firstMoment, valuesOf((state.firstMoment as never as Record<string, Tensor>).only as Tensor));
      expectClose(
        tensors.secondMoment,
        valuesOf((state.secondMoment as never as Record<string, Tensor>).only as Tensor),
      );
    });
  });

  test('takes the step of its formula in float64, the gradient scaled', () => {
    tidy(() => {
      const count = 1000;
      const gradient = normalTensor([count], 3);
      const before = {
        parameter: normalTensor([count], 4),
        firstMoment: normalTensor([count], 5),
        secondMoment: square(normalTensor([count], 6)),
      };
      const after = fusedStep(before, gradient, 7, 0.25);
      const [p, m, v, g] = [4, 5, 6, 3].map((seed) => normalValues(count, seed)) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      const reference = new Float64Array(count);
      for (let at = 0; at < count; at++) {
        const scaled = (g[at] as number) * 0.25;
        const first = 0.9 * (m[at] as number) + 0.1 * scaled;
        const second = 0.999 * (v[at] as number) ** 2 + 0.001 * scaled ** 2;
        const change = first / (1 - 0.9 ** 7) / (Math.sqrt(second / (1 - 0.999 ** 7)) + OPTIONS.epsilon);
        reference[at] = (p[at] as number) * (1 - LEARNING_RATE * OPTIONS.weightDecay) - LEARNING_RATE * change;
      }
      expectClose(after.parameter, reference, 1e-6);
    });
  });

  test('a NaN gradient makes that element NaN, and no other', () => {
    tidy(() => {
      const { parameter } = fusedStep(start([3]), tensor1d([1, Number.NaN, 1]), 1);
      expect(Array.from(valuesOf(parameter), Number.isNaN)).toEqual([false, true, false]);
    });
  });

  test('gives the same bits twice, and leaves the gradient alone', () => {
    tidy(() => {
      const tensors = start([1000, 100]);
      const gradient = normalTensor([1000, 100], 2);
      const before = bytesOf(gradient);
      const both = [0, 1].map(() => bytesOf(fusedStep(tensors, gradient, 1).parameter));
      expectSameBits([both[0] as Buffer], [both[1] as Buffer]);
      expectSameBits([bytesOf(gradient)], [before]);
    });
  });

  test('a wrong shape is an error', () => {
    tidy(() => {
      expect(() => fusedStep(start([3]), tensor1d([1, 2]), 1)).toThrow(/gradient: float has shape \[2\]/);
    });
  });
});
