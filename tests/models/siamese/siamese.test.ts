/** The network, its loss and gradients against PyTorch's; dropout, silence, sizes. */
import {
  add,
  randomNormal,
  type Scalar,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor3D,
  tensor1d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../models/compile/compile.ts';
import { disposeTree } from '../../../models/compile/tree.ts';
import { checkParameters, type Parameters } from '../../../models/parameters.ts';
import { checkSiameseConfig, SIAMESE_PRESETS, type SiameseConfig } from '../../../models/siamese/config.ts';
import { siameseLoss } from '../../../models/siamese/loss.ts';
import { siameseShapes } from '../../../models/siamese/names.ts';
import { siameseForward } from '../../../models/siamese/siamese.ts';
import { randomKey } from '../../../models/training/random.ts';
import { type ValueAndGradients, valueAndGradients } from '../../../models/training/valueAndGradients.ts';
import { initialise } from '../../../models/weights/initialise.ts';
import { toParameters } from '../../../models/weights/tensors.ts';
import { expectNoLeak, relativeError, useTensorflow } from '../tensorflow.ts';
import { readSiameseGolden } from './golden.ts';

useTensorflow();
expectNoLeak();

type Given = { readonly parameters: Parameters; readonly x_BTF: Tensor3D; readonly target_B: Tensor1D };

describe.each(['plain', 'inception'] as const)('the %s network', (name) => {
  test('has the parameters that its configuration says', async () => {
    const { config, parameters, x_BTF, target_B } = await readSiameseGolden(name);
    checkSiameseConfig(config);
    checkParameters(new Map(Object.entries(parameters)), siameseShapes(config), name);
    disposeTree([parameters, x_BTF, target_B]);
  });

  test("gives PyTorch's scores", async () => {
    const { config, parameters, x_BTF, target_B, outputs } = await readSiameseGolden(name);
    const score_B = tidy(() => siameseForward(parameters, config, x_BTF));
    expect(relativeError(score_B.dataSync(), outputs.get('score')?.values ?? [])).toBeLessThan(1e-5);
    disposeTree([parameters, x_BTF, target_B, score_B]);
  });

  test.each(['eager', 'compiled'])("gives PyTorch's loss and gradients, %s", async (way) => {
    const { config, parameters, x_BTF, target_B, outputs, gradients } = await readSiameseGolden(name);
    const step = (given: Given): ValueAndGradients => {
      const lossOf = (all: Parameters): Scalar =>
        siameseLoss(siameseForward(all, config, given.x_BTF), given.target_B, config.loss);
      return valueAndGradients(lossOf, given.parameters);
    };
    const made = compile(step);
    const given = { parameters, x_BTF, target_B };
    const found = way === 'eager' ? tidy(() => step(given)) : made(given);
    expect(relativeError(found.loss.dataSync(), outputs.get('loss')?.values ?? [])).toBeLessThan(1e-5);
    expect(Object.keys(found.gradients).sort()).toEqual([...gradients.keys()].sort());
    for (const [key, { values, shape }] of gradients) {
      const gradient = found.gradients[key] as Tensor;
      expect(gradient.shape).toEqual(shape);
      expect(relativeError(gradient.dataSync(), values), key).toBeLessThan(1e-5);
    }
    made.dispose();
    disposeTree([given, found.loss, found.gradients]);
  });
});

describe.each(Object.entries(SIAMESE_PRESETS))('the preset %s', (_, config: SiameseConfig) => {
  test('hears half a minute', () => {
    checkSiameseConfig(config);
    const scores = tidy(() =>
      siameseForward(
        toParameters(initialise(siameseShapes(config), 1)),
        config,
        randomNormal([2, 2998, 128]),
      ).dataSync(),
    );
    expect(scores).toHaveLength(2);
    expect(scores[0]).not.toBe(scores[1]);
  });

  test('drops by the key alone', () => {
    const scores = [1, 1, 2, null].map((step) =>
      tidy(() => {
        const parameters = toParameters(initialise(siameseShapes(config), 1));
        const x_BTF = randomNormal([1, 400, 128], 0, 1, 'float32', 3) as Tensor3D;
        return siameseForward(parameters, config, x_BTF, step === null ? null : randomKey(1, step)).dataSync()[0];
      }),
    );
    expect(scores[1]).toBe(scores[0]);
    expect(new Set(scores).size).toBe(3);
  });

  test('hears sounds down to its shortest', () => {
    const parameters = toParameters(initialise(siameseShapes(config), 1));
    // 13 steps: less 3 are 10, pooled 5, less 3 are 2, pooled 1.
    const hear = (numFrames: number): number =>
      tidy(() => siameseForward(parameters, config, zeros([1, numFrames, 128])).shape[0]);
    expect(hear(13 * 9)).toBe(1);
    expect(() => hear(13 * 9 - 1)).toThrow('116 frames are too few: it hears 117 at once');
    expect(() => tidy(() => siameseForward(parameters, config, zeros([1, 200, 64])))).toThrow(
      'sounds of 64 mel bins where it hears 128',
    );
    disposeTree(parameters);
  });
});

test('in silence, where all steps are alike, the gradient is still the slope', () => {
  const config = SIAMESE_PRESETS.plain;
  const bias = 'siamese.stem.0.bias';
  const [gradient, slope] = tidy(() => {
    const initial = toParameters(initialise(siameseShapes(config), 1));
    // Away from the rectifier's bend, where the score is linear in the stem's bias.
    const parameters = Object.fromEntries(
      Object.entries(initial).map(([name, own]) => [name, name.endsWith('.bias') ? add(own, 0.5) : own]),
    );
    const scoreOf = (all: Parameters): Scalar => sum(siameseForward(all, config, zeros([1, 30 * 9, 128])));
    const { gradients } = valueAndGradients(scoreOf, parameters);
    const [low, high] = [-0.25, 0.25].map((by) => {
      const moved = { ...parameters, [bias]: add(parameters[bias] as Tensor, by) };
      return scoreOf(moved).dataSync()[0] as number;
    }) as [number, number];
    return [sum(gradients[bias] as Tensor).dataSync()[0] as number, (high - low) / 0.5];
  });
  expect(Math.abs(slope)).toBeGreaterThan(1e-6);
  expect(Math.abs(gradient - slope) / Math.abs(slope)).toBeLessThan(1e-3);
});

describe('the loss', () => {
  const lossOf = (scores: number[], targets: number[], rankingWeight: number, margin: number): number =>
    tidy(() => siameseLoss(tensor1d(scores), tensor1d(targets), { rankingWeight, margin }).dataSync()[0] as number);

  test('is the squared error, and of each unequal pair what its lead lacks', () => {
    // Pairs: (0, 1) leads by 1 the right way; (2, 1) by 1 the wrong way; the last two targets are equal.
    const scores = [0, 2, 5, 1, 1, 4];
    const targets = [0, 1, 3, 1, 2, 3];
    const squared = (0 + 1 + 4 + 0 + 1 + 1) / 6;
    expect(lossOf(scores, targets, 0, 1.5)).toBeCloseTo(squared, 6);
    expect(lossOf(scores, targets, 2, 1.5)).toBeCloseTo(squared + 2 * ((0.5 + 2.5) / 2), 6);
  });

  test('refuses an odd number of scores', () => {
    expect(() => lossOf([1, 2, 3], [1, 2, 3], 1, 1)).toThrow('3 scores are not pairs');
  });
});

describe('a configuration', () => {
  const { plain, inception } = SIAMESE_PRESETS;
  const wrong: readonly [string, SiameseConfig, string][] = [
    ['no stem', { ...plain, stem: [] }, 'do not all give as many steps'],
    [
      'stems of several lengths',
      { ...inception, stem: [...inception.stem, { numChannels: 1, numSteps: 2, padding: 0 }] },
      'as many steps',
    ],
    ['channels that nothing mixes', { ...plain, numMixedChannels: 31 }, "32 channels can't be 31"],
    ['all dropped', { ...plain, dropoutRate: 1 }, 'a dropout rate of 1'],
  ];
  test.each(wrong)('with %s is refused', (_, config, message) => {
    expect(() => checkSiameseConfig(config)).toThrow(message);
  });

  test('says the names of its parameters', () => {
    expect(siameseShapes(inception)).toMatchSnapshot();
  });
});
