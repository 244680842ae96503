/** A spectrogram as a grid of decibels that fits a picture. */
import type { Spectrogram } from '../fbank/fbank.ts';
import { LOG_ENERGY_FLOOR } from '../fbank/settings.ts';
import { melRows } from '../fbank/tables.ts';

export interface DecibelGrid {
  readonly numColumns: number;
  readonly numRows: number;
  /**
   * Relative to the loudest cell, which is 0; -Infinity where there is no energy. Column after column, the lowest
   * frequency first.
   */
  readonly decibels: Float64Array;
  /** No cell has any energy. */
  readonly isSilent: boolean;
}

const DECIBELS_PER_LOG_UNIT = 10 / Math.LN10;
const FLOOR = Math.fround(LOG_ENERGY_FLOOR);

/**
 * A column is a frame; where there are more frames than columns, the mean energy of neighbours: a single hit stays
 * visible, and a louder passage is brighter however far out one looks.
 */
export function decibelGrid(spectrogram: Spectrogram, maxColumns: number): DecibelGrid {
  const { numFrames, numMelBins } = spectrogram;
  const numColumns = Math.min(numFrames, maxColumns);
  const decibels = new Float64Array(numColumns * numMelBins);
  const energies = new Float64Array(numMelBins);
  const shown = measuredRows(numMelBins);
  let loudest = Number.NEGATIVE_INFINITY;
  for (let column = 0; column < numColumns; column++) {
    const start = Math.floor((column * numFrames) / numColumns);
    const end = Math.floor(((column + 1) * numFrames) / numColumns);
    sumEnergies(spectrogram, start, end, energies);
    for (let row = 0; row < numMelBins; row++) {
      const value = DECIBELS_PER_LOG_UNIT * Math.log(energies[shown[row]!]! / (end - start));
      decibels[column * numMelBins + row] = value;
      loudest = Math.max(loudest, value);
    }
  }
  const isSilent = loudest === Number.NEGATIVE_INFINITY;
  if (!isSilent) for (const [cell, value] of decibels.entries()) decibels[cell] = value - loudest;
  return { numColumns, numRows: numMelBins, decibels, isSilent };
}

/** Over the frames from `start` until before `end`. A cell at the floor has none. */
function sumEnergies({ numMelBins, values }: Spectrogram, start: number, end: number, energies: Float64Array): void {
  energies.fill(0);
  for (let frame = start; frame < end; frame++) {
    for (let bin = 0; bin < numMelBins; bin++) {
      const value = values[frame * numMelBins + bin]!;
      if (value > FLOOR) energies[bin]! += Math.exp(value);
    }
  }
}

/**
 * For each row the one that it shows: itself, but for rows so narrow that no frequency was measured in them (the fourth
 * of 128). Those show the one below, as a black line across every picture would say that there was no sound.
 */
function measuredRows(numMelBins: number): number[] {
  const { numBins } = melRows(numMelBins, 'float32');
  const shown: number[] = [];
  for (let row = 0; row < numMelBins; row++) shown.push(numBins[row] === 0 ? (shown[row - 1] ?? row) : row);
  return shown;
}
