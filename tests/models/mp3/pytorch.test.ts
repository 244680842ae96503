/** Whole decoders, loss and gradients included, against PyTorch's. */
import { type Scalar, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../models/compile/compile.ts';
import { disposeTree, leavesOf } from '../../../models/compile/tree.ts';
import { checkMp3Config } from '../../../models/mp3/config.ts';
import type { Mp3Inputs } from '../../../models/mp3/inputs.ts';
import { mp3Loss } from '../../../models/mp3/loss.ts';
import { mp3Forward } from '../../../models/mp3/mp3.ts';
import { mp3Shapes } from '../../../models/mp3/names.ts';
import { checkParameters, type Parameters } from '../../../models/parameters.ts';
import { type ValueAndGradients, valueAndGradients } from '../../../models/training/valueAndGradients.ts';
import { relativeError, useTensorflow } from '../tensorflow.ts';
import { readMp3Golden } from './golden.ts';

useTensorflow();

const largest = (values: ArrayLike<number>): number => Math.max(...Array.from(values, Math.abs));

describe.each(['hurdle', 'point'] as const)('the decoder with the head of %s', (name) => {
  test('has the parameters that its configuration says', async () => {
    const { config, parameters } = await readMp3Golden(name);
    checkMp3Config(config);
    checkParameters(new Map(Object.entries(parameters)), mp3Shapes(config), name);
    disposeTree(parameters);
  });

  test("gives PyTorch's outputs", async () => {
    const { config, parameters, inputs, outputs } = await readMp3Golden(name);
    const forecast = tidy(() => mp3Forward(parameters, config, inputs));
    const found = leavesOf(forecast);
    expect(found.map(({ path }) => path.split('_')[0])).toEqual(
      [...outputs.keys()].filter((key) => key !== 'loss').sort(),
    );
    for (const { path, tensor } of found) {
      const reference = outputs.get(path.split('_')[0] as string);
      expect(tensor.shape).toEqual(reference?.shape);
      expect(relativeError(tensor.dataSync(), reference?.values ?? [])).toBeLessThan(1e-5);
    }
    disposeTree({ forecast, parameters, inputs });
  });

  test.each(['eager', 'compiled'])("gives PyTorch's loss and gradients, %s", async (way) => {
    const { config, parameters, inputs, lossWeights, outputs, gradients } = await readMp3Golden(name);
    const step = (given: { parameters: Parameters; inputs: Mp3Inputs }): ValueAndGradients => {
      const lossOf = (all: Parameters): Scalar =>
        mp3Loss(mp3Forward(all, config, given.inputs), given.inputs, config, lossWeights);
      return valueAndGradients(lossOf, given.parameters);
    };
    const made = compile(step);
    const found = way === 'eager' ? tidy(() => step({ parameters, inputs })) : made({ parameters, inputs });
    expect(relativeError(found.loss.dataSync(), outputs.get('loss')?.values ?? [])).toBeLessThan(1e-5);
    expect(Object.keys(found.gradients).sort()).toEqual([...gradients.keys()].sort());
    // A softmax does not change when all keys move alike, so this gradient is 0 and has no size of its own.
    const largestOfAll = Math.max(...[...gradients.values()].map(({ values }) => largest(values)));
    const errors = [...gradients].map(([key, { values, shape }]) => {
      const gradient = found.gradients[key] as Tensor;
      expect(gradient.shape).toEqual(shape);
      if (key.endsWith('attention.key.bias')) return [key, largest(gradient.dataSync()) / largestOfAll] as const;
      return [key, relativeError(gradient.dataSync(), values)] as const;
    });
    expect(errors.filter(([, error]) => !(error < 1e-5))).toEqual([]);
    made.dispose();
    disposeTree([found.loss, found.gradients, parameters, inputs]);
  });
});
