/**
 * MP2, Music Popularity Prediction: an AST whose classifier has two outputs, so that its weights are a hub-named file that
 * transformers loads as an AST with two labels, and a public AST's encoder is its encoder.
 */
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { type AstOptions, astLogits, astPool } from '../ast/ast.ts';
import type { AstConfig } from '../ast/config.ts';
import type { Parameters } from '../parameters.ts';

/** In the order of the outputs: log10 of a track's streams over its trajectory, and in its first week. Standardised. */
export const MP2_TARGETS = ['log10Sum', 'log10Debut'] as const;

/** An AST's sizes with MP2's outputs. Its parameters are those of `astShapes`. */
export function mp2Config(sizes: AstConfig): AstConfig {
  return { ...sizes, numLabels: MP2_TARGETS.length };
}

export interface Mp2Output {
  /** What is known of the sound: MP3 builds on it. */
  readonly pooled_BD: Tensor2D;
  /** {@link MP2_TARGETS}, in units of their standard deviation from their mean. */
  readonly targets_B2: Tensor2D;
}

/** @throws ChartlifeError InvalidInput where the spectrograms have other sizes than the configuration, or a parameter is missing */
export function mp2(parameters: Parameters, config: AstConfig, x_BTF: Tensor3D, options: AstOptions = {}): Mp2Output {
  const pooled_BD = astPool(parameters, config, x_BTF, options);
  return { pooled_BD, targets_B2: astLogits(parameters, config, pooled_BD) };
}
