/** Names, shapes and sizes of the named models. */
import { describe, expect, it } from 'vitest';
import { NUM_AST_PREFIX_TOKENS } from '../../../models/ast/config.ts';
import { encoderCost, encoderSizes } from '../../../models/ast/cost.ts';
import { astShapes, toHubName } from '../../../models/ast/names.ts';
import { AST_PRESETS } from '../../../models/ast/presets.ts';
import { checkParameters, countParameters, type ParameterShapes } from '../../../models/parameters.ts';
import { goldenJson } from './golden.ts';

const NO_OVERLAP = { numFrames: 2800, frameStride: 16, melStride: 16 };
const full = goldenJson('ast_base_parameter_shapes.json') as { total_parameters: number; parameters: ParameterShapes };
const shaped = (shapes: ParameterShapes): Map<string, { shape: readonly number[] }> =>
  new Map(Object.entries(shapes).map(([name, shape]) => [name, { shape }]));

describe('the full AST', () => {
  const base = astShapes(AST_PRESETS.base);

  it('has the 203 names and shapes of the hub', () => {
    expect(Object.entries(base)).toHaveLength(203);
    expect(base).toEqual(full.parameters);
    expect(countParameters(base)).toBe(full.total_parameters);
    checkParameters(shaped(full.parameters), base, 'the hub');
  });

  it('is refused with every missing, extra and misshapen one named', () => {
    const given: Record<string, readonly number[]> = { ...full.parameters, 'classifier.extra': [3] };
    Reflect.deleteProperty(given, 'classifier.dense.bias');
    const bent = { ...given, 'audio_spectrogram_transformer.layernorm.weight': [767] };
    expect(() => checkParameters(shaped(bent), base, 'weights.safetensors')).toThrow(
      'weights.safetensors does not fit the model: misshapen audio_spectrogram_transformer.layernorm.weight: [767], ' +
        'expected [768]; missing classifier.dense.bias [527]; extra classifier.extra [3]',
    );
  });

  it('says how many faults it does not name', () => {
    expect(() => checkParameters(new Map(), base, 'nothing')).toThrow(/; and 183 more$/);
  });
});

it('knows the names of transformers 5', () => {
  const layer = 'audio_spectrogram_transformer.layers.11.';
  expect(toHubName(`${layer}attention.q_proj.weight`)).toBe(
    'audio_spectrogram_transformer.encoder.layer.11.attention.attention.query.weight',
  );
  expect(toHubName(`${layer}mlp.fc2.bias`)).toBe('audio_spectrogram_transformer.encoder.layer.11.output.dense.bias');
  for (const name of ['classifier.dense.bias', `${layer}mlp.fc3.bias`, `${layer}constructor.bias`]) {
    expect(toHubName(name)).toBe(name);
  }
});

/** The arithmetic of the project's research notes, which leave the patches' embedding out. */
describe('the layers cost', () => {
  it.each([
    ['base, 10 s', AST_PRESETS.base, NUM_AST_PREFIX_TOKENS, 1214, 130],
    ['base, 28 s', { ...AST_PRESETS.base, numFrames: 2800 }, NUM_AST_PREFIX_TOKENS, 3350, 491],
    ['base, 28 s, no overlap', { ...AST_PRESETS.base, ...NO_OVERLAP }, NUM_AST_PREFIX_TOKENS, 1402, 155],
    ["the original's tiny", AST_PRESETS.tiny, 1, 1401, 16.5],
  ])('%s', (_name, config, numPrefixTokens, numTokens, gigaMacs) => {
    const cost = encoderCost(encoderSizes(config, numPrefixTokens));
    expect(cost.numTokens).toBe(numTokens);
    expect(Math.abs((config.numLayers * cost.layerMacs) / 1e9 / gigaMacs - 1)).toBeLessThan(0.005);
    expect(cost.totalMacs - config.numLayers * cost.layerMacs).toBe(cost.patchMacs);
  });
});
