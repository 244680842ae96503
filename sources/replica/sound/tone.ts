/** One note, added to what is there. */
import { SAMPLE_RATE_HZ, samplesIn } from './format.ts';
import { TABLE_LENGTH } from './wavetables.ts';

export interface Tone {
  readonly startSample: number;
  readonly numSamples: number;
  readonly frequencyHz: number;
  readonly gain: number;
  readonly table: Float32Array;
  /** In how many seconds the tone falls by 60 dB; Infinity for one that holds. */
  readonly decaySeconds: number;
  readonly vibrato?: { readonly rateHz: number; readonly depth: number };
}

const ATTACK_SAMPLES = samplesIn(0.004);
const RELEASE_SAMPLES = samplesIn(0.02);

export function addTone(out: Float32Array, tone: Tone): void {
  const { table, gain, frequencyHz, vibrato } = tone;
  const start = Math.max(0, Math.round(tone.startSample));
  const numSamples = Math.min(Math.round(tone.numSamples), out.length - start);
  const decay = 10 ** (-3 / (tone.decaySeconds * SAMPLE_RATE_HZ));
  const step = (frequencyHz * TABLE_LENGTH) / SAMPLE_RATE_HZ;
  const vibratoStep = vibrato === undefined ? 0 : (2 * Math.PI * vibrato.rateHz) / SAMPLE_RATE_HZ;
  const vibratoDepth = vibrato === undefined ? 0 : vibrato.depth * step;
  let level = gain;
  let phase = 0;
  // The vibrato as a point that turns on a circle: no sine per sample.
  let across = 1;
  let up = 0;
  for (let i = 0; i < numSamples; i += 1) {
    const place = phase | 0;
    const below = table[place]!;
    const value = below + (table[place + 1]! - below) * (phase - place);
    const attack = i < ATTACK_SAMPLES ? i / ATTACK_SAMPLES : 1;
    const left = numSamples - i;
    const release = left < RELEASE_SAMPLES ? left / RELEASE_SAMPLES : 1;
    out[start + i]! += level * attack * release * value;
    level *= decay;
    phase += step + vibratoDepth * up;
    if (phase >= TABLE_LENGTH) phase -= TABLE_LENGTH;
    across -= vibratoStep * up;
    up += vibratoStep * across;
  }
}

/** The frequency of a MIDI note number, which need not be whole: 69 is 440 Hz. */
export function frequencyOf(note: number): number {
  return 440 * 2 ** ((note - 69) / 12);
}
