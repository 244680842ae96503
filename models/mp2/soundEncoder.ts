/** What turns a spectrogram into a vector, whichever network it is: MP2 puts two outputs on it, MP3 a decoder. */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { astLogits, astPool } from '../ast/ast.ts';
import type { AstConfig, PatchGrid } from '../ast/config.ts';
import type { Randomness } from '../ast/disturb.ts';
import type { LayerOptions } from '../ast/layers.ts';
import { astShapes, isAstHead } from '../ast/names.ts';
import type { ParameterShapes, Parameters } from '../parameters.ts';
import { vitEncode, vitTargets } from './vit.ts';
import { isVitHead, type VitConfig, vitShapes } from './vitNames.ts';

export interface SoundEncoder {
  /** Of the spectrograms that it takes. */
  readonly grid: Pick<PatchGrid, 'numFrames' | 'numMelBins'>;
  /** E: the vector's length. */
  readonly size: number;
  /** Of the encoder alone: what MP3 takes over from MP2. */
  readonly shapes: ParameterShapes;
  /** Of the map from the vector to MP2's two targets. */
  readonly headShapes: ParameterShapes;
  /**
   * @param x_BTF normalised log-mel energies: samples, frames, mel bins
   * @param randomness of training; undefined draws nothing: evaluation
   * @returns vector_BE
   * @throws ChartlifeError InvalidInput where the spectrograms have other sizes, or a parameter is missing
   */
  encode(parameters: Parameters, x_BTF: Tensor3D, randomness: Randomness | undefined): Tensor2D;
  /** @returns targets_B2, see MP2_TARGETS */
  predictTargets(parameters: Parameters, vector_BE: Tensor2D): Tensor2D;
}

export type EncoderMemory = Pick<LayerOptions, 'recomputesLayers'>;

/** Both of MP2's: see MP2_TARGETS. */
const NUM_TARGETS = 2;

/** An AST; its labels are MP2's targets, whatever their number was, so that its files are an AST's with two labels. */
export function astEncoder(sizes: Omit<AstConfig, 'numLabels'>, memory: EncoderMemory = {}): SoundEncoder {
  const config = { ...sizes, numLabels: NUM_TARGETS };
  return {
    grid: config,
    size: config.hiddenSize,
    ...split(astShapes(config), isAstHead),
    encode: (parameters, x_BTF, randomness) => astPool(parameters, config, x_BTF, { randomness, ...memory }),
    predictTargets: (parameters, vector_BE) => astLogits(parameters, config, vector_BE),
  };
}

/** The original's: timm's vision transformer, for weights that the original has trained. */
export function vitEncoder(sizes: Omit<VitConfig, 'numTargets'>, memory: EncoderMemory = {}): SoundEncoder {
  const config = { ...sizes, numTargets: NUM_TARGETS };
  return {
    grid: config,
    size: config.numFeatures,
    ...split(vitShapes(config), isVitHead),
    encode: (parameters, x_BTF, randomness) =>
      vitEncode(parameters, config, x_BTF, { randomness, ...memory }).features_BE,
    predictTargets: vitTargets,
  };
}

function split(all: ParameterShapes, isHead: (name: string) => boolean): Pick<SoundEncoder, 'shapes' | 'headShapes'> {
  const where = (keep: (name: string) => boolean): ParameterShapes =>
    Object.fromEntries(Object.entries(all).filter(([name]) => keep(name)));
  return { shapes: where((name) => !isHead(name)), headShapes: where(isHead) };
}
