/** The models that a recipe describes. */
import { AST_PREFIX } from '../ast/names.ts';
import { type Mp2Options, mp2Task } from '../mp2/mp2.ts';
import { astEncoder, type SoundEncoder, vitEncoder } from '../mp2/soundEncoder.ts';
import type { Mp3Config } from '../mp3/config.ts';
import { type Mp3Options, mp3Task } from '../mp3/task.ts';
import { DEFAULT_ADAMW_OPTIONS } from '../training/adamW.ts';
import { layerWiseScale } from '../training/schedule.ts';
import type { TrainerSettings } from '../training/trainer.ts';
import type { Recipe, StageRecipe } from './recipe.ts';

export function encoderOf({ encoder, recomputesLayers }: Pick<Recipe, 'encoder' | 'recomputesLayers'>): SoundEncoder {
  const memory = { recomputesLayers };
  return encoder.kind === 'ast' ? astEncoder(encoder, memory) : vitEncoder(encoder, memory);
}

export function mp2TaskOf(recipe: Recipe): ReturnType<typeof mp2Task> {
  const { dropoutRate, dropPathRate } = recipe.mp2;
  return mp2Task({ encoder: encoderOf(recipe), dropoutRate, dropPathRate } satisfies Mp2Options);
}

/** @param numRegions of the data set: a region's number in it is its row in the embedding */
export function decoderConfigOf(recipe: Recipe, numRegions: number): Mp3Config {
  return { ...recipe.decoder, encoderSize: encoderOf(recipe).size, numRegions, numExtrinsic: 0 };
}

/** @param numRegions see {@link decoderConfigOf} */
export function mp3TaskOf(recipe: Recipe, numRegions: number): ReturnType<typeof mp3Task> {
  const { dropoutRate, dropPathRate, lossWeights, hiddenShare } = recipe.mp3;
  return mp3Task({
    encoder: encoderOf(recipe),
    decoder: decoderConfigOf(recipe, numRegions),
    lossWeights,
    hiddenShare,
    dropoutRate,
    dropPathRate,
  } satisfies Mp3Options);
}

/** @param seed of the run */
export function trainerSettingsOf({ encoder }: Recipe, stage: StageRecipe, seed: number): TrainerSettings {
  const { numSteps, warmupShare, peakLearningRate, weightDecay, maxGradientNorm, averageDecay, layerDecay } = stage;
  const { numLayers } = encoder;
  return {
    seed,
    schedule: { numSteps, warmupSteps: Math.round(numSteps * warmupShare), peakLearningRate },
    adamW: {
      ...DEFAULT_ADAMW_OPTIONS,
      weightDecay,
      learningRateScale: layerWiseScale({
        decay: layerDecay,
        numLayers,
        layerOf: (name) => layerOfParameter(name, numLayers),
      }),
    },
    maxGradientNorm,
    averageDecay,
  };
}

const BLOCK = /\.(?:encoder\.layer|blocks)\.(\d+)\./;

/** 0 the embeddings, 1 to numLayers the blocks, numLayers + 1 all that stands on the encoder. */
export function layerOfParameter(name: string, numLayers: number): number {
  if (!(name.startsWith(AST_PREFIX) || name.startsWith('encoder.vit.'))) return numLayers + 1;
  const [, block] = BLOCK.exec(name) ?? [];
  if (block !== undefined) return Number(block) + 1;
  return /embed|token|patch/.test(name) ? 0 : numLayers + 1;
}
