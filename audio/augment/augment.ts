/** Augmentation for training: a pure function of the spectrogram, the run's seed and the example's index. */
import type { AugmentSettings } from '../../contracts/features.ts';
import { Draws } from '../../runtime/philox.ts';
import type { Spectrogram } from '../fbank/fbank.ts';
import { LOG_ENERGY_FLOOR } from '../fbank/settings.ts';
import { cropOrPad, gainLogValues, gainPower, type Mask, maskFrames, maskMelBins, roll } from './transforms.ts';

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

/** Gain, cut or pad, shift, masks: the same bits for the same spectrogram, settings, seed and index. */
export function augment(spectrogram: Spectrogram, settings: AugmentSettings, seed: number, index: number): Spectrogram {
  const drawn = drawAugment(spectrogram, settings, seed, index);
  const gain = settings.gainOf === 'signal-power' ? gainPower : gainLogValues;
  const louder = gain(spectrogram, drawn.gainDb);
  const sized = cropOrPad(louder, settings.numFrames, drawn.cropStart, settings.fillValue);
  const shifted = roll(sized, drawn.rollFrames);
  const masked = maskMelBins(shifted, drawn.melBinMask, settings.fillValue);
  return maskFrames(masked, drawn.frameMask, settings.fillValue);
}

/** For evaluation: the size alone, from the start. */
export function withoutAugment(spectrogram: Spectrogram, settings: AugmentSettings): Spectrogram {
  return cropOrPad(spectrogram, settings.numFrames, 0, settings.fillValue);
}

function drawMask(draws: Draws, length: number, maxShare: number): Mask {
  const width = draws.integer(0, Math.floor(length * maxShare));
  return { width, start: draws.integer(0, length - width) };
}
