/**
 * A stored spectrogram as an example of a batch: gain, cut or padded, shifted, masked, normalised, in one pass. Gain and
 * normalisation map each value by itself, and a stored value is one of 65,536: they are computed once for each of these.
 */
import type { AugmentSettings } from '../../contracts/features.ts';
import { LOG_ENERGY_FLOOR } from '../fbank/settings.ts';
import type { AugmentDraws } from './augment.ts';

export interface CodedSpectrogram {
  readonly numFrames: number;
  readonly numMelBins: number;
  /** numFrames x numMelBins, frame after frame. */
  readonly codes: Uint16Array;
}

export interface ExampleSettings {
  readonly augment: AugmentSettings;
  /** Log-energies become (x - mean) / scale. */
  readonly normalize: { readonly mean: number; readonly scale: number };
  /** The log-energy that each code stands for. */
  readonly valueOfCode: Float32Array;
}

const FLOOR = Math.fround(LOG_ENERGY_FLOOR);

/**
 * The same bits for the same spectrogram, settings and draws: those of tests/audio/augment/reference.ts, which does one
 * thing after the other and rounds to float32 after each.
 *
 * @param target filled: augment.numFrames x numMelBins
 */
export function augmentInto(
  target: Float32Array,
  { numFrames, numMelBins, codes }: CodedSpectrogram,
  settings: ExampleSettings,
  { cropStart, gainDb, rollFrames, melBinMask, frameMask }: AugmentDraws,
): void {
  const { numFrames: numTaken, fillValue } = settings.augment;
  const outcomeOfCode = outcomesOf(settings, gainDb);
  const fill = normalized(Math.fround(fillValue), settings);
  const shift = ((rollFrames % numTaken) + numTaken) % numTaken;
  for (let frame = 0; frame < numTaken; frame++) {
    const row = frame * numMelBins;
    // What leaves at one end comes in at the other, the padding with it.
    const source = cropStart + (frame < shift ? frame - shift + numTaken : frame - shift);
    if (source >= numFrames || isWithin(frame, frameMask)) {
      target.fill(fill, row, row + numMelBins);
      continue;
    }
    const from = source * numMelBins;
    for (let bin = 0; bin < numMelBins; bin++) {
      target[row + bin] = outcomeOfCode[codes[from + bin] as number] as number;
    }
    target.fill(fill, row + melBinMask.start, row + melBinMask.start + melBinMask.width);
  }
}

function isWithin(place: number, { start, width }: { readonly start: number; readonly width: number }): boolean {
  return place >= start && place < start + width;
}

/** What each code comes to in the batch. */
function outcomesOf(settings: ExampleSettings, gainDb: number): Float32Array {
  const { valueOfCode } = settings;
  const louder = settings.augment.gainOf === 'signal-power' ? powerGain(gainDb) : logGain(gainDb);
  const outcomes = new Float32Array(valueOfCode.length);
  for (let code = 0; code < outcomes.length; code++) {
    outcomes[code] = normalized(Math.fround(louder(valueOfCode[code] as number)), settings);
  }
  return outcomes;
}

/**
 * As of the same sound, louder or softer: a gain of the signal's power adds to every log-energy. A cell at the floor holds
 * no energy and stays; none falls below it.
 */
function powerGain(gainDb: number): (value: number) => number {
  const added = (gainDb * Math.LN10) / 10;
  return (value) => (value <= FLOOR ? value : Math.max(FLOOR, value + added));
}

/**
 * The original system's gain: it multiplies the logarithms, as an amplitude would be. Kept to reproduce it; no loudness of
 * any sound does this.
 */
function logGain(gainDb: number): (value: number) => number {
  const factor = 10 ** (gainDb / 20);
  return (value) => value * factor;
}

function normalized(value: number, { normalize: { mean, scale } }: ExampleSettings): number {
  return (value - mean) / scale;
}
