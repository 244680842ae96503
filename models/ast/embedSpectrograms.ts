/** A file of weights and plain numbers in, plain numbers out: for whoever knows no tensors. */
import { setImmediate as turn } from 'node:timers/promises';
import { type Tensor2D, type Tensor3D, tensor3d } from '@tensorflow/tfjs-core';
import { compile } from '../compile/compile.ts';
import { disposeTree } from '../compile/tree.ts';
import { disposeParameters, type Parameters } from '../parameters.ts';
import { loadParameters } from '../weights/tensors.ts';
import { astLogits, astPool } from './ast.ts';
import type { AstConfig } from './config.ts';
import { astShapes, toHubName } from './names.ts';

export interface EmbedRequest {
  /** safetensors with the hub's names, or with those of transformers 5. */
  readonly weightsPath: string;
  readonly config: AstConfig;
  /** Normalised log-mel energies: sample by sample, frame by frame. */
  readonly values: Float32Array;
  readonly numSamples: number;
  /** Gets how many samples are done. */
  readonly onDone?: (numDone: number) => void;
}

export interface SpectrogramEmbeddings {
  /** The pooled vector of each sample, one after the other. */
  readonly pooler: Float32Array;
  readonly logits: Float32Array;
}

type EmbedInput = { readonly parameters: Parameters; readonly x_BTF: Tensor3D };
type Embedding = { readonly pooled_BD: Tensor2D; readonly logits_BL: Tensor2D };

/** Computed together: more take more memory and little less time. */
const BATCH_SIZE = 4;

/** @throws ChartlifeError InvalidInput where the weights are damaged or do not fit the configuration */
export async function embedSpectrograms(request: EmbedRequest): Promise<SpectrogramEmbeddings> {
  const { weightsPath, config, values, numSamples, onDone } = request;
  const { numFrames, numMelBins, hiddenSize, numLabels } = config;
  const pooler = new Float32Array(numSamples * hiddenSize);
  const logits = new Float32Array(numSamples * numLabels);
  const parameters = await loadParameters(weightsPath, astShapes(config), toHubName);
  const embed = compile((input: EmbedInput) => embedded(config, input));
  try {
    for (let first = 0; first < numSamples; first += BATCH_SIZE) {
      const end = Math.min(first + BATCH_SIZE, numSamples);
      const own = values.subarray(first * numFrames * numMelBins, end * numFrames * numMelBins);
      const x_BTF = tensor3d(own, [end - first, numFrames, numMelBins]);
      const { pooled_BD, logits_BL } = embed({ parameters, x_BTF });
      pooler.set(pooled_BD.dataSync(), first * hiddenSize);
      logits.set(logits_BL.dataSync(), first * numLabels);
      disposeTree([x_BTF, pooled_BD, logits_BL]);
      onDone?.(end);
      await turn();
    }
  } finally {
    embed.dispose();
    disposeParameters(parameters);
  }
  return { pooler, logits };
}

function embedded(config: AstConfig, { parameters, x_BTF }: EmbedInput): Embedding {
  const pooled_BD = astPool(parameters, config, x_BTF);
  return { pooled_BD, logits_BL: astLogits(parameters, config, pooled_BD) };
}
