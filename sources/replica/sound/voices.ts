/** A sung line and a spoken one: sources with formants. Neither is anybody's voice. */
import { drawsFor, noiseAt } from './draws.ts';
import { NUM_SAMPLES, samplesIn } from './format.ts';
import { Resonator } from './resonator.ts';
import type { Score } from './score.ts';
import { addTone, frequencyOf } from './tone.ts';
import { tableFor } from './wavetables.ts';

/** The first three formants of vowels, in Hz. The third is nearly the same in all: singers' voices carry by it. */
const VOWELS = [
  [730, 1090, 2750],
  [530, 1840, 2750],
  [390, 1990, 2750],
  [570, 840, 2700],
  [440, 1020, 2700],
] as const;
const FORMANT_WIDTHS_HZ = [90, 120, 160] as const;
const SUNG_LEVELS = [1, 0.7, 0.9] as const;
const SPOKEN_LEVELS = [1, 0.8, 0.4] as const;
const VIBRATO = { rateHz: 5.6, depth: 0.012 } as const;

/** Long notes with vibrato below the melody, a vowel to each. */
export function sing(trackId: string, score: Score): Float32Array {
  const source = new Float32Array(NUM_SAMPLES);
  const out = new Float32Array(NUM_SAMPLES);
  const draw = drawsFor(trackId, 'voice');
  const vowels = drawsFor(trackId, 'voice/vowels');
  const formants = new Formants();
  const middle = 50 + 12 * draw(0);
  for (const beat of score.beats) {
    if (beat.index % 2 === 1) continue;
    const note = score.melodyNote(beat, 0, middle);
    const frequencyHz = frequencyOf(note);
    const start = Math.round(beat.startSample);
    addTone(source, {
      ...{ startSample: start, numSamples: 1.85 * score.beatSamples, frequencyHz, gain: 1 },
      ...{ table: tableFor('bright', frequencyHz), decaySeconds: 12, vibrato: VIBRATO },
    });
    const end = Math.min(NUM_SAMPLES, Math.round(beat.startSample + 2 * score.beatSamples));
    formants.filter(source, out, start, end, vowels(beat.index), SUNG_LEVELS);
  }
  return out;
}

/** Syllables faster than any beat: a vowel on a falling pitch, and before it a hiss. */
export function speak(trackId: string): Float32Array {
  const source = new Float32Array(NUM_SAMPLES);
  const out = new Float32Array(NUM_SAMPLES);
  const draw = drawsFor(trackId, 'speech');
  const formants = new Formants();
  const pitchHz = 95 + 90 * draw(-1);
  let place = 0;
  for (let start = samplesIn(0.1); start < NUM_SAMPLES; place += 8) {
    const hissSamples = samplesIn(0.03 + 0.04 * draw(place));
    const vowelSamples = samplesIn(0.06 + 0.07 * draw(place + 1));
    const frequencyHz = pitchHz * (0.85 + 0.3 * draw(place + 2));
    addHiss(out, start, hissSamples, Math.floor(65_536 * draw(place + 3)));
    addTone(source, {
      ...{ startSample: start + hissSamples, numSamples: vowelSamples, frequencyHz, gain: 1 },
      ...{ table: tableFor('bright', frequencyHz), decaySeconds: 0.4 },
    });
    const isWordEnd = draw(place + 5) < 0.2;
    const next = start + hissSamples + vowelSamples + samplesIn(isWordEnd ? 0.18 : 0.02);
    formants.filter(source, out, start, Math.min(NUM_SAMPLES, next), draw(place + 4), SPOKEN_LEVELS);
    start = next;
  }
  return out;
}

/** Three resonators beside each other, tuned to one vowel after the other. */
class Formants {
  readonly #resonators = FORMANT_WIDTHS_HZ.map(() => new Resonator());

  /** @param vowel from 0 to 1, which of the vowels */
  filter(
    source: Float32Array,
    out: Float32Array,
    from: number,
    to: number,
    vowel: number,
    levels: readonly number[],
  ): void {
    const frequencies = VOWELS[Math.floor(vowel * VOWELS.length)]!;
    for (const [place, resonator] of this.#resonators.entries()) {
      resonator.tune(frequencies[place]!, FORMANT_WIDTHS_HZ[place]!);
      resonator.filter(source, out, from, to, levels[place]!);
    }
  }
}

function addHiss(out: Float32Array, start: number, numSamples: number, noisePlace: number): void {
  const end = Math.min(numSamples, out.length - start);
  for (let i = 0; i < end; i += 1) {
    const swell = (4 * i * (numSamples - i)) / (numSamples * numSamples);
    out[start + i]! += 0.08 * swell * (noiseAt(noisePlace + i) - noiseAt(noisePlace + i + 1));
  }
}
