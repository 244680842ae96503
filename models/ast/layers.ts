/** The layers of a transformer encoder one after the other, whatever its parameters are called. */
import { reshape, type Tensor2D, type Tensor3D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { Parameters } from '../parameters.ts';
import { recompute } from '../training/recompute.ts';
import { type BlockParameters, encoderBlock } from './block.ts';
import type { EncoderConfig } from './config.ts';
import { disturbBranch, disturbEmbeddings, type Randomness } from './disturb.ts';

/** Sees what lies within the encoder; it costs nothing where it is not given. */
export interface LayerWatch {
  readonly onAttention?: (layer: number, shares_BHQN: Tensor4D) => void;
  /** The tokens after a layer, before the last normalisation. */
  readonly onHidden?: (layer: number, hidden_BND: Tensor3D) => void;
}

export interface LayerOptions {
  /** For training; without it nothing is drawn. */
  readonly randomness?: Randomness | undefined;
  /** Keeps of each layer its input alone, and computes the rest again for the gradient: the same bits, less memory. */
  readonly recomputesLayers?: boolean | undefined;
  readonly watch?: LayerWatch | undefined;
}

/** Where an encoder's layers are among its parameters. */
export interface LayerNaming {
  /** What the names of a layer's parameters begin with. */
  readonly prefixOf: (layer: number) => string;
  readonly blockOf: (parameters: Parameters, layer: number) => BlockParameters;
}

export interface LayerSizes extends Pick<EncoderConfig, 'numLayers' | 'numHeads' | 'epsilon'> {
  /** B. */
  readonly numSamples: number;
  /** How many tokens of each sample leave the last layer; undefined for all. */
  readonly numQueries?: number | undefined;
}

/** @param embeddings_MD M = B · N tokens */
export function encoderLayers(
  embeddings_MD: Tensor2D,
  parameters: Parameters,
  { prefixOf, blockOf }: LayerNaming,
  { numLayers, numHeads, epsilon, numSamples, numQueries }: LayerSizes,
  { randomness, recomputesLayers = false, watch = {} }: LayerOptions,
): Tensor2D {
  const { onAttention, onHidden } = watch;
  let x_MD = randomness ? disturbEmbeddings(embeddings_MD, randomness) : embeddings_MD;
  for (let layer = 0; layer < numLayers; layer++) {
    const run = (named: Parameters, rows_MD: Tensor2D): Tensor2D =>
      encoderBlock(rows_MD, blockOf(named, layer), {
        numSamples,
        numHeads,
        epsilon,
        numQueries: layer === numLayers - 1 ? numQueries : undefined,
        disturb:
          randomness &&
          ((rows_RD, branch) => disturbBranch(rows_RD, randomness, { layer, numLayers, branch, numSamples })),
        onAttention: onAttention && ((shares_BHQN) => onAttention(layer, shares_BHQN)),
      });
    const before_MD = x_MD;
    if (recomputesLayers) x_MD = recompute(run, below(parameters, prefixOf(layer)), before_MD);
    // Run op by op, a layer's own tensors end with it: gigabytes at the base size. A gradient keeps what it needs.
    else x_MD = onAttention === undefined ? tidy(() => run(parameters, before_MD)) : run(parameters, before_MD);
    onHidden?.(layer, reshape(x_MD, [numSamples, x_MD.shape[0] / numSamples, x_MD.shape[1]]));
  }
  return x_MD;
}

function below(parameters: Parameters, prefix: string): Parameters {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => name.startsWith(prefix)));
}
