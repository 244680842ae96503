/** What no type says of a recipe: values of closed lists, sizes that fit each other, shares, rates. */
import { SPLIT_KINDS, TRAJECTORY_SOURCES } from '../../contracts/dataset.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import { CHANNEL_POLICIES, FBANK_WINDOWS, GAIN_TARGETS } from '../../contracts/features.ts';
import { isAssignedRegion, tryParseRegion } from '../../contracts/regions.ts';
import { checkEncoderConfig } from '../ast/config.ts';
import { checkMp3Config, HEAD_KINDS } from '../mp3/config.ts';
import { ENCODER_KINDS, type Recipe, type StageRecipe } from './recipe.ts';

/** Ten years: beyond, no chart has days enough. */
const MAX_EMBARGO_DAYS = 3_650;

/** @throws ChartlifeError InvalidInput that names the path and the value */
export function checkRecipe(recipe: Recipe): void {
  requireFinite('', recipe);
  checkKinds(recipe);
  checkSplit(recipe.split);
  checkRegions(recipe.regions);
  checkEncoder(recipe.encoder);
  checkAugment(recipe);
  const { decoder, sumWeeks, mp2, mp3 } = recipe;
  requireWhole('sumWeeks', sumWeeks, 1);
  if (sumWeeks > decoder.numWeeks) {
    throw refused('sumWeeks', sumWeeks, `at most the decoder's weeks, ${decoder.numWeeks}`);
  }
  checkMp3Config({ ...decoder, encoderSize: 1, numRegions: 1, numExtrinsic: 0 });
  checkStage('mp2', mp2);
  checkStage('mp3', mp3);
  const { hiddenShare } = mp3;
  requireShare('mp3.hiddenShare', hiddenShare);
  if (hiddenShare > 0 && decoder.head.kind === 'point') {
    throw refused('mp3.hiddenShare', hiddenShare, '0: a point head feeds its forecasts back');
  }
  checkLossWeights(mp3.lossWeights);
}

/** Numbers are finite and nothing is null, but for averages that are turned off; a list has numbers alone. */
function requireFinite(path: string, value: unknown): void {
  if (Array.isArray(value)) {
    for (const inner of value) if (!Number.isFinite(inner)) throw refused(path, inner, 'a list of finite numbers');
  } else if (value === null) {
    if (!path.endsWith('.averageDecay')) throw refused(path, value, 'a value: it can’t be turned off by null');
  } else if (typeof value === 'object') {
    for (const [name, inner] of Object.entries(value)) requireFinite(path === '' ? name : `${path}.${name}`, inner);
  } else if (typeof value === 'number' && !Number.isFinite(value)) {
    throw refused(path, value, 'a finite number');
  }
}

function checkKinds({ features, trajectories, split, encoder, decoder, augment }: Recipe): void {
  requireOneOf('features.window', features.window, FBANK_WINDOWS);
  requireOneOf('features.channels', features.channels, CHANNEL_POLICIES);
  requireOneOf('trajectories', trajectories, TRAJECTORY_SOURCES);
  requireOneOf('split.kind', split.kind, SPLIT_KINDS);
  requireOneOf('encoder.kind', encoder.kind, ENCODER_KINDS);
  requireOneOf('decoder.head.kind', decoder.head.kind, HEAD_KINDS);
  requireOneOf('augment.gainOf', augment.gainOf, GAIN_TARGETS);
}

function checkSplit(split: Recipe['split']): void {
  for (const name of ['validationShare', 'testShare'] as const) {
    if (!(split[name] > 0 && split[name] < 1)) throw refused(`split.${name}`, split[name], 'a share between 0 and 1');
  }
  if (split.validationShare + split.testShare >= 1) {
    throw refused('split.testShare', split.testShare, 'a share that leaves something to train on');
  }
  requireWhole('split.fold', split.fold, 0);
  if (split.validationShare + (split.fold + 1) * split.testShare >= 1) {
    throw refused('split.fold', split.fold, 'one that leaves something to train on');
  }
  if (split.kind !== 'debut-date') return;
  requireWhole('split.embargoDays', split.embargoDays, 0);
  if (split.embargoDays > MAX_EMBARGO_DAYS) {
    throw refused('split.embargoDays', split.embargoDays, `at most ${MAX_EMBARGO_DAYS}`);
  }
}

function checkRegions({ weights, otherWeight }: Recipe['regions']): void {
  requireFromZero('regions.otherWeight', otherWeight);
  for (const [name, weight] of Object.entries(weights)) {
    requireRegion(name);
    requireFromZero(`regions.weights.${name}`, weight);
  }
}

/** Other ways to write a region, too: no track would ever be of it, yet the run would have another id. */
function requireRegion(name: string): void {
  const region = tryParseRegion(name);
  const isRegion = region !== null && isAssignedRegion(region);
  if (isRegion && region === name) return;
  throw new ChartlifeError('InvalidInput', `the recipe's regions.weights has "${name}", which is not a region's code`, {
    next: isRegion ? `Write ${region}.` : 'Give "global" or a two-letter country code, such as us.',
    details: { path: `regions.weights.${name}`, value: name },
  });
}

function checkEncoder(encoder: Recipe['encoder']): void {
  for (const name of ['numFrames', 'numMelBins', 'patchSize', 'frameStride', 'melStride', 'hiddenSize'] as const) {
    requireWhole(`encoder.${name}`, encoder[name], 1);
  }
  for (const name of ['numLayers', 'numHeads', 'mlpSize'] as const) requireWhole(`encoder.${name}`, encoder[name], 1);
  if (encoder.kind === 'vit') requireWhole('encoder.numFeatures', encoder.numFeatures, 1);
  requireAboveZero('encoder.epsilon', encoder.epsilon);
  checkEncoderConfig(encoder, 'encoder');
}

/** As the trainer's batches ask for it, before a run begins. */
function checkAugment({ augment, encoder }: Recipe): void {
  if (augment.numFrames !== encoder.numFrames) {
    throw refused('augment.numFrames', augment.numFrames, `the encoder's, ${encoder.numFrames}`);
  }
  for (const name of ['maxMelBinMaskShare', 'maxFrameMaskShare'] as const) {
    requireShare(`augment.${name}`, augment[name]);
  }
  requireFromZero('augment.maxGainDb', augment.maxGainDb);
  requireWhole('augment.maxRollFrames', augment.maxRollFrames, 0);
}

function checkLossWeights({ onChart, quantiles }: Recipe['mp3']['lossWeights']): void {
  requireFromZero('mp3.lossWeights.onChart', onChart);
  requireFromZero('mp3.lossWeights.quantiles', quantiles);
  if (onChart + quantiles === 0) throw refused('mp3.lossWeights', '0 and 0', 'above 0 in one of them');
}

function checkStage(name: string, stage: StageRecipe): void {
  for (const size of ['numSteps', 'batchSize', 'numParts'] as const) requireWhole(`${name}.${size}`, stage[size], 1);
  if (stage.batchSize % stage.numParts !== 0) {
    throw refused(`${name}.numParts`, stage.numParts, `a divisor of the batch's size, ${stage.batchSize}`);
  }
  for (const rate of ['peakLearningRate', 'maxGradientNorm', 'layerDecay'] as const) {
    requireAboveZero(`${name}.${rate}`, stage[rate]);
  }
  for (const rate of ['warmupShare', 'dropoutRate', 'dropPathRate', 'averageDecay'] as const) {
    const value = stage[rate] ?? 0;
    if (!(value >= 0 && value < 1)) throw refused(`${name}.${rate}`, value, 'a number from 0 below 1');
  }
  requireFromZero(`${name}.weightDecay`, stage.weightDecay);
}

function requireOneOf(path: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw refused(path, value, known.join(' or '));
}

function requireWhole(path: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) throw refused(path, value, `a whole number from ${least}`);
}

function requireFromZero(path: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0)) throw refused(path, value, 'a number from 0');
}

function requireAboveZero(path: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) throw refused(path, value, 'a number above 0');
}

function requireShare(path: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0 && value <= 1)) throw refused(path, value, 'a share from 0 to 1');
}

function refused(path: string, value: unknown, wanted: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `the recipe's ${path} is ${String(value)}, not ${wanted}`, {
    next: `Set ${path} to another value.`,
    details: { path, value: typeof value === 'number' ? value : String(value) },
  });
}
