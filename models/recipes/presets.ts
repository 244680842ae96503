/** The recipes that have a name. */
import type { AugmentSettings } from '../../contracts/features.ts';
import { AST_PRESETS } from '../ast/presets.ts';
import type { Recipe, StageRecipe } from './recipe.ts';

/** The floor of a log-mel energy: what a masked cell holds, as in silence. */
const SILENCE = Math.log(1.1920928955078125e-7);

const AUGMENT = {
  maxGainDb: 7,
  gainOf: 'signal-power',
  maxRollFrames: 256,
  maxMelBinMaskShare: 0.2,
  maxFrameMaskShare: 0.2,
  fillValue: SILENCE,
} as const satisfies Omit<AugmentSettings, 'numFrames'>;

const STAGE: StageRecipe = {
  numSteps: 20_000,
  batchSize: 16,
  numParts: 1,
  peakLearningRate: 1e-4,
  warmupShare: 0.05,
  weightDecay: 0.05,
  maxGradientNorm: 1,
  averageDecay: 0.999,
  layerDecay: 1,
  dropoutRate: 0.1,
  dropPathRate: 0.1,
};

const DECODER: Recipe['decoder'] = {
  numWeeks: 104,
  hiddenSize: 192,
  numLayers: 4,
  numHeads: 3,
  mlpSize: 768,
  head: { kind: 'hurdle-quantile', quantileLevels: [0.1, 0.25, 0.5, 0.75, 0.9] },
  epsilon: 1e-6,
  dropoutRate: 0.1,
};

/** The forecast of a new entry, from one week or a few, is what is asked of it. */
const MP3_LOSS = { lossWeights: { onChart: 1, quantiles: 1 }, hiddenShare: 0.75 } as const;

const COMMON = {
  features: { window: 'hanning', channels: 'mean' },
  trajectories: 'daily',
  split: {
    kind: 'debut-date',
    validationShare: 0.15,
    testShare: 0.15,
    embargoDays: 7,
    keepsArtistsTogether: true,
    fold: 0,
  },
  sumWeeks: 104,
  regions: { weights: {}, otherWeight: 1 },
  recomputesLayers: false,
  decoder: DECODER,
} as const;

/**
 * A quarter of a year. A sum reaches no further than the validation and the test part do: of three years of charts 15 % are
 * 24 and 23 weeks, of which 26, 52 or 104 are known of no track (`docs/how-to/train.md`).
 */
const QUARTER_WEEKS = 13;

function encoderOf(preset: keyof typeof AST_PRESETS): Recipe['encoder'] {
  const { numLabels: _, ...sizes } = AST_PRESETS[preset];
  return { kind: 'ast', ...sizes };
}

export const RECIPES = {
  /** The original's settings: timm's encoder, the left channel, its augmentation, loss and regions, and its leaky split. */
  original: {
    name: 'original',
    ...COMMON,
    features: { window: 'povey', channels: 'left' },
    split: { kind: 'random-leaky', validationShare: 0.15, testShare: 0.15, fold: 0 },
    regions: { weights: { us: 4, jp: 2, tw: 1 }, otherWeight: 0 },
    encoder: { ...encoderOf('tiny'), kind: 'vit', epsilon: 1e-6, numFeatures: 32 },
    decoder: { ...DECODER, head: { kind: 'point' } },
    augment: { ...AUGMENT, numFrames: 2_800, gainOf: 'log-values' },
    mp2: STAGE,
    mp3: { ...STAGE, lossWeights: { onChart: 1, quantiles: 1 }, hiddenShare: 0 },
  },
  'ast-tiny': {
    name: 'ast-tiny',
    ...COMMON,
    sumWeeks: QUARTER_WEEKS,
    encoder: encoderOf('tiny'),
    augment: { ...AUGMENT, numFrames: 2_800 },
    mp2: STAGE,
    mp3: { ...STAGE, layerDecay: 0.75, ...MP3_LOSS },
  },
  'ast-base': {
    name: 'ast-base',
    ...COMMON,
    sumWeeks: QUARTER_WEEKS,
    encoder: encoderOf('base'),
    recomputesLayers: true,
    augment: { ...AUGMENT, numFrames: 1_024 },
    mp2: { ...STAGE, numParts: 4, layerDecay: 0.75 },
    mp3: { ...STAGE, numParts: 4, layerDecay: 0.75, ...MP3_LOSS },
  },
  /** For tests and the demo: minutes on two cores. Its masks are small, as its steps are few. */
  nano: {
    name: 'nano',
    ...COMMON,
    sumWeeks: QUARTER_WEEKS,
    encoder: encoderOf('nano'),
    decoder: { ...DECODER, hiddenSize: 64, numLayers: 2, numHeads: 2, mlpSize: 256 },
    augment: { ...AUGMENT, numFrames: 1_024, maxMelBinMaskShare: 0.05, maxFrameMaskShare: 0.05 },
    mp2: { ...STAGE, numSteps: 300, peakLearningRate: 2e-3, averageDecay: 0.98, dropoutRate: 0, dropPathRate: 0 },
    mp3: {
      ...STAGE,
      numSteps: 300,
      peakLearningRate: 1e-3,
      averageDecay: 0.98,
      dropoutRate: 0,
      dropPathRate: 0,
      layerDecay: 0.75,
      ...MP3_LOSS,
    },
  },
} as const satisfies Readonly<Record<string, Recipe>>;

export type RecipeName = keyof typeof RECIPES;

export function isRecipeName(name: string): name is RecipeName {
  return Object.hasOwn(RECIPES, name);
}
