/** The hub's config.json, and what is wrong with others. */
import { expect, it } from 'vitest';
import { checkEncoderConfig, gridOf, parseAstConfig } from '../../../models/ast/config.ts';
import { AST_PRESETS } from '../../../models/ast/presets.ts';
import { goldenConfig, goldenJson } from './golden.ts';

const given = goldenJson('ast_s10.config.json') as Record<string, unknown>;

it('reads every size', () => {
  expect(goldenConfig('ast_s10.config.json')).toEqual({
    numFrames: 128,
    numMelBins: 128,
    patchSize: 16,
    frameStride: 10,
    melStride: 10,
    hiddenSize: 32,
    numLayers: 2,
    numHeads: 2,
    mlpSize: 64,
    epsilon: 1e-12,
    hasQkvBias: true,
    numLabels: 5,
  });
});

it("takes transformers' defaults for what is not there, and counts the labels by their names", () => {
  const model_type = 'audio-spectrogram-transformer';
  expect(parseAstConfig({ model_type }, 'c')).toEqual({ ...AST_PRESETS.base, numLabels: 2 });
  expect(parseAstConfig({ model_type, id2label: { 0: 'a', 1: 'b', 2: 'c' } }, 'c').numLabels).toBe(3);
});

it.each([
  [[], 'it is no JSON object'],
  [{}, 'model_type is undefined, not "audio-spectrogram-transformer"'],
  [{ ...given, hidden_size: '32' }, 'hidden_size is "32", not a whole number from 1'],
  [{ ...given, num_hidden_layers: 0 }, 'num_hidden_layers is 0, not a whole number from 1'],
  [{ ...given, num_attention_heads: 3 }, 'a hidden size of 32 has no 3 equal heads'],
  [{ ...given, max_length: 8 }, 'no patch of 16 fits into 8 frames of 128 mel bins'],
  [{ ...given, hidden_act: 'gelu_new' }, 'hidden_act is "gelu_new", not "gelu"'],
  [{ ...given, layer_norm_eps: 0 }, 'layer_norm_eps is 0, not a number between 0 and 1'],
  [{ ...given, layer_norm_eps: Number.POSITIVE_INFINITY }, 'layer_norm_eps is null, not a number between 0 and 1'],
  [{ ...given, num_hidden_layers: 1e9 }, 'num_hidden_layers is 1000000000, not a whole number from 1 to 65536'],
  [{ ...given, qkv_bias: 1 }, 'qkv_bias is 1, not true or false'],
])('refuses %o', (json, why) => {
  expect(() => parseAstConfig(json, 'a.json')).toThrow(`a.json: ${why}`);
});

it.each(Object.entries(AST_PRESETS))('the preset %s is possible', (name, config) => {
  checkEncoderConfig(config, name);
  expect(gridOf(config).numMels).toBe({ base: 12, tiny: 8, nano: 4 }[name]);
});
