/**
 * The Audio Spectrogram Transformer (Gong et al. 2021, arXiv 2104.01778) as pure functions of parameters, spectrogram and
 * random key. Call them in a `tf.tidy`, a gradient or a compiled step, which free what lies between.
 */
import { mean, reshape, slice, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { layerNorm } from '../ops/layerNorm.ts';
import { linear } from '../ops/linear.ts';
import { type Parameters, parameter } from '../parameters.ts';
import { type AstConfig, NUM_AST_PREFIX_TOKENS } from './config.ts';
import { embedPatches } from './embed.ts';
import { encoderLayers, type LayerOptions } from './layers.ts';
import { AST_NAMES, astLayerPrefix } from './names.ts';
import { astBlock, linearOf, normOf } from './parts.ts';

export interface AstEncoding {
  /** Patches, tokens and positions, before the first layer. */
  readonly embeddings_BND: Tensor3D;
  /** All tokens, normalised. */
  readonly lastHidden_BND: Tensor3D;
  /** The mean of the class and the distillation token, normalised. */
  readonly pooled_BD: Tensor2D;
}

/**
 * Every token of the encoder.
 *
 * @param x_BTF normalised log-mel energies: samples, frames, mel bins
 * @throws ChartlifeError InvalidInput where it has other sizes than the configuration, or a parameter is missing
 */
export function astEncode(
  parameters: Parameters,
  config: AstConfig,
  x_BTF: Tensor3D,
  options: LayerOptions = {},
): AstEncoding {
  const [B] = x_BTF.shape;
  const embeddings_MD = embed(parameters, config, x_BTF);
  const last_MD = runLayers(embeddings_MD, parameters, config, B, options, undefined);
  const lastHidden_BND = perSample(normLast(last_MD, parameters, config), B);
  const [, , D] = lastHidden_BND.shape;
  const pooled_BD = mean(slice(lastHidden_BND, [0, 0, 0], [B, NUM_AST_PREFIX_TOKENS, D]), 1) as Tensor2D;
  return { embeddings_BND: perSample(embeddings_MD, B), lastHidden_BND, pooled_BD };
}

/**
 * The same pooled_BD as {@link astEncode}'s, without what the last layer would compute for other tokens. With randomness
 * its last layer draws for fewer tokens, so other numbers of the same distribution.
 */
export function astPool(
  parameters: Parameters,
  config: AstConfig,
  x_BTF: Tensor3D,
  options: LayerOptions = {},
): Tensor2D {
  const [B] = x_BTF.shape;
  const embeddings_MD = embed(parameters, config, x_BTF);
  const last_RD = runLayers(embeddings_MD, parameters, config, B, options, NUM_AST_PREFIX_TOKENS);
  return mean(perSample(normLast(last_RD, parameters, config), B), 1);
}

/** The classifier on the pooled tokens: one number per label. */
export function astLogits(parameters: Parameters, config: AstConfig, pooled_BD: Tensor2D): Tensor2D {
  const { gain, shift } = normOf(parameters, AST_NAMES.classifierNorm);
  const { weight, bias } = linearOf(parameters, AST_NAMES.classifier);
  return linear(layerNorm(pooled_BD, gain, shift, config.epsilon), weight, bias);
}

function embed(parameters: Parameters, config: AstConfig, x_BTF: Tensor3D): Tensor2D {
  const { classToken, distillationToken, positions, patches } = AST_NAMES;
  return embedPatches(
    x_BTF,
    {
      weight: parameter(parameters, `${patches}.weight`),
      bias: parameter(parameters, `${patches}.bias`),
      prefixTokens: [parameter(parameters, classToken), parameter(parameters, distillationToken)],
      positions: parameter(parameters, positions),
    },
    config,
    'mels outside',
  );
}

function runLayers(
  embeddings_MD: Tensor2D,
  parameters: Parameters,
  config: AstConfig,
  numSamples: number,
  options: LayerOptions,
  numQueries: number | undefined,
): Tensor2D {
  const naming = {
    prefixOf: astLayerPrefix,
    blockOf: (named: Parameters, layer: number) => astBlock(named, config, layer),
  };
  return encoderLayers(embeddings_MD, parameters, naming, { ...config, numSamples, numQueries }, options);
}

function normLast(x_MD: Tensor2D, parameters: Parameters, { epsilon }: AstConfig): Tensor2D {
  const { gain, shift } = normOf(parameters, AST_NAMES.norm);
  return layerNorm(x_MD, gain, shift, epsilon);
}

function perSample<T extends Tensor>(x_MD: T, numSamples: number): Tensor3D {
  const [M = 0, D = 0] = x_MD.shape;
  return reshape(x_MD, [numSamples, M / numSamples, D]);
}
