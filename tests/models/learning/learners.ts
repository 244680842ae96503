/** The networks that are put to the test, each with its way to draw tracks. */
import { reshape, tensor2d, tile } from '@tensorflow/tfjs-core';
import type { AstConfig } from '../../../models/ast/config.ts';
import { AST_PRESETS } from '../../../models/ast/presets.ts';
import { mp2Task } from '../../../models/mp2/mp2.ts';
import { astEncoder } from '../../../models/mp2/soundEncoder.ts';
import { SIAMESE_PRESETS, type SiameseConfig } from '../../../models/siamese/config.ts';
import { samplePairs, splitClasses } from '../../../models/siamese/pairs.ts';
import { siameseTask } from '../../../models/siamese/task.ts';
import { exampleAt } from '../../../models/training/order.ts';
import { type Scales, standardised, type Target } from './examples.ts';
import type { HeardTrack } from './hearTracks.ts';
import type { Learner } from './training.ts';

/** A third of a second a patch: as long as it takes to hear the distance of two hits. Two of nano's four layers. */
export const HEARING: AstConfig = {
  ...AST_PRESETS.nano,
  numMelBins: 32,
  patchSize: 32,
  frameStride: 16,
  melStride: 32,
  numLayers: 2,
};

/** MP2 as it is; its two outputs are tempo and energy here, with as much weight. */
export function mp2Learner(sizes: AstConfig): Learner {
  const { shapes, lossOf, predict } = mp2Task({ encoder: astEncoder(sizes), dropoutRate: 0, dropPathRate: 0 });
  return {
    targets: ['tempo', 'energy'],
    task: {
      shapes,
      lossOf(parameters, { x_BTF, y_BY }, key) {
        const weights_B2 = tile(tensor2d([[0.25, 1]]), [x_BTF.shape[0], 1]);
        return lossOf(parameters, { x_BTF, targets_B2: y_BY, weights_B2 }, key);
      },
      predict: (parameters, input) => predict(parameters, input).targets_B2,
    },
    numFrames: sizes.numFrames,
    numMelBins: sizes.numMelBins,
    draw: (tracks, _scales, { seed, batchSize, step }) =>
      Array.from(
        { length: batchSize },
        (_, place) => tracks[exampleAt(tracks.length, seed, step * batchSize + place)] as HeardTrack,
      ),
  };
}

export const SIAMESE_HEARING: SiameseConfig = { ...SIAMESE_PRESETS.plain, numMelBins: 32 };

/** Half of the tracks are the top class. */
const TOP_SHARE = 0.5;

/** One network per target: it gives one score. A batch is pairs of the better half and the rest. */
export function siameseLearner(config: SiameseConfig, target: Target, numFrames: number): Learner {
  const { shapes, lossOf, predict } = siameseTask(config);
  return {
    targets: [target],
    task: {
      shapes,
      lossOf: (parameters, { x_BTF, y_BY }, key) => lossOf(parameters, { x_BTF, target_B: reshape(y_BY, [-1]) }, key),
      predict: (parameters, input) => reshape(predict(parameters, input), [-1, 1]),
    },
    numFrames,
    numMelBins: config.numMelBins,
    draw: (tracks, scales: Scales, { seed, batchSize, step }) => {
      const classes = splitClasses(
        tracks.map((track) => standardised(track, target, scales)),
        TOP_SHARE,
      );
      const { a, b } = samplePairs(classes, batchSize / 2, seed, step);
      return [...a, ...b].map((place) => tracks[place] as HeardTrack);
    },
  };
}
