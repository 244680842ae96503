/** Recipes: each preset holds together, changes are typed, one hash for one meaning. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AST_PREFIX } from '../../../models/ast/names.ts';
import { recipePaths, withChanges } from '../../../models/recipes/changes.ts';
import { checkRecipe } from '../../../models/recipes/checkRecipe.ts';
import { layerOfParameter, mp2TaskOf, mp3TaskOf, trainerSettingsOf } from '../../../models/recipes/networks.ts';
import { RECIPES, type RecipeName } from '../../../models/recipes/presets.ts';
import type { Recipe } from '../../../models/recipes/recipe.ts';
import { canonicalJson } from '../../../runtime/canonicalJson.ts';

const NAMES = Object.keys(RECIPES) as RecipeName[];
const nano: Recipe = RECIPES.nano;

describe.each(NAMES)('%s', (name) => {
  const recipe: Recipe = RECIPES[name];

  it('is possible, and called so', () => {
    checkRecipe(recipe);
    expect(recipe.name).toBe(name);
  });

  it('begins MP3 with all that MP2 knows of sound', () => {
    const [mp2, mp3] = [mp2TaskOf(recipe).shapes, mp3TaskOf(recipe, 72).shapes];
    const shared = Object.keys(mp2).filter((parameter) => Object.hasOwn(mp3, parameter));
    expect(shared.length).toBeGreaterThan(Object.keys(mp2).length - 5);
    for (const parameter of shared) expect(mp3[parameter]).toEqual(mp2[parameter]);
  });

  it('gives each parameter a layer, from the embeddings to the head', () => {
    const { numLayers } = recipe.encoder;
    const layers = Object.keys(mp3TaskOf(recipe, 72).shapes).map((parameter) => layerOfParameter(parameter, numLayers));
    expect(new Set(layers)).toEqual(new Set(Array.from({ length: numLayers + 2 }, (_, layer) => layer)));
    const scale = trainerSettingsOf(recipe, recipe.mp3, 1).adamW.learningRateScale;
    expect(scale('decoder.heads.on_chart.weight')).toBe(1);
    expect(scale(`${AST_PREFIX}embeddings.cls_token`)).toBe(recipe.mp3.layerDecay ** (numLayers + 1));
  });
});

describe('a change', () => {
  it.each([
    ['mp2.numSteps=400', (recipe: Recipe) => recipe.mp2.numSteps, 400],
    ['mp3.averageDecay=null', (recipe: Recipe) => recipe.mp3.averageDecay, null],
    ['features.window=povey', (recipe: Recipe) => recipe.features.window, 'povey'],
    ['regions.weights.us=4', (recipe: Recipe) => recipe.regions.weights.us, 4],
    [
      'split.keepsArtistsTogether=false',
      (recipe: Recipe) => recipe.split,
      { ...nano.split, keepsArtistsTogether: false },
    ],
  ])('%s is made', (change, pick, expected) => {
    expect(pick(withChanges(nano, [change]))).toEqual(expected);
  });

  it('leaves the preset and all else as they are', () => {
    const before = canonicalJson(nano);
    const changed = withChanges(nano, ['mp2.numSteps=400', 'mp2.numSteps=500']);
    expect(canonicalJson(nano)).toBe(before);
    expect(changed).toEqual({ ...nano, mp2: { ...nano.mp2, numSteps: 500 } });
  });

  it.each([
    ['mp2.numSteps', '"mp2.numSteps" has no value'],
    ['=3', '"=3" has no value'],
    ['mp2.steps=3', 'the recipe has no mp2.steps'],
    ['mp2.numSteps.x=3', 'numSteps has no parts'],
    ['mp2.numSteps=many', 'numSteps is 300; "many" is of another type'],
    ['mp2.constructor=3', 'the recipe has no mp2.constructor'],
    ['__proto__.x=3', 'the recipe has no __proto__.x'],
    ['regions.weights.us=much', 'the recipe has no regions.weights.us'],
    ['mp2=3', 'mp2 is'],
  ])('%s is refused', (change, message) => {
    expect(() => withChanges(nano, [change])).toThrow(
      expect.objectContaining({ type: 'InvalidInput', message: expect.stringContaining(message) }),
    );
  });

  it('of every path to its own value changes nothing', () => {
    const at = (value: unknown, path: string): unknown =>
      path.split('.').reduce((inner, name) => (inner as Record<string, unknown>)[name], value);
    for (const path of recipePaths(nano)) {
      expect(withChanges(nano, [`${path}=${JSON.stringify(at(nano, path))}`])).toEqual(nano);
    }
    expect(recipePaths(nano)).toContain('mp3.lossWeights.onChart');
  });
});

describe('what is impossible is refused by its path', () => {
  it.each([
    ['split.testShare=0.9', 'split.testShare is 0.9'],
    ['split.embargoDays=-1', 'split.embargoDays is -1'],
    ['regions.otherWeight=-1', 'regions.otherWeight is -1'],
    ['mp2.batchSize=0', 'mp2.batchSize is 0'],
    ['mp2.numParts=3', "mp2.numParts is 3, not a divisor of the batch's size, 16"],
    ['mp3.peakLearningRate=0', 'mp3.peakLearningRate is 0'],
    ['mp3.averageDecay=1', 'mp3.averageDecay is 1'],
    ['encoder.numHeads=3', 'encoder: a hidden size of 64 has no 3 equal heads'],
    ['encoder.numLayers=0', 'encoder.numLayers is 0'],
    ['augment.numFrames=100', "augment.numFrames is 100, not the encoder's, 1024"],
    ['decoder.numHeads=5', "MP3's numHeads is 5"],
    ['mp3.hiddenShare=1.5', 'mp3.hiddenShare is 1.5'],
  ])('%s', (change, message) => {
    expect(() => checkRecipe(withChanges(nano, [change]))).toThrow(message);
  });
});

it('canonical JSON is the same whatever the order of keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
      const reversed = Object.fromEntries(Object.entries(record).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(record));
      expect(JSON.parse(canonicalJson(record))).toEqual(JSON.parse(JSON.stringify(record)));
    }),
  );
});
