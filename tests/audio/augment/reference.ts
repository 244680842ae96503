/**
 * What augmentation is, one transform after the other: each gives a new spectrogram and leaves the given as it is. The
 * product does all of them in one pass, and is held to this.
 */
import type { AugmentDraws, Mask } from '../../../audio/augment/augment.ts';
import type { Spectrogram } from '../../../audio/fbank/fbank.ts';
import { LOG_ENERGY_FLOOR } from '../../../audio/fbank/settings.ts';
import type { AugmentSettings } from '../../../contracts/features.ts';

const FLOOR = Math.fround(LOG_ENERGY_FLOOR);

/**
 * The spectrogram of the same sound, louder or softer: a gain of the signal's power adds to every log-energy. A cell
 * at the floor holds no energy and stays; none falls below it.
 */
export function gainPower(spectrogram: Spectrogram, gainDb: number): Spectrogram {
  const added = (gainDb * Math.LN10) / 10;
  return mapValues(spectrogram, (value) => (value <= FLOOR ? value : Math.max(FLOOR, value + added)));
}

/**
 * The original system's gain: it multiplies the logarithms, as an amplitude would be. Kept to reproduce it; no
 * loudness of any sound does this.
 */
export function gainLogValues(spectrogram: Spectrogram, gainDb: number): Spectrogram {
  const factor = 10 ** (gainDb / 20);
  return mapValues(spectrogram, (value) => value * factor);
}

/** Shifts by whole frames; what leaves at one end comes in at the other. Positive is later. */
export function roll(spectrogram: Spectrogram, numFramesLater: number): Spectrogram {
  const { numFrames, numMelBins, values } = spectrogram;
  const shift = ((numFramesLater % numFrames) + numFrames) % numFrames;
  const rolled = new Float32Array(values.length);
  rolled.set(values.subarray(0, (numFrames - shift) * numMelBins), shift * numMelBins);
  rolled.set(values.subarray((numFrames - shift) * numMelBins), 0);
  return { ...spectrogram, values: rolled };
}

/** Sets neighbouring mel bins to `value` in all frames. */
export function maskMelBins(spectrogram: Spectrogram, mask: Mask, value: number): Spectrogram {
  const { numFrames, numMelBins } = spectrogram;
  const values = Float32Array.from(spectrogram.values);
  for (let frame = 0; frame < numFrames; frame++) {
    const row = frame * numMelBins;
    values.fill(value, row + mask.start, row + mask.start + mask.width);
  }
  return { ...spectrogram, values };
}

/** Sets neighbouring frames to `value` in all mel bins. */
export function maskFrames(spectrogram: Spectrogram, mask: Mask, value: number): Spectrogram {
  const values = Float32Array.from(spectrogram.values);
  values.fill(value, mask.start * spectrogram.numMelBins, (mask.start + mask.width) * spectrogram.numMelBins);
  return { ...spectrogram, values };
}

/** A stretch of `numFrames` from `start` on; what the spectrogram lacks at its end is `padding`. */
export function cropOrPad(
  spectrogram: Spectrogram,
  numFrames: number,
  start: number,
  padding: number = FLOOR,
): Spectrogram {
  const { numMelBins } = spectrogram;
  const values = new Float32Array(numFrames * numMelBins).fill(padding);
  values.set(spectrogram.values.subarray(start * numMelBins, (start + numFrames) * numMelBins));
  return { numFrames, numMelBins, values };
}

/** Gain, cut or padded, shifted, masked. */
export function augmented(spectrogram: Spectrogram, settings: AugmentSettings, drawn: AugmentDraws): Spectrogram {
  const { numFrames, fillValue, gainOf } = settings;
  const louder = (gainOf === 'signal-power' ? gainPower : gainLogValues)(spectrogram, drawn.gainDb);
  const shifted = roll(cropOrPad(louder, numFrames, drawn.cropStart, fillValue), drawn.rollFrames);
  return maskFrames(maskMelBins(shifted, drawn.melBinMask, fillValue), drawn.frameMask, fillValue);
}

/** As a network takes it. */
export function normalized(spectrogram: Spectrogram, { mean, scale }: { mean: number; scale: number }): Spectrogram {
  return mapValues(spectrogram, (value) => (value - mean) / scale);
}

function mapValues(spectrogram: Spectrogram, change: (value: number) => number): Spectrogram {
  return { ...spectrogram, values: spectrogram.values.map(change) };
}
