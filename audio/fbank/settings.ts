/** What a filterbank is made of. Every number here shapes the output, so every number is part of the feature version. */
import { ChartlifeError } from '../../contracts/errors.ts';
import { FBANK_WINDOWS, type FbankWindow } from '../../contracts/features.ts';

export const SAMPLE_RATE_HZ = 16_000;
/** 25 ms. */
export const FRAME_LENGTH_SAMPLES = 400;
/** 10 ms. */
export const FRAME_SHIFT_SAMPLES = 160;
export const FFT_LENGTH = 512;
/** The bins below the Nyquist bin, which has no weight in any mel row. */
export const NUM_FFT_BINS = FFT_LENGTH / 2;
export const PRE_EMPHASIS = 0.97;
export const LOW_FREQUENCY_HZ = 20;
export const HIGH_FREQUENCY_HZ = 8_000;
export const DEFAULT_NUM_MEL_BINS = 128;
/** float32's epsilon: energies below it are taken as it. */
export const ENERGY_FLOOR = 2 ** -23;
/** What silence gives in every cell: -15.942385. */
export const LOG_ENERGY_FLOOR = Math.log(ENERGY_FLOOR);

export interface FbankSettings {
  readonly window: FbankWindow;
  /**
   * 4 to 256. With the default of 128, row 3 is so narrow that no FFT bin lies inside it: that column is always
   * `LOG_ENERGY_FLOOR`. It stays, for parity with what models were trained on.
   */
  readonly numMelBins: number;
}

/** @throws ChartlifeError InvalidInput for a window that does not exist or a number of mel bins out of range */
export function fbankSettings(options: { readonly window: string; readonly numMelBins?: number }): FbankSettings {
  const window = FBANK_WINDOWS.find((name) => name === options.window);
  if (window === undefined) {
    throw new ChartlifeError('InvalidInput', `"${options.window}" is not a window`, {
      next: `Use ${FBANK_WINDOWS.join(' or ')}.`,
      details: { window: options.window },
    });
  }
  const numMelBins = options.numMelBins ?? DEFAULT_NUM_MEL_BINS;
  if (!Number.isInteger(numMelBins) || numMelBins < 4 || numMelBins > 256) {
    throw new ChartlifeError('InvalidInput', `${numMelBins} is not a number of mel bins`, {
      next: 'Use a whole number from 4 to 256; models here use 128.',
      details: { numMelBins },
    });
  }
  return { window, numMelBins };
}

/**
 * How many frames a signal has: only whole frames, the rest of the samples is not used.
 *
 * @throws ChartlifeError AudioTooShort below one frame (400 samples, 25 ms)
 */
export function numFramesOf(numSamples: number): number {
  if (numSamples < FRAME_LENGTH_SAMPLES) {
    throw new ChartlifeError(
      'AudioTooShort',
      `${numSamples} samples are less than one frame of ${FRAME_LENGTH_SAMPLES}`,
      {
        next: `Give at least 25 ms of sound: ${FRAME_LENGTH_SAMPLES} samples at ${SAMPLE_RATE_HZ} Hz.`,
        details: { numSamples },
      },
    );
  }
  return 1 + Math.floor((numSamples - FRAME_LENGTH_SAMPLES) / FRAME_SHIFT_SAMPLES);
}
