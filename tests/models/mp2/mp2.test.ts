/** MP2 is an AST with two outputs. */
import { tidy, zeros } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { astEncode, astLogits } from '../../../models/ast/ast.ts';
import { astShapes } from '../../../models/ast/names.ts';
import { AST_PRESETS } from '../../../models/ast/presets.ts';
import { mp2, mp2Config } from '../../../models/mp2/mp2.ts';
import { initialise } from '../../../models/weights/initialise.ts';
import { toParameters } from '../../../models/weights/tensors.ts';
import { goldenTensors, largestDifference, storedSpectrograms } from '../ast/golden.ts';
import { useTensorflow } from '../tensorflow.ts';

useTensorflow();

const SIZES = { ...AST_PRESETS.nano, numFrames: 128 };

it('gives two numbers and the vector that they come from', () => {
  tidy(() => {
    const config = mp2Config({ ...SIZES, numLabels: 527 });
    const parameters = toParameters(initialise(astShapes(config), 1));
    const x_BTF = storedSpectrograms(goldenTensors('ast_s10.io.safetensors'), 'input');
    const { pooled_BD, targets_B2 } = mp2(parameters, config, x_BTF);
    const { pooled_BD: whole_BD } = astEncode(parameters, config, x_BTF);
    expect(pooled_BD.shape).toEqual([2, 64]);
    expect(targets_B2.shape).toEqual([2, 2]);
    expect(largestDifference(pooled_BD.dataSync(), whole_BD.dataSync())).toBeLessThanOrEqual(1e-5);
    const expected = astLogits(parameters, config, whole_BD).dataSync();
    expect(largestDifference(targets_B2.dataSync(), expected)).toBeLessThanOrEqual(1e-5);
  });
});

it('names a parameter that is not there', () => {
  tidy(() => {
    expect(() => mp2({}, mp2Config(SIZES), zeros([1, 128, 128]))).toThrow(
      'the model has no parameter audio_spectrogram_transformer.embeddings.patch_embeddings.projection.weight',
    );
  });
});
