/** A file of weights and plain numbers in, plain numbers out: for whoever knows no tensors. */
import { setImmediate as turn } from 'node:timers/promises';
import { tensor3d, tidy } from '@tensorflow/tfjs-core';
import { disposeParameters } from '../parameters.ts';
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

/** Computed together: more take more memory and little less time. */
const BATCH_SIZE = 4;

/** @throws ChartlifeError InvalidInput where the weights are damaged or do not fit the configuration */
export async function embedSpectrograms(request: EmbedRequest): Promise<SpectrogramEmbeddings> {
  const { weightsPath, config, values, numSamples, onDone } = request;
  const { numFrames, numMelBins, hiddenSize, numLabels } = config;
  const pooler = new Float32Array(numSamples * hiddenSize);
  const logits = new Float32Array(numSamples * numLabels);
  const parameters = await loadParameters(weightsPath, astShapes(config), toHubName);
  try {
    for (let first = 0; first < numSamples; first += BATCH_SIZE) {
      const end = Math.min(first + BATCH_SIZE, numSamples);
      const own = values.subarray(first * numFrames * numMelBins, end * numFrames * numMelBins);
      tidy(() => {
        const pooled_BD = astPool(parameters, config, tensor3d(own, [end - first, numFrames, numMelBins]));
        pooler.set(pooled_BD.dataSync(), first * hiddenSize);
        logits.set(astLogits(parameters, config, pooled_BD).dataSync(), first * numLabels);
      });
      onDone?.(end);
      await turn();
    }
  } finally {
    disposeParameters(parameters);
  }
  return { pooler, logits };
}
