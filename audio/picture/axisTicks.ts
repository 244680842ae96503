/** What stands at the axes of a spectrogram. */
import type { PlacedTick } from '../../pictures/axes.ts';
import type { Box } from '../../pictures/layout.ts';
import { roundTicks } from '../../pictures/ticks.ts';
import { FRAME_SHIFT_SAMPLES, HIGH_FREQUENCY_HZ, LOW_FREQUENCY_HZ, SAMPLE_RATE_HZ } from '../fbank/settings.ts';
import { hzToMel } from '../fbank/tables.ts';

const FREQUENCIES = [
  [100, '100'],
  [200, '200'],
  [500, '500'],
  [1_000, '1k'],
  [2_000, '2k'],
  [4_000, '4k'],
  [8_000, '8k'],
] as const;
const MAX_TIME_TICKS = 16;
const DECIBEL_STEP = 20;

/** A frame stands where it begins. */
export function timeTicks(numFrames: number, box: Box): PlacedTick[] {
  const seconds = (numFrames * FRAME_SHIFT_SAMPLES) / SAMPLE_RATE_HZ;
  return roundTicks(0, seconds, MAX_TIME_TICKS).map(({ value, label }) => ({
    at: box.left + (value / seconds) * box.width,
    label,
  }));
}

/** Mel bins are equally high; a frequency stands in the middle of the bin whose centre it is. */
export function frequencyTicks(numMelBins: number, box: Box): PlacedTick[] {
  const low = hzToMel(LOW_FREQUENCY_HZ);
  const melsPerBin = (hzToMel(HIGH_FREQUENCY_HZ) - low) / (numMelBins + 1);
  return FREQUENCIES.map(([hz, label]) => {
    const numBinsUp = (hzToMel(hz) - low) / melsPerBin - 0.5;
    // The highest bin's edge lies half a bin outside the picture.
    const share = Math.min(1, numBinsUp / numMelBins);
    return { at: box.top + (1 - share) * box.height, label };
  });
}

export function decibelTicks(rangeDb: number, box: Box): PlacedTick[] {
  return Array.from({ length: rangeDb / DECIBEL_STEP + 1 }, (_, index) => ({
    at: box.top + (index * DECIBEL_STEP * box.height) / rangeDb,
    label: index === 0 ? '0' : `−${index * DECIBEL_STEP}`,
  }));
}
