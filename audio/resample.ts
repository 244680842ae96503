/**
 * Band-limited resampling between any two whole rates: torchaudio.transforms.Resample with its defaults, a sinc
 * under a Hann window, six zero crossings wide, cut off at 0.99 of the lower Nyquist frequency.
 */
import { ChartlifeError } from '../contracts/errors.ts';
import { instantiateKernel, MemoryLayout } from './wasm/module.ts';

/** Every number shapes the output, so every number is part of the feature version. */
export const RESAMPLE_SETTINGS = { method: 'sinc_interp_hann', lowpassFilterWidth: 6, rolloff: 0.99 } as const;

export const LARGEST_SAMPLE_RATE_HZ = 768_000;
const MAX_KEPT_RESAMPLERS = 8;
/** Output samples that go through the kernel's memory at a time, at least one block of all phases. */
const TARGET_CHUNK_SAMPLES = 16_384;

const resamplers = new Map<string, Resampler>();

/**
 * The whole signal at another rate: ceil(toHz * n / fromHz) samples, aligned with the input's first.
 * Silence is taken to lie around it. Equal rates give the samples themselves, not a copy.
 *
 * @throws ChartlifeError InvalidInput for a rate that is not a whole number from 1 to 768,000 Hz
 */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  requireRate(fromHz);
  requireRate(toHz);
  if (fromHz === toHz || samples.length === 0) return samples;
  const divisor = greatestCommonDivisor(fromHz, toHz);
  return resamplerFor(fromHz / divisor, toHz / divisor).process(samples);
}

function requireRate(hz: number): void {
  if (Number.isInteger(hz) && hz >= 1 && hz <= LARGEST_SAMPLE_RATE_HZ) return;
  throw new ChartlifeError('InvalidInput', `${hz} Hz is not a sample rate`, {
    next: `Use a whole number of hertz from 1 to ${LARGEST_SAMPLE_RATE_HZ}.`,
    details: { hz },
  });
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Filters are worth keeping, since most music comes at one of three rates; the one unused for longest goes. */
function resamplerFor(from: number, to: number): Resampler {
  const key = `${from}/${to}`;
  const resampler = resamplers.get(key) ?? new Resampler(from, to);
  resamplers.delete(key);
  resamplers.set(key, resampler);
  for (const oldest of resamplers.keys()) {
    if (resamplers.size <= MAX_KEPT_RESAMPLERS) break;
    resamplers.delete(oldest);
  }
  return resampler;
}

/** `from` input samples become `to` output samples, the phases of one block. */
class Resampler {
  readonly #from: number;
  readonly #to: number;
  /** Input samples that a block reads before its first and from it on. */
  readonly #lead: number;
  readonly #reach: number;
  readonly #blocksPerChunk: number;
  readonly #input: Float32Array;
  readonly #output: Float32Array;
  readonly #run: (numBlocks: number) => void;

  constructor(from: number, to: number) {
    const filter = designFilter(from, to);
    this.#from = from;
    this.#to = to;
    this.#lead = filter.lead;
    this.#reach = filter.reach;
    this.#blocksPerChunk = Math.max(1, Math.floor(TARGET_CHUNK_SAMPLES / Math.max(from, to)));

    const inputSamples = filter.lead + (this.#blocksPerChunk - 1) * from + filter.reach;
    const layout = new MemoryLayout();
    const at = {
      input: layout.reserve(4 * inputSamples),
      output: layout.reserve(4 * this.#blocksPerChunk * to),
      offsets: layout.reserve(4 * to),
      taps: layout.reserve(4 * filter.taps.length),
    };
    const { exports, memory } = instantiateKernel(layout.numBytes);
    this.#input = new Float32Array(memory, at.input, inputSamples);
    this.#output = new Float32Array(memory, at.output, this.#blocksPerChunk * to);
    new Int32Array(memory, at.offsets).set(filter.firstSample.map((sample) => 4 * sample));
    new Float32Array(memory, at.taps).set(filter.taps);
    const start = at.input + 4 * filter.lead;
    this.#run = (numBlocks) =>
      exports.resample(start, numBlocks, at.output, at.offsets, at.taps, to, filter.numTaps, 4 * from);
  }

  process(samples: Float32Array): Float32Array {
    const out = new Float32Array(Math.ceil((this.#to * samples.length) / this.#from));
    const samplesPerChunk = this.#blocksPerChunk * this.#to;
    for (let done = 0; done < out.length; done += samplesPerChunk) {
      const numOut = Math.min(samplesPerChunk, out.length - done);
      const numBlocks = Math.ceil(numOut / this.#to);
      const firstBlockStart = (done / this.#to) * this.#from;
      this.#load(samples, firstBlockStart - this.#lead, this.#lead + (numBlocks - 1) * this.#from + this.#reach);
      this.#run(numBlocks);
      out.set(this.#output.subarray(0, numOut), done);
    }
    return out;
  }

  /** Copies samples from `start` on to the kernel's memory, silence where there are none. */
  #load(samples: Float32Array, start: number, count: number): void {
    const missingBefore = Math.min(count, Math.max(0, -start));
    const available = samples.subarray(start + missingBefore, Math.max(0, start + count));
    this.#input.fill(0, 0, missingBefore);
    this.#input.set(available, missingBefore);
    this.#input.fill(0, missingBefore + available.length, count);
  }
}

interface Filter {
  /** Rows of `numTaps`, one per output phase; zeros fill up a row. */
  readonly taps: Float64Array;
  /** A multiple of 4: the kernel takes four at a time. */
  readonly numTaps: number;
  /** For each phase the first input sample it reads, counted from the block's; may be negative. */
  readonly firstSample: Int32Array;
  readonly lead: number;
  readonly reach: number;
}

/**
 * The taps as torchaudio computes them, without those that the window makes zero: in float64, but for the phase, which
 * it has in float32.
 */
function designFilter(from: number, to: number): Filter {
  const { lowpassFilterWidth, rolloff } = RESAMPLE_SETTINGS;
  const cutoff = Math.min(from, to) * rolloff;
  // Input samples on each side of an output sample.
  const halfWidth = (lowpassFilterWidth * from) / cutoff;
  const numTaps = 4 * Math.ceil((2 * halfWidth + 1) / 4);
  const taps = new Float64Array(to * numTaps);
  const firstSample = new Int32Array(to);
  for (let phase = 0; phase < to; phase++) {
    const centre = (phase * from) / to;
    const first = Math.ceil(centre - halfWidth);
    const phaseTime = Math.fround(phase / to);
    firstSample[phase] = first;
    for (let tap = 0; tap < numTaps; tap++) {
      const time = ((first + tap) / from - phaseTime) * cutoff;
      if (Math.abs(time) >= lowpassFilterWidth) continue;
      const window = Math.cos((time * Math.PI) / lowpassFilterWidth / 2) ** 2;
      taps[phase * numTaps + tap] = sinc(time) * window * (cutoff / from);
    }
  }
  return {
    taps,
    numTaps,
    firstSample,
    lead: Math.max(0, -firstSample[0]!),
    reach: firstSample[to - 1]! + numTaps,
  };
}

function sinc(time: number): number {
  return time === 0 ? 1 : Math.sin(Math.PI * time) / (Math.PI * time);
}
