/** What decays, and how. */
import { tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  adamW,
  adamWScalars,
  DEFAULT_ADAMW_OPTIONS,
  decaysByDefault,
  initialAdamWState,
} from '../../../models/training/adamW.ts';
import { mapTensors } from '../../../models/training/namedTensors.ts';
import { useTensorflow } from '../tensorflow.ts';

useTensorflow();

describe('weight decay', () => {
  test.each([
    ['encoder.layer.0.attention.query.weight', [4, 4], true],
    ['embeddings.patch_embeddings.projection.weight', [4, 1, 2, 2], true],
    ['encoder.layer.0.attention.query.bias', [4], false],
    ['layernorm.weight', [4], false],
    ['embeddings.cls_token', [1, 1, 4], false],
    ['embeddings.distillation_token', [1, 1, 4], false],
    ['embeddings.position_embeddings', [1, 9, 4], false],
    ['pos_embed', [1, 9, 4], false],
    ['decoder.embeddings.positions', [104, 4], false],
    ['decoder.embeddings.region.weight', [9, 4], true],
  ])('of %s with shape %j by default: %s', (name, shape, decays) => {
    const parameter = zeros(shape);
    expect(decaysByDefault(name, parameter)).toBe(decays);
    parameter.dispose();
  });

  test('is apart from the gradient: without gradients a parameter shrinks by rate times decay, and moments stay 0', () => {
    tidy(() => {
      const parameters = { weight: tensor([[1, -2]]), bias: tensor([3]) };
      const options = { ...DEFAULT_ADAMW_OPTIONS, weightDecay: 0.5 };
      const gradients = mapTensors(parameters, ({ shape }) => zeros(shape));
      const scalars = adamWScalars(1, 0.1, options);
      const { parameters: after, state } = adamW(
        parameters,
        gradients,
        initialAdamWState(parameters),
        scalars,
        options,
      );
      expect(after.weight!.dataSync()).toEqual(Float32Array.of(0.95, -1.9));
      expect([...after.bias!.dataSync()]).toEqual([3]);
      expect([...state.firstMoment.weight!.dataSync()]).toEqual([0, 0]);
    });
  });

  test('asks for a gradient of every parameter', () => {
    tidy(() => {
      const parameters = { a: tensor([1]), b: tensor([1]) };
      const scalars = adamWScalars(1, 0.1, DEFAULT_ADAMW_OPTIONS);
      const state = initialAdamWState(parameters);
      expect(() => adamW(parameters, { a: tensor([1]) }, state, scalars, DEFAULT_ADAMW_OPTIONS)).toThrow(
        expect.objectContaining({ type: 'InvalidInput', details: { name: 'b' } }),
      );
    });
  });
});
