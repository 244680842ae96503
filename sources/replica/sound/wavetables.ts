/** One period of a tone per table, with no harmonic above half the sample rate; made on first use and kept. */
import { SAMPLE_RATE_HZ } from './format.ts';

/** `pure` has a few soft harmonics, as a plucked string soon has; `bright` has all of a saw's, `hollow` the odd ones. */
export type Timbre = 'pure' | 'bright' | 'hollow';

export const TABLE_LENGTH = 2048;
const HIGHEST_HARMONIC_HZ = 0.43 * SAMPLE_RATE_HZ;
/** Few steps, so that few tables are made. */
const NUM_HARMONICS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48] as const;

const tables = new Map<string, Float32Array>();

/** The table has one more value than its length, the first again: to interpolate without wrapping. */
export function tableFor(timbre: Timbre, frequencyHz: number): Float32Array {
  const most = Math.floor(HIGHEST_HARMONIC_HZ / frequencyHz);
  const numHarmonics = NUM_HARMONICS.findLast((number) => number <= most) ?? 1;
  const key = `${timbre}/${numHarmonics}`;
  const table = tables.get(key) ?? makeTable(timbre, numHarmonics);
  tables.set(key, table);
  return table;
}

function makeTable(timbre: Timbre, numHarmonics: number): Float32Array {
  const table = new Float32Array(TABLE_LENGTH + 1);
  for (let harmonic = 1; harmonic <= numHarmonics; harmonic += 1) {
    const amplitude = amplitudeOf(timbre, harmonic);
    if (amplitude === 0) continue;
    for (let i = 0; i <= TABLE_LENGTH; i += 1) {
      table[i]! += amplitude * Math.sin((2 * Math.PI * harmonic * i) / TABLE_LENGTH);
    }
  }
  const power = table.reduce((sum, value) => sum + value * value, 0) / table.length;
  return table.map((value) => value / Math.sqrt(power));
}

function amplitudeOf(timbre: Timbre, harmonic: number): number {
  if (timbre === 'pure') return harmonic <= 4 ? harmonic ** -2.5 : 0;
  if (timbre === 'hollow') return harmonic % 2 === 1 ? 1 / harmonic : 0;
  return 1 / harmonic;
}
