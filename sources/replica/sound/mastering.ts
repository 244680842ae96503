/** What is done to a whole sound: power, drive, brightness, loudness. All in place. */
import { SAMPLE_RATE_HZ, samplesIn } from './format.ts';

/** Below this a sample is left as it is; above, it is bent so that none reaches 1. */
const LIMIT_FROM = 0.6;
const LIMIT_TO = 0.92;
/** How much the highs may be changed, as a factor of their amplitude. */
const MOST_HIGH_GAIN = 8;
const FADE_IN_SAMPLES = samplesIn(0.003);
const FADE_OUT_SAMPLES = samplesIn(0.03);

export function rmsOf(sound: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < sound.length; i += 1) sum += sound[i]! * sound[i]!;
  return Math.sqrt(sum / sound.length);
}

/** Adds a part so that its RMS is `level`, whatever it was. */
export function addPart(mix: Float32Array, part: Float32Array, level: number): void {
  const rms = rmsOf(part);
  if (rms === 0 || level === 0) return;
  const gain = level / rms;
  for (let i = 0; i < mix.length; i += 1) mix[i]! += gain * part[i]!;
}

/** Distortion: bends the sound, of RMS 1 before, the more the harder it is driven. */
export function distort(sound: Float32Array, drive: number): void {
  const gain = drive / rmsOf(sound);
  for (let i = 0; i < sound.length; i += 1) {
    const value = Math.max(-3, Math.min(3, gain * sound[i]!));
    const square = value * value;
    // Padé's form of the hyperbolic tangent, which ends at 1 with slope 0 where it is cut.
    sound[i] = (value * (27 + square)) / (27 + 9 * square);
  }
}

/** Sets the power above a frequency to `ratioDb` of that below; a one-pole filter divides them. */
export function setBrightness(sound: Float32Array, splitHz: number, ratioDb: number): void {
  const weight = 1 - Math.exp((-2 * Math.PI * splitHz) / SAMPLE_RATE_HZ);
  const lows = new Float32Array(sound.length);
  let low = 0;
  let lowPower = 0;
  let highPower = 0;
  for (let i = 0; i < sound.length; i += 1) {
    low += weight * (sound[i]! - low);
    const high = sound[i]! - low;
    lows[i] = low;
    lowPower += low * low;
    highPower += high * high;
  }
  const wanted = Math.sqrt((lowPower * 10 ** (ratioDb / 10)) / highPower);
  const gain = Math.min(MOST_HIGH_GAIN, Math.max(1 / MOST_HIGH_GAIN, wanted));
  for (let i = 0; i < sound.length; i += 1) sound[i] = lows[i]! + gain * (sound[i]! - lows[i]!);
}

/** Sets the RMS of the whole to `rmsDb` of full scale; peaks are bent, and the gain makes up for it. */
export function setLoudness(sound: Float32Array, rmsDb: number): void {
  fade(sound);
  const wanted = 10 ** (rmsDb / 20);
  let gain = wanted / rmsOf(sound);
  for (let round = 0; round < 12; round += 1) {
    const rms = limitedRms(sound, gain);
    if (Math.abs(rms / wanted - 1) < 0.001) break;
    gain *= wanted / rms;
  }
  for (let i = 0; i < sound.length; i += 1) sound[i] = limit(gain * sound[i]!);
}

function limitedRms(sound: Float32Array, gain: number): number {
  let sum = 0;
  for (let i = 0; i < sound.length; i += 1) {
    const value = limit(gain * sound[i]!);
    sum += value * value;
  }
  return Math.sqrt(sum / sound.length);
}

function limit(value: number): number {
  const over = Math.abs(value) - LIMIT_FROM;
  if (over <= 0) return value;
  const room = LIMIT_TO - LIMIT_FROM;
  const bent = LIMIT_FROM + (room * over) / (over + room);
  return value < 0 ? -bent : bent;
}

function fade(sound: Float32Array): void {
  for (let i = 0; i < FADE_IN_SAMPLES; i += 1) sound[i]! *= i / FADE_IN_SAMPLES;
  for (let i = 0; i < FADE_OUT_SAMPLES; i += 1) sound[sound.length - 1 - i]! *= i / FADE_OUT_SAMPLES;
}
