/** The networks that are put to the test, each with its loss and its way to draw tracks. */
import { ones, reshape } from '@tensorflow/tfjs-core';
import type { AstConfig } from '../../../models/ast/config.ts';
import { astShapes } from '../../../models/ast/names.ts';
import { AST_PRESETS } from '../../../models/ast/presets.ts';
import { mp2, mp2Config } from '../../../models/mp2/mp2.ts';
import { SIAMESE_PRESETS, type SiameseConfig } from '../../../models/siamese/config.ts';
import { siameseLoss } from '../../../models/siamese/loss.ts';
import { siameseShapes } from '../../../models/siamese/names.ts';
import { samplePairs, splitClasses } from '../../../models/siamese/pairs.ts';
import { siameseForward } from '../../../models/siamese/siamese.ts';
import { meanSquaredError } from '../../../models/training/losses.ts';
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

/** MP2 as it is; its two outputs are tempo and energy here. */
export function mp2Learner(sizes: AstConfig): Learner {
  const config = mp2Config(sizes);
  return {
    targets: ['tempo', 'energy'],
    shapes: astShapes(config),
    numFrames: config.numFrames,
    numMelBins: config.numMelBins,
    predict: (parameters, x_BTF) => mp2(parameters, config, x_BTF).targets_B2,
    loss: (parameters, x_BTF, y_BY) =>
      meanSquaredError(mp2(parameters, config, x_BTF).targets_B2, y_BY, ones(y_BY.shape)),
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
  return {
    targets: [target],
    shapes: siameseShapes(config),
    numFrames,
    numMelBins: config.numMelBins,
    predict: (parameters, x_BTF) => reshape(siameseForward(parameters, config, x_BTF), [-1, 1]),
    loss: (parameters, x_BTF, y_BY, key) =>
      siameseLoss(siameseForward(parameters, config, x_BTF, key), reshape(y_BY, [-1]), config.loss),
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
