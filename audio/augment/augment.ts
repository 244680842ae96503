/** What augmentation does to an example in training: drawn from the run's seed and the example's index, and from nothing else. */
import type { AugmentSettings } from '../../contracts/features.ts';
import { Draws } from '../../runtime/philox.ts';
import type { Spectrogram } from '../fbank/fbank.ts';
import { LOG_ENERGY_FLOOR } from '../fbank/settings.ts';

/** Neighbours that are set to the fill value. */
export interface Mask {
  readonly start: number;
  readonly width: number;
}

/** As the original system's, but for the gain. */
export const DEFAULT_AUGMENT_SETTINGS: AugmentSettings = {
  numFrames: 2_800,
  maxGainDb: 7,
  gainOf: 'signal-power',
  maxRollFrames: 256,
  maxMelBinMaskShare: 0.2,
  maxFrameMaskShare: 0.2,
  fillValue: LOG_ENERGY_FLOOR,
};

/** The original system's own way, for its recipe alone. */
export const ORIGINAL_AUGMENT_SETTINGS: AugmentSettings = { ...DEFAULT_AUGMENT_SETTINGS, gainOf: 'log-values' };

/** What was drawn for an example. */
export interface AugmentDraws {
  readonly cropStart: number;
  readonly gainDb: number;
  readonly rollFrames: number;
  readonly melBinMask: Mask;
  readonly frameMask: Mask;
}

/** Which draws are for what; a number is never given to another purpose. */
const PURPOSE = { crop: 0, gain: 1, roll: 2, melBinMask: 3, frameMask: 4 } as const;

export function drawAugment(
  spectrogram: Pick<Spectrogram, 'numFrames' | 'numMelBins'>,
  settings: AugmentSettings,
  seed: number,
  index: number,
): AugmentDraws {
  const draws = (purpose: keyof typeof PURPOSE): Draws => new Draws(seed, index, PURPOSE[purpose]);
  return {
    cropStart: draws('crop').integer(0, Math.max(0, spectrogram.numFrames - settings.numFrames)),
    gainDb: draws('gain').between(-settings.maxGainDb, settings.maxGainDb),
    rollFrames: draws('roll').integer(-settings.maxRollFrames, settings.maxRollFrames),
    melBinMask: drawMask(draws('melBinMask'), spectrogram.numMelBins, settings.maxMelBinMaskShare),
    frameMask: drawMask(draws('frameMask'), settings.numFrames, settings.maxFrameMaskShare),
  };
}

/** For evaluation: the size alone, from the start. */
export const UNDISTURBED: AugmentDraws = {
  cropStart: 0,
  gainDb: 0,
  rollFrames: 0,
  melBinMask: { start: 0, width: 0 },
  frameMask: { start: 0, width: 0 },
};

function drawMask(draws: Draws, length: number, maxShare: number): Mask {
  const width = draws.integer(0, Math.floor(length * maxShare));
  return { width, start: draws.integer(0, length - width) };
}
