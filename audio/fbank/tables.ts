/**
 * Window and mel rows, in two makes: `float64` as the definitions read, and `float32` with torchaudio's rounding after
 * every step, which moves single mel weights by up to 1.4e-5 and so is part of being compatible.
 */
import type { FbankWindow } from '../../contracts/features.ts';
import {
  type FbankSettings,
  FFT_LENGTH,
  FRAME_LENGTH_SAMPLES,
  HIGH_FREQUENCY_HZ,
  LOW_FREQUENCY_HZ,
  NUM_FFT_BINS,
  SAMPLE_RATE_HZ,
} from './settings.ts';

export type Precision = 'float32' | 'float64';

/** Kaldi's windows are symmetric: the last value is the first. */
export function windowTable(window: FbankWindow, precision: Precision): Float64Array {
  const round = precision === 'float32' ? Math.fround : (value: number) => value;
  const step = round((2 * Math.PI) / (FRAME_LENGTH_SAMPLES - 1));
  return Float64Array.from({ length: FRAME_LENGTH_SAMPLES }, (_, index) => {
    const hanning = round(0.5 - 0.5 * round(Math.cos(round(step * index))));
    return window === 'hanning' ? hanning : round(hanning ** 0.85);
  });
}

/** The triangles, without the zeros around them: 504 weights for 128 mel bins. */
export interface MelRows {
  /** For each row its first FFT bin. */
  readonly firstBin: Uint32Array;
  /** For each row how many bins; 0 for a row that no bin falls into. */
  readonly numBins: Uint32Array;
  /** All rows' weights, one after another. */
  readonly weights: Float64Array;
}

/** Triangles of equal width and height on the mel scale, over FFT bins 0 to 255. */
export function melRows(numMelBins: FbankSettings['numMelBins'], precision: Precision): MelRows {
  const round = precision === 'float32' ? Math.fround : (value: number) => value;
  // torchaudio takes the borders in float64 and the bins' own mels in float32.
  const low = hzToMel(LOW_FREQUENCY_HZ);
  const delta = (hzToMel(HIGH_FREQUENCY_HZ) - low) / (numMelBins + 1);
  const edge = (index: number) => round(round(low) + round(index * round(delta)));
  const binMel = Float64Array.from({ length: NUM_FFT_BINS }, (_, bin) => {
    const hz = (bin * SAMPLE_RATE_HZ) / FFT_LENGTH;
    return round(1127 * round(Math.log(round(1 + round(hz / 700)))));
  });

  const firstBin = new Uint32Array(numMelBins);
  const numBins = new Uint32Array(numMelBins);
  const weights: number[] = [];
  for (let row = 0; row < numMelBins; row++) {
    const left = edge(row);
    const centre = edge(row + 1);
    const right = edge(row + 2);
    for (let bin = 0; bin < NUM_FFT_BINS; bin++) {
      const mel = binMel[bin]!;
      const up = round(round(mel - left) / round(centre - left));
      const down = round(round(right - mel) / round(right - centre));
      const weight = Math.min(up, down);
      if (weight <= 0) continue;
      if (numBins[row] === 0) firstBin[row] = bin;
      numBins[row]!++;
      weights.push(weight);
    }
  }
  return { firstBin, numBins, weights: Float64Array.from(weights) };
}

export function hzToMel(hz: number): number {
  return 1127 * Math.log(1 + hz / 700);
}
