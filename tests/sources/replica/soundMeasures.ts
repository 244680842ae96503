/** What can be measured of a sound, on its own samples alone: nothing here knows how the replica renders. */
import { fbank } from '../../../audio/fbank/fbank.ts';
import { fbankSettings } from '../../../audio/fbank/settings.ts';

/** Of all measures: what `audio/` decodes to. */
export const RATE_HZ = 16_000;
const FRAMES_PER_SECOND = 100;
const NUM_BINS = 128;
const SETTINGS = fbankSettings({ window: 'hanning' });
/** Middles of the mel bins in Hz, 20 Hz to 8 kHz. */
const BIN_HZ = Array.from({ length: NUM_BINS }, (_, bin) => {
  const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
  const step = (mel(RATE_HZ / 2) - mel(20)) / (NUM_BINS + 1);
  return 700 * (Math.exp((mel(20) + (bin + 1) * step) / 1127) - 1);
});

/** Powers per frame of 10 ms and mel bin. */
export interface Powers {
  readonly numFrames: number;
  readonly values: Float32Array;
}

export function powersOf(samples: Float32Array): Powers {
  const { numFrames, values } = fbank(samples, SETTINGS);
  return { numFrames, values: values.map((value) => Math.exp(value)) };
}

/** In dB of full scale. */
export function rmsDb(samples: Float32Array): number {
  return 10 * Math.log10(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
}

/** The mean frequency in Hz, weighted by the mean amplitude over all frames. */
export function centroidHz(powers: Powers): number {
  const amplitudes = BIN_HZ.map((_, bin) => amplitudeOf(powers, bin));
  const total = amplitudes.reduce((sum, value) => sum + value, 0);
  return amplitudes.reduce((sum, value, bin) => sum + value * BIN_HZ[bin]!, 0) / total;
}

function amplitudeOf({ numFrames, values }: Powers, bin: number): number {
  let sum = 0;
  for (let frame = 0; frame < numFrames; frame += 1) sum += Math.sqrt(values[frame * NUM_BINS + bin]!);
  return sum / numFrames;
}

/** Power per frame between two frequencies. */
export function bandPowers({ numFrames, values }: Powers, fromHz: number, toHz: number): number[] {
  const bins = BIN_HZ.flatMap((hz, bin) => (hz >= fromHz && hz < toHz ? [bin] : []));
  return Array.from({ length: numFrames }, (_, frame) =>
    bins.reduce((sum, bin) => sum + values[frame * NUM_BINS + bin]!, 0),
  );
}

export function bandDb(powers: Powers, fromHz: number, toHz: number): number {
  return 10 * Math.log10(mean(bandPowers(powers, fromHz, toHz)));
}

/** How much louder each frame is than the one before, over all bins: rises of the power's cube root, above their mean. */
export function onsetEnvelope({ numFrames, values }: Powers): number[] {
  const loudness = values.map(Math.cbrt);
  const rises = Array.from({ length: numFrames }, (_, frame) => {
    if (frame === 0) return 0;
    let sum = 0;
    for (let at = frame * NUM_BINS; at < (frame + 1) * NUM_BINS; at += 1) {
      sum += Math.max(0, loudness[at]! - loudness[at - NUM_BINS]!);
    }
    return sum;
  });
  const middle = mean(rises);
  return rises.map((rise) => rise / middle - 1);
}

/** Local maxima of the envelope that stand out of it. */
export function onsetsPerSecond(powers: Powers): number {
  const onsets = onsetEnvelope(powers);
  const isOnset = (frame: number): boolean =>
    onsets[frame]! > 0.6 && onsets[frame]! > (onsets[frame - 1] ?? 0) && onsets[frame]! >= (onsets[frame + 1] ?? 0);
  return (onsets.filter((_, frame) => isOnset(frame)).length * FRAMES_PER_SECOND) / onsets.length;
}

/** The mean pitch from 180 Hz to 1.6 kHz, weighted by amplitude, in octaves above 1 Hz. */
export function middlePitch(powers: Powers): number {
  const bins = BIN_HZ.flatMap((hz, bin) => (hz >= 180 && hz < 1_600 ? [{ hz, bin }] : []));
  const amplitudes = bins.map(({ bin }) => amplitudeOf(powers, bin));
  const total = amplitudes.reduce((sum, value) => sum + value, 0);
  return bins.reduce((sum, { hz }, i) => sum + amplitudes[i]! * Math.log2(hz), 0) / total;
}

export interface Pulse {
  readonly tempoBpm: number;
  /** From 0 to 1: how alike the sound's onsets are one beat later, two, three and four. */
  readonly clarity: number;
}

/**
 * The tempo from 40 to 300 beats a minute at which the onsets repeat best, by their autocorrelation; of several that do,
 * the one nearer to 120, as listeners have it.
 */
export function pulseOf(powers: Powers): Pulse {
  const likeness = onsetLikeness(powers);
  let best = { tempoBpm: 0, clarity: 0, score: -1 };
  for (let tempoBpm = 40; tempoBpm <= 300; tempoBpm += 0.1) {
    const beatSeconds = 60 / tempoBpm;
    const clarity = mean([1, 2, 3, 4].map((numBeats) => likeness(numBeats * beatSeconds)));
    const score = clarity * Math.exp(-0.5 * Math.log2(tempoBpm / 120) ** 2);
    if (score > best.score) best = { tempoBpm, clarity, score };
  }
  return best;
}

/** How alike the onsets are some seconds later, up to 6: their autocorrelation, at most about 1. */
export function onsetLikeness(powers: Powers): (seconds: number) => number {
  const onsets = onsetEnvelope(powers);
  const power = onsets.reduce((sum, value) => sum + value * value, 0);
  const correlation = Array.from({ length: 6 * FRAMES_PER_SECOND + 2 }, (_, lag) => {
    let sum = 0;
    for (let frame = lag; frame < onsets.length; frame += 1) sum += onsets[frame]! * onsets[frame - lag]!;
    return sum / power / (1 - lag / onsets.length);
  });
  return (seconds) => {
    const lag = seconds * FRAMES_PER_SECOND;
    const below = Math.floor(lag);
    return correlation[below]! + (correlation[below + 1]! - correlation[below]!) * (lag - below);
  };
}

/** How much there is of each pitch class from C to B, of the notes from C2 to B5. */
export function chromaOf(samples: Float32Array): number[] {
  const chroma = Array.from({ length: 12 }, () => 0);
  const block = 4_096;
  for (let note = 36; note < 84; note += 1) {
    const turn = (2 * Math.PI * 440 * 2 ** ((note - 69) / 12)) / RATE_HZ;
    const factor = 2 * Math.cos(turn);
    for (let start = 0; start + block <= samples.length; start += block) {
      let [one, two] = [0, 0];
      for (let i = start; i < start + block; i += 1) {
        const next = samples[i]! + factor * one - two;
        two = one;
        one = next;
      }
      chroma[note % 12]! += Math.sqrt(Math.max(0, one * one + two * two - factor * one * two));
    }
  }
  const total = chroma.reduce((sum, value) => sum + value, 0);
  return chroma.map((value) => value / total);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value below which a share of all lie. */
export function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))]!;
}

/** Pearson's correlation, and the slope of y over x by least squares. */
export function regress(x: readonly number[], y: readonly number[]): { correlation: number; slope: number } {
  const [meanX, meanY] = [mean(x), mean(y)];
  const sum = (f: (i: number) => number): number => x.reduce((total, _, i) => total + f(i), 0);
  const xy = sum((i) => (x[i]! - meanX) * (y[i]! - meanY));
  const xx = sum((i) => (x[i]! - meanX) ** 2);
  const yy = sum((i) => (y[i]! - meanY) ** 2);
  return { correlation: xy / Math.sqrt(xx * yy), slope: xy / xx };
}

/** Spearman's correlation: Pearson's of the ranks. */
export function rankCorrelation(x: readonly number[], y: readonly number[]): number {
  return regress(ranksOf(x), ranksOf(y)).correlation;
}

function ranksOf(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2);
}
