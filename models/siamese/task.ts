/** The siamese network as training sees it. */
import type { Tensor1D, Tensor3D } from '@tensorflow/tfjs-core';
import type { TrainingTask } from '../training/task.ts';
import { checkSiameseConfig, type SiameseConfig } from './config.ts';
import { siameseLoss } from './loss.ts';
import { siameseShapes } from './names.ts';
import { siameseForward } from './siamese.ts';

export type SiameseInput = {
  /** Normalised log-mel energies: samples, frames, mel bins. */
  readonly x_BTF: Tensor3D;
};

/** Pairs: the first half of the sounds are the first of each, see pairs.ts. Only whole: its loss is no sum over parts. */
export type SiameseBatch = SiameseInput & { readonly target_B: Tensor1D };

/**
 * Predicts score_B, in the target's units.
 *
 * @throws ChartlifeError InvalidInput where no network has this configuration
 */
export function siameseTask(config: SiameseConfig): TrainingTask<SiameseInput, SiameseBatch, Tensor1D> {
  checkSiameseConfig(config);
  return {
    shapes: siameseShapes(config),
    lossOf: (parameters, { x_BTF, target_B }, key) =>
      siameseLoss(siameseForward(parameters, config, x_BTF, key), target_B, config.loss),
    predict: (parameters, { x_BTF }) => siameseForward(parameters, config, x_BTF),
  };
}
