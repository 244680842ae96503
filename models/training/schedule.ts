/** Learning rates as pure functions of the step and of the parameter's name. */

export interface WarmupCosine {
  /** Steps before the peak is reached. */
  readonly warmupSteps: number;
  /** Steps of the whole run; from here on the rate is the final one. */
  readonly numSteps: number;
  readonly peakLearningRate: number;
  /** Default 0. */
  readonly finalLearningRate?: number;
}

/**
 * Linear warm-up, then half a cosine down (Loshchilov and Hutter 2017, arXiv 1608.03983, without restarts). The first step
 * has peak / (warmupSteps + 1), not 0, so it is not wasted; step `warmupSteps` has the peak.
 *
 * @param step from 0
 */
export function learningRateAt(schedule: WarmupCosine, step: number): number {
  const { warmupSteps, numSteps, peakLearningRate, finalLearningRate = 0 } = schedule;
  if (step >= numSteps) return finalLearningRate;
  if (step < warmupSteps) return (peakLearningRate * (step + 1)) / (warmupSteps + 1);
  const progress = (step - warmupSteps) / (numSteps - warmupSteps);
  return finalLearningRate + (peakLearningRate - finalLearningRate) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

export interface LayerWiseDecay {
  /** Factor per layer on the way down from the head; 1 is one rate for all. */
  readonly decay: number;
  /** The number of blocks: layer 0 is the embeddings, 1 to numLayers the blocks, numLayers + 1 the head. */
  readonly numLayers: number;
  readonly layerOf: (name: string) => number;
}

/**
 * decay^(numLayers + 1 - layer): the head learns at the full rate, what lies deeper more slowly (Clark et al. 2020, arXiv
 * 2003.10555; the numbering of Bao et al. 2022, arXiv 2106.08254).
 *
 * @returns the factor of a parameter's learning rate, by its name
 */
export function layerWiseScale({ decay, numLayers, layerOf }: LayerWiseDecay): (name: string) => number {
  return (name) => {
    const layer = layerOf(name);
    if (Number.isInteger(layer) && layer >= 0 && layer <= numLayers + 1) return decay ** (numLayers + 1 - layer);
    throw new RangeError(`layer ${layer} of ${name} is not a whole number from 0 to ${numLayers + 1}`);
  };
}
