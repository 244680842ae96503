/**
 * The original's MP2: timm's vision transformer (Dosovitskiy et al. 2021, arXiv 2010.11929) on patches without overlap, the
 * mean of the patch tokens, a head, and a linear map to the two targets. For weights that the original has trained.
 */
import { mean, reshape, slice, type Tensor1D, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { BlockParameters } from '../ast/block.ts';
import { embedPatches } from '../ast/embed.ts';
import { encoderLayers, type LayerOptions } from '../ast/layers.ts';
import type { LinearParameters } from '../ast/linearParameters.ts';
import { linearOf, normOf } from '../ast/parts.ts';
import { layerNorm } from '../ops/layerNorm.ts';
import { linear } from '../ops/linear.ts';
import { type Parameters, parameter } from '../parameters.ts';
import { VIT_NAMES, type VitConfig, vitLayerNames, vitLayerPrefix } from './vitNames.ts';

export interface VitEncoding {
  /** All tokens after the last layer. */
  readonly hidden_BND: Tensor3D;
  readonly features_BE: Tensor2D;
}

/**
 * @param x_BTF normalised log-mel energies: samples, frames, mel bins
 * @throws ChartlifeError InvalidInput where it has other sizes than the configuration, or a parameter is missing
 */
export function vitEncode(
  parameters: Parameters,
  config: VitConfig,
  x_BTF: Tensor3D,
  options: LayerOptions = {},
): VitEncoding {
  const { epsilon, hiddenSize: D } = config;
  const [B] = x_BTF.shape;
  const { patches, classToken, positions } = VIT_NAMES;
  const embeddings_MD = embedPatches(
    x_BTF,
    {
      weight: parameter(parameters, `${patches}.weight`),
      bias: parameter(parameters, `${patches}.bias`),
      prefixTokens: [parameter(parameters, classToken)],
      positions: parameter(parameters, positions),
    },
    config,
    'times outside',
  );
  const N = embeddings_MD.shape[0] / B;
  const naming = {
    prefixOf: vitLayerPrefix,
    blockOf: (named: Parameters, layer: number) => vitBlock(named, config, layer),
  };
  const x_MD = encoderLayers(embeddings_MD, parameters, naming, { ...config, numSamples: B }, options);
  const hidden_BND: Tensor3D = reshape(x_MD, [B, N, D]);
  const pooled_BD = mean(slice(hidden_BND, [0, 1, 0], [B, N - 1, D]), 1) as Tensor2D;
  const { gain, shift } = normOf(parameters, VIT_NAMES.norm);
  const head = linearOf(parameters, VIT_NAMES.features);
  return { hidden_BND, features_BE: linear(layerNorm(pooled_BD, gain, shift, epsilon), head.weight, head.bias) };
}

/** One number per target. */
export function vitTargets(parameters: Parameters, features_BE: Tensor2D): Tensor2D {
  const { weight, bias } = linearOf(parameters, VIT_NAMES.targets);
  return linear(features_BE, weight, bias);
}

function vitBlock(parameters: Parameters, { hasQkvBias }: VitConfig, layer: number): BlockParameters {
  const names = vitLayerNames(layer);
  const qkv = linearOf(parameters, names.qkv, hasQkvBias);
  return {
    normBefore: normOf(parameters, names.normBefore),
    query: third(qkv, 0),
    key: third(qkv, 1),
    value: third(qkv, 2),
    output: linearOf(parameters, names.output),
    normAfter: normOf(parameters, names.normAfter),
    up: linearOf(parameters, names.up),
    down: linearOf(parameters, names.down),
  };
}

function third({ weight, bias }: LinearParameters, index: 0 | 1 | 2): LinearParameters {
  const D = weight.shape[1];
  return {
    weight: slice(weight, [index * D, 0], [D, D]),
    bias: bias === null ? null : (slice(bias, [index * D], [D]) as Tensor1D),
  };
}
