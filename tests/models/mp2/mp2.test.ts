/** MP2 on both of its encoders. */
import { scalar, slice, tensor2d, tidy, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { astEncode, astLogits } from '../../../models/ast/ast.ts';
import { astShapes } from '../../../models/ast/names.ts';
import { AST_PRESETS } from '../../../models/ast/presets.ts';
import { mp2Divisor, mp2Loss } from '../../../models/mp2/loss.ts';
import { mp2Shapes, mp2Task } from '../../../models/mp2/mp2.ts';
import { astEncoder, vitEncoder } from '../../../models/mp2/soundEncoder.ts';
import { vitShapes } from '../../../models/mp2/vitNames.ts';
import { initialise } from '../../../models/weights/initialise.ts';
import { toParameters } from '../../../models/weights/tensors.ts';
import { goldenTensors, largestDifference, storedSpectrograms } from '../ast/golden.ts';
import { useTensorflow } from '../tensorflow.ts';

useTensorflow();

const SIZES = { ...AST_PRESETS.nano, numFrames: 128 };

it('gives two numbers and the vector that they come from', () => {
  tidy(() => {
    const { shapes, predict } = mp2Task({ encoder: astEncoder(SIZES), dropoutRate: 0.1, dropPathRate: 0.1 });
    const parameters = toParameters(initialise(shapes, 1));
    const x_BTF = storedSpectrograms(goldenTensors('ast_s10.io.safetensors'), 'input');
    const { vector_BE, targets_B2 } = predict(parameters, { x_BTF });
    const { pooled_BD: whole_BD } = astEncode(parameters, SIZES, x_BTF);
    expect(vector_BE.shape).toEqual([2, 64]);
    expect(targets_B2.shape).toEqual([2, 2]);
    expect(largestDifference(vector_BE.dataSync(), whole_BD.dataSync())).toBeLessThanOrEqual(1e-5);
    const expected = astLogits(parameters, SIZES, whole_BD).dataSync();
    expect(largestDifference(targets_B2.dataSync(), expected)).toBeLessThanOrEqual(1e-5);
  });
});

it('names a parameter that is not there', () => {
  tidy(() => {
    const { predict } = mp2Task({ encoder: astEncoder(SIZES), dropoutRate: 0, dropPathRate: 0 });
    expect(() => predict({}, { x_BTF: zeros([1, 128, 128]) })).toThrow(
      'the model has no parameter audio_spectrogram_transformer.embeddings.patch_embeddings.projection.weight',
    );
  });
});

describe('an encoder', () => {
  const vit = { ...SIZES, numFeatures: 32 };

  it('of an AST of 527 labels has two outputs, and all else of its parameters', () => {
    const audioSet = { ...SIZES, numLabels: 527 };
    expect(mp2Shapes(astEncoder(audioSet))).toEqual(astShapes({ ...SIZES, numLabels: 2 }));
  });

  it.each([
    ['AST', astEncoder(SIZES), 64, 4],
    ["timm's", vitEncoder(vit), 32, 2],
  ])('%s leaves its head to MP2', (_, { size, shapes, headShapes }, expectedSize, numHeadParameters) => {
    expect(size).toBe(expectedSize);
    expect(Object.keys(headShapes)).toHaveLength(numHeadParameters);
    expect(Object.keys(headShapes).filter((name) => Object.hasOwn(shapes, name))).toEqual([]);
  });

  it("of timm's has the original's parameters", () => {
    expect(mp2Shapes(vitEncoder(vit))).toEqual(vitShapes({ ...vit, numTargets: 2 }));
  });
});

describe('the loss', () => {
  const prediction_B2 = [
    [1, 2],
    [3, Number.NaN],
  ];
  const batch = () => ({
    targets_B2: tensor2d([
      [0, 0],
      [1, 7],
    ]),
    weights_B2: tensor2d([
      [1, 1],
      [1, 0],
    ]),
  });

  it('counts the sum four times the debut, and what is not known for nothing', () => {
    tidy(() => {
      // (4 · 1² + 1 · 2² + 4 · 2²) / (4 + 1 + 4)
      expect(mp2Loss(tensor2d(prediction_B2), batch()).dataSync()[0]).toBeCloseTo(24 / 9, 6);
    });
  });

  it('of parts adds up to that of the whole', () => {
    tidy(() => {
      const { targets_B2, weights_B2 } = batch();
      const divisor = mp2Divisor({ weights_B2 });
      const row = (tensor: typeof targets_B2, at: number): typeof targets_B2 => slice(tensor, [at, 0], [1, 2]);
      const parts = [0, 1].map((at) => {
        const part = { targets_B2: row(targets_B2, at), weights_B2: row(weights_B2, at), divisor };
        return mp2Loss(row(tensor2d(prediction_B2), at), part).dataSync()[0] as number;
      });
      expect((parts[0] as number) + (parts[1] as number)).toBeCloseTo(24 / 9, 6);
    });
  });

  it('is 0 where nothing is known', () => {
    tidy(() => {
      const { targets_B2 } = batch();
      const loss = mp2Loss(tensor2d(prediction_B2), { targets_B2, weights_B2: zeros([2, 2]), divisor: scalar(0) });
      expect(loss.dataSync()[0]).toBe(0);
    });
  });
});
