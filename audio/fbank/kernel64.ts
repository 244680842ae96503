/**
 * The exact kernel: the definition in float64, one frame at a time. The yardstick for the fast one, and the way to
 * features that don't depend on float32 rounding.
 */
import {
  ENERGY_FLOOR,
  type FbankSettings,
  FRAME_LENGTH_SAMPLES,
  FRAME_SHIFT_SAMPLES,
  NUM_FFT_BINS,
  PRE_EMPHASIS,
} from './settings.ts';
import { type MelRows, melRows, windowTable } from './tables.ts';
import { digitReversedOrder, NUM_POINTS, stageTwiddles, untangleTwiddles } from './transform.ts';

const TWIDDLES = stageTwiddles();
const UNTANGLE = untangleTwiddles();
const ORDER = digitReversedOrder();

export class FbankKernel64 {
  readonly #numMelBins: number;
  readonly #window: Float64Array;
  readonly #mel: MelRows;
  /** Windowed samples, taken as complex points even + i * odd; then the FFT's points. */
  readonly #points = new Float64Array(2 * NUM_POINTS);
  readonly #power = new Float64Array(NUM_FFT_BINS);

  constructor(settings: FbankSettings) {
    this.#numMelBins = settings.numMelBins;
    this.#window = windowTable(settings.window, 'float64');
    this.#mel = melRows(settings.numMelBins, 'float64');
  }

  /** @param out numFrames rows of numMelBins */
  process(samples: Float32Array | Float64Array, numFrames: number, out: Float64Array): void {
    for (let frame = 0; frame < numFrames; frame++) {
      this.#loadFrame(samples, frame * FRAME_SHIFT_SAMPLES);
      transform(this.#points);
      powerSpectrum(this.#points, this.#power);
      this.#logMel(out, frame * this.#numMelBins);
    }
  }

  #loadFrame(samples: Float32Array | Float64Array, start: number): void {
    let sum = 0;
    for (let n = 0; n < FRAME_LENGTH_SAMPLES; n++) sum += samples[start + n]!;
    const mean = sum / FRAME_LENGTH_SAMPLES;
    // The first sample is its own predecessor.
    let before = samples[start]! - mean;
    for (let n = 0; n < FRAME_LENGTH_SAMPLES; n++) {
      const sample = samples[start + n]! - mean;
      this.#points[n] = (sample - PRE_EMPHASIS * before) * this.#window[n]!;
      before = sample;
    }
    this.#points.fill(0, FRAME_LENGTH_SAMPLES);
  }

  #logMel(out: Float64Array, offset: number): void {
    const { firstBin, numBins, weights } = this.#mel;
    for (let row = 0, next = 0; row < this.#numMelBins; row++) {
      let energy = 0;
      const end = firstBin[row]! + numBins[row]!;
      for (let bin = firstBin[row]!; bin < end; bin++) energy += weights[next++]! * this.#power[bin]!;
      out[offset + row] = Math.log(Math.max(energy, ENERGY_FLOOR));
    }
  }
}

/** The complex FFT in place; point k ends where `ORDER[k]` says. */
function transform(z: Float64Array): void {
  let twiddle = 0;
  for (let length = NUM_POINTS; length >= 4; length /= 4) {
    const quarter = length / 4;
    for (let j = 0; j < quarter; j++) {
      const hasTwiddles = j > 0;
      for (let block = j; block < NUM_POINTS; block += length) butterfly(z, block, quarter, hasTwiddles ? twiddle : -1);
      if (hasTwiddles) twiddle += 6;
    }
  }
}

/** @param twiddle where its three twiddles begin, or -1 when all are 1 */
function butterfly(z: Float64Array, point: number, quarter: number, twiddle: number): void {
  const p0 = 2 * point;
  const p1 = p0 + 2 * quarter;
  const p2 = p1 + 2 * quarter;
  const p3 = p2 + 2 * quarter;
  const sumRe = z[p0]! + z[p2]!;
  const sumIm = z[p0 + 1]! + z[p2 + 1]!;
  const differenceRe = z[p0]! - z[p2]!;
  const differenceIm = z[p0 + 1]! - z[p2 + 1]!;
  const oddSumRe = z[p1]! + z[p3]!;
  const oddSumIm = z[p1 + 1]! + z[p3 + 1]!;
  // -i times the difference of the odd two.
  const turnedRe = z[p1 + 1]! - z[p3 + 1]!;
  const turnedIm = z[p3]! - z[p1]!;
  z[p0] = sumRe + oddSumRe;
  z[p0 + 1] = sumIm + oddSumIm;
  storeProduct(z, p1, differenceRe + turnedRe, differenceIm + turnedIm, twiddle);
  storeProduct(z, p2, sumRe - oddSumRe, sumIm - oddSumIm, twiddle < 0 ? -1 : twiddle + 2);
  storeProduct(z, p3, differenceRe - turnedRe, differenceIm - turnedIm, twiddle < 0 ? -1 : twiddle + 4);
}

function storeProduct(z: Float64Array, at: number, re: number, im: number, twiddle: number): void {
  if (twiddle < 0) {
    z[at] = re;
    z[at + 1] = im;
    return;
  }
  const wr = TWIDDLES[twiddle]!;
  const wi = TWIDDLES[twiddle + 1]!;
  z[at] = re * wr - im * wi;
  z[at + 1] = re * wi + im * wr;
}

/** |X[k]|^2 of the real signal, from the FFT of even + i * odd samples. */
function powerSpectrum(z: Float64Array, power: Float64Array): void {
  const dc = z[0]! + z[1]!;
  power[0] = dc * dc;
  const middle = 2 * ORDER[NUM_POINTS / 2]!;
  power[NUM_POINTS / 2] = z[middle]! ** 2 + z[middle + 1]! ** 2;
  for (let k = 1; k < NUM_POINTS / 2; k++) {
    const at = 2 * ORDER[k]!;
    const mirrored = 2 * ORDER[NUM_POINTS - k]!;
    const evenRe = z[at]! + z[mirrored]!;
    const evenIm = z[at + 1]! - z[mirrored + 1]!;
    const oddRe = z[at + 1]! + z[mirrored + 1]!;
    const oddIm = z[mirrored]! - z[at]!;
    const wr = UNTANGLE[2 * k - 2]!;
    const wi = UNTANGLE[2 * k - 1]!;
    const turnedRe = oddRe * wr - oddIm * wi;
    const turnedIm = oddRe * wi + oddIm * wr;
    power[k] = 0.25 * ((evenRe + turnedRe) ** 2 + (evenIm + turnedIm) ** 2);
    power[NUM_POINTS - k] = 0.25 * ((evenRe - turnedRe) ** 2 + (evenIm - turnedIm) ** 2);
  }
}
