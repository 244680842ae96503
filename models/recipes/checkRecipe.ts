/** What no type says of a recipe: sizes that fit each other, shares, rates. */
import { ChartlifeError } from '../../contracts/errors.ts';
import { checkEncoderConfig } from '../ast/config.ts';
import { checkMp3Config } from '../mp3/config.ts';
import type { Recipe, StageRecipe } from './recipe.ts';

/** @throws ChartlifeError InvalidInput that names the path and the value */
export function checkRecipe(recipe: Recipe): void {
  const { encoder, decoder, split, regions, augment } = recipe;
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
  if (split.kind === 'debut-date') {
    requireWhole('split.embargoDays', split.embargoDays, 0);
  }
  const weights = [...Object.entries(regions.weights), ['otherWeight', regions.otherWeight] as const];
  for (const [name, weight] of weights) {
    if (!(Number.isFinite(weight) && weight >= 0)) throw refused(`regions.${name}`, weight, 'a number from 0');
  }
  for (const name of ['numFrames', 'numMelBins', 'patchSize', 'frameStride', 'melStride', 'hiddenSize'] as const) {
    requireWhole(`encoder.${name}`, encoder[name], 1);
  }
  for (const name of ['numLayers', 'numHeads', 'mlpSize'] as const) requireWhole(`encoder.${name}`, encoder[name], 1);
  checkEncoderConfig(encoder, 'encoder');
  if (augment.numFrames !== encoder.numFrames) {
    throw refused('augment.numFrames', augment.numFrames, `the encoder's, ${encoder.numFrames}`);
  }
  requireWhole('sumWeeks', recipe.sumWeeks, 1);
  if (recipe.sumWeeks > decoder.numWeeks) {
    throw refused('sumWeeks', recipe.sumWeeks, `at most the decoder's weeks, ${decoder.numWeeks}`);
  }
  checkMp3Config({ ...decoder, encoderSize: 1, numRegions: 1, numExtrinsic: 0 });
  checkStage('mp2', recipe.mp2);
  checkStage('mp3', recipe.mp3);
  const { hiddenShare } = recipe.mp3;
  if (!(hiddenShare >= 0 && hiddenShare <= 1)) throw refused('mp3.hiddenShare', hiddenShare, 'a share from 0 to 1');
  if (hiddenShare > 0 && decoder.head.kind === 'point') {
    throw refused('mp3.hiddenShare', hiddenShare, '0: a point head feeds its forecasts back');
  }
}

function checkStage(name: string, stage: StageRecipe): void {
  for (const size of ['numSteps', 'batchSize', 'numParts'] as const) requireWhole(`${name}.${size}`, stage[size], 1);
  if (stage.batchSize % stage.numParts !== 0) {
    throw refused(`${name}.numParts`, stage.numParts, `a divisor of the batch's size, ${stage.batchSize}`);
  }
  for (const rate of ['peakLearningRate', 'maxGradientNorm', 'layerDecay'] as const) {
    if (!(Number.isFinite(stage[rate]) && stage[rate] > 0))
      throw refused(`${name}.${rate}`, stage[rate], 'a number above 0');
  }
  for (const rate of ['warmupShare', 'dropoutRate', 'dropPathRate', 'averageDecay'] as const) {
    const value = stage[rate] ?? 0;
    if (!(value >= 0 && value < 1)) throw refused(`${name}.${rate}`, value, 'a number from 0 below 1');
  }
  if (!(Number.isFinite(stage.weightDecay) && stage.weightDecay >= 0)) {
    throw refused(`${name}.weightDecay`, stage.weightDecay, 'a number from 0');
  }
}

function requireWhole(path: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) throw refused(path, value, `a whole number from ${least}`);
}

function refused(path: string, value: number, wanted: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `the recipe's ${path} is ${value}, not ${wanted}`, {
    next: `Set ${path} to another value.`,
    details: { path, value },
  });
}
