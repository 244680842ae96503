/** What training does to a spectrogram. Each gives a new one and leaves the given as it is. */
import type { Spectrogram } from '../fbank/fbank.ts';
import { LOG_ENERGY_FLOOR } from '../fbank/settings.ts';

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

export interface Mask {
  readonly start: number;
  readonly width: number;
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

function mapValues(spectrogram: Spectrogram, change: (value: number) => number): Spectrogram {
  return { ...spectrogram, values: spectrogram.values.map(change) };
}
