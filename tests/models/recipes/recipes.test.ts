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
    ['regions.weights.us=much', 'regions.weights.us is no number'],
    ['mp2=3', 'mp2 is'],
    ['name=ast-base', 'name is "nano", and can\'t become "ast-base"'],
    ['split.kind=random-leaky', 'split.kind is "debut-date", and can\'t become "random-leaky"'],
    ['split.kind=debutdate', 'split.kind is "debut-date", and can\'t become "debutdate"'],
    ['split.kind=random', 'split.kind is "debut-date"'],
    [
      'split={"kind":"random-leaky","validationShare":0.15,"testShare":0.15,"fold":0}',
      'the value of split lacks embargoDays, keepsArtistsTogether',
    ],
    [`split=${JSON.stringify({ ...nano.split, kind: 'random-leaky' })}`, 'split.kind is "debut-date"'],
    ['encoder.kind=vit', 'encoder.kind is "ast"'],
    ['encoder.kind=foo', 'encoder.kind is "ast"'],
    ['decoder.head.kind=foo', 'decoder.head.kind is "hurdle-quantile"'],
    ['decoder.head={}', 'the value of decoder.head lacks kind, quantileLevels'],
    ['features={}', 'the value of features lacks window, channels'],
    ['augment={"numFrames":1024}', 'the value of augment lacks maxGainDb'],
    ['mp3.lossWeights={}', 'the value of mp3.lossWeights lacks onChart, quantiles'],
    ['mp3.lossWeights={"onChart":1,"quantiles":1,"more":1}', 'has more, which mp3.lossWeights has not'],
    ['mp3.lossWeights.quantiles=null', 'mp3.lossWeights.quantiles is 1; null is of another type'],
    ['mp2.dropoutRate=null', 'mp2.dropoutRate is 0; null'],
    ['mp2.warmupShare=null', 'mp2.warmupShare is 0.05; null'],
    ['mp3.hiddenShare=null', 'mp3.hiddenShare is 0.75; null'],
    ['encoder.epsilon=null', 'encoder.epsilon is 1e-12; null'],
    ['augment.fillValue=null', 'augment.fillValue is -15.9'],
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

  it('replaces a whole record by one with the same names', () => {
    const features = { window: 'povey', channels: 'left' };
    expect(withChanges(nano, [`features=${JSON.stringify(features)}`]).features).toEqual(features);
    expect(withChanges(nano, ['regions.weights={"us":4,"jp":2}']).regions.weights).toEqual({ us: 4, jp: 2 });
    expect(withChanges(nano, ['regions.weights.us=4', 'regions.weights={}'])).toEqual(nano);
  });

  it('is refused beyond 2,000 bytes of all together, which are not said again', () => {
    const change = `mp2.numSteps=${'1'.repeat(487)}`;
    expect(() => withChanges(nano, [change, change, change, change])).not.toThrow();
    const refusal = {
      type: 'InvalidInput',
      message: 'the changes of --set are 2001 bytes long, more than 2000 together',
    };
    expect(() => withChanges(nano, [change, change, change, `${change}1`])).toThrow(expect.objectContaining(refusal));
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
    ['trajectories=monthly', 'trajectories is monthly, not daily or weekly or track'],
    ['features.window=foo', 'features.window is foo, not hanning or povey'],
    ['features.channels=right', 'features.channels is right, not mean or left'],
    ['augment.gainOf=foo', 'augment.gainOf is foo, not signal-power or log-values'],
    ['augment.maxMelBinMaskShare=2', 'augment.maxMelBinMaskShare is 2, not a share from 0 to 1'],
    ['augment.maxFrameMaskShare=-0.1', 'augment.maxFrameMaskShare is -0.1'],
    ['augment.maxGainDb=-5', 'augment.maxGainDb is -5, not a number from 0'],
    ['augment.maxRollFrames=0.5', 'augment.maxRollFrames is 0.5, not a whole number from 0'],
    ['augment.fillValue=-1e400', 'augment.fillValue is -Infinity, not a finite number'],
    ['regions.weights.usa=5', 'regions.weights has "usa"'],
    ['regions.weights.US=5', 'regions.weights has "US"'],
    ['regions.weights.UK=5', 'regions.weights has "UK"'],
    ['regions.weights.zz=5', 'regions.weights has "zz"'],
    ['regions.weights.__proto__=5', 'regions.weights has "__proto__"'],
    ['regions.weights={"us":"much"}', 'regions.weights.us is much, not a number from 0'],
    ['mp3.lossWeights.onChart=-1', 'mp3.lossWeights.onChart is -1, not a number from 0'],
    ['mp3.lossWeights={"onChart":0,"quantiles":0}', 'mp3.lossWeights is 0 and 0, not above 0 in one of them'],
    ['mp3.lossWeights.quantiles=1e400', 'mp3.lossWeights.quantiles is Infinity, not a finite number'],
    ['encoder.epsilon=-1', 'encoder.epsilon is -1, not a number above 0'],
    ['encoder.epsilon=0', 'encoder.epsilon is 0, not a number above 0'],
    ['split.embargoDays=1e9', 'split.embargoDays is 1000000000, not at most 3650'],
    ['decoder.head.quantileLevels=["0.5"]', 'decoder.head.quantileLevels is 0.5, not a list of finite numbers'],
    ['decoder.head.quantileLevels=[0.5,null]', 'decoder.head.quantileLevels is null, not a list of finite numbers'],
  ])('%s', (change, message) => {
    expect(() => checkRecipe(withChanges(nano, [change]))).toThrow(message);
  });
});

/** A run's recipe may be of another version: what it says must not pass as another thing. */
describe.each([
  ['split.kind', { split: { ...nano.split, kind: 'random' } }],
  ['encoder.kind', { encoder: { ...nano.encoder, kind: 'foo' } }],
  ['decoder.head.kind', { decoder: { ...nano.decoder, head: { kind: 'foo' } } }],
  ['mp2.dropoutRate', { mp2: { ...nano.mp2, dropoutRate: null } }],
  ['mp3.hiddenShare', { mp3: { ...nano.mp3, hiddenShare: null } }],
  ['mp3.lossWeights.onChart', { mp3: { ...nano.mp3, lossWeights: {} } }],
])('a recipe with another %s', (path, part) => {
  it('is refused', () => {
    expect(() => checkRecipe({ ...nano, ...part } as unknown as Recipe)).toThrow(
      expect.objectContaining({ type: 'InvalidInput', message: expect.stringContaining(`the recipe's ${path} is `) }),
    );
  });
});

it('a region written otherwise is refused with its code', () => {
  const weighed = (name: string) => () => checkRecipe(withChanges(nano, [`regions.weights.${name}=5`]));
  expect(weighed('UK')).toThrow(expect.objectContaining({ next: 'Write gb.' }));
  expect(weighed('zz')).toThrow(expect.objectContaining({ next: expect.stringContaining('two-letter') }));
  expect(weighed('gb')).not.toThrow();
});

it('an average can be turned off', () => {
  expect(() => checkRecipe(withChanges(nano, ['mp2.averageDecay=null', 'mp3.averageDecay=null']))).not.toThrow();
  expect(withChanges(nano, ['mp2.averageDecay=null', 'mp2.averageDecay=0.9']).mp2.averageDecay).toBe(0.9);
});

it.each([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN])(
  'canonical JSON has no %d: it would have the hash of null',
  (value) => {
    expect(() => canonicalJson({ weights: [1, value] })).toThrow(expect.objectContaining({ type: 'InvalidInput' }));
  },
);

it('canonical JSON is the same whatever the order of keys', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
      const reversed = Object.fromEntries(Object.entries(record).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(record));
      expect(JSON.parse(canonicalJson(record))).toEqual(JSON.parse(JSON.stringify(record)));
    }),
  );
});
