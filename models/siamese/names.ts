/** The names and shapes of the siamese network's parameters. They are in checkpoints and never change. */
import type { ParameterShapes } from '../parameters.ts';
import type { SiameseConfig } from './config.ts';

const PREFIX = 'siamese.';

/** Each has a `.weight`, of a convolution as PyTorch stores it, and a `.bias`. */
export const SIAMESE_NAMES = {
  mixed: `${PREFIX}stem.mixed`,
  middle: `${PREFIX}middle`,
  hidden: [`${PREFIX}hidden.0`, `${PREFIX}hidden.1`],
  score: `${PREFIX}score`,
} as const;

/** @param index from 0 */
export function stemName(index: number): string {
  return `${PREFIX}stem.${index}`;
}

/** Kernels are [outputs, inputs, mel bins, steps]; a map of each step by itself is [outputs, inputs]. */
export function siameseShapes({
  numMelBins,
  stem,
  numMixedChannels,
  middle,
  numHidden,
}: SiameseConfig): ParameterShapes {
  const affine = (name: string, ...shape: number[]): [string, number[]][] => [
    [`${name}.weight`, shape],
    [`${name}.bias`, [shape[0] as number]],
  ];
  const numStemChannels = stem.reduce((sum, { numChannels }) => sum + numChannels, 0);
  const [first, second] = SIAMESE_NAMES.hidden;
  return Object.fromEntries([
    ...stem.flatMap(({ numChannels, numSteps }, index) =>
      affine(stemName(index), numChannels, 1, numMelBins, numSteps),
    ),
    ...(stem.length > 1 ? affine(SIAMESE_NAMES.mixed, numMixedChannels, numStemChannels) : []),
    ...affine(SIAMESE_NAMES.middle, middle.numChannels, numMixedChannels, 1, middle.numSteps),
    ...affine(first, numHidden, middle.numChannels),
    ...affine(second, numHidden, numHidden),
    ...affine(SIAMESE_NAMES.score, 1, numHidden),
  ]);
}
