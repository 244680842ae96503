/** The filterbank against torchaudio's and against an independent float64 implementation: whole matrices. */
import { describe, expect, test } from 'vitest';
import { fbank, fbank64 } from '../../../audio/fbank/fbank.ts';
import { fbankSettings, LOG_ENERGY_FLOOR } from '../../../audio/fbank/settings.ts';
import { exactVectors, type FbankVector, fbankVectors, GOLDEN_FBANK, sharedFolder } from '../vectors.ts';
import { describeDifference, difference } from './difference.ts';

const TOLERANCE = { linear: 5e-5, logNearMaximum: 1e-3, mean: 1e-4, exact: 1e-9 } as const;

const shared = sharedFolder('fbank');
const folders = [GOLDEN_FBANK, ...(shared === null ? [] : [shared])];
const vectors = folders.flatMap(fbankVectors);
const exact = folders.flatMap(exactVectors);

/**
 * How far torchaudio's own float32 is from the definition: where that passes the mean's tolerance (a povey-windowed
 * chirp, in bins 100 dB and more below the loudest) nobody who computes rightly can be nearer to it.
 */
function ownNoise({ samples, window, numMelBins, reference }: FbankVector): number {
  const truth = fbank64(samples, fbankSettings({ window, numMelBins }));
  return difference(truth.values, reference.values, numMelBins).mean;
}

describe('fbank', () => {
  test('has vectors to be held to', () => {
    expect(vectors.length).toBeGreaterThanOrEqual(15);
    expect(exact.length).toBeGreaterThanOrEqual(4);
  });

  test.each(vectors)("$name is torchaudio's", (vector) => {
    const { name, samples, window, numMelBins, reference } = vector;
    const actual = fbank(samples, fbankSettings({ window, numMelBins }));
    expect([actual.numFrames, actual.numMelBins]).toEqual(reference.shape);
    const d = difference(actual.values, reference.values, numMelBins);
    console.log(describeDifference(name, d));
    expect(d.linear).toBeLessThanOrEqual(TOLERANCE.linear);
    expect(d.logNearMaximum).toBeLessThanOrEqual(TOLERANCE.logNearMaximum);
    if (d.mean > TOLERANCE.mean) {
      const noise = ownNoise(vector);
      console.log(`${name}: mean ${d.mean.toExponential(2)}, of which torchaudio's own ${noise.toExponential(2)}`);
      expect(d.mean).toBeLessThanOrEqual(noise);
    }
  });

  test.each(vectors)('$name: the fast kernel is at the definition', ({ samples, window, numMelBins }) => {
    const settings = fbankSettings({ window, numMelBins });
    const d = difference(fbank(samples, settings).values, fbank64(samples, settings).values, numMelBins);
    expect(d.linear).toBeLessThanOrEqual(TOLERANCE.linear);
    expect(d.logNearMaximum).toBeLessThanOrEqual(TOLERANCE.logNearMaximum);
    expect(d.mean).toBeLessThanOrEqual(TOLERANCE.mean);
  });
});

describe('fbank64', () => {
  test.each(exact)('$name is within 1e-9 of an independent float64', ({ name, samples, reference }) => {
    const actual = fbank64(samples, fbankSettings({ window: 'hanning' }));
    expect([actual.numFrames, actual.numMelBins]).toEqual(reference.shape);
    const d = difference(actual.values, reference.values, 128);
    console.log(describeDifference(`${name} float64`, d));
    expect(d.maximum).toBeLessThanOrEqual(TOLERANCE.exact);
  });
});

describe('what must come out whatever the machine', () => {
  const silence = new Float32Array(8_000);

  test('silence is the floor, in every cell, to the bit', () => {
    for (const window of ['hanning', 'povey']) {
      const { values } = fbank(silence, fbankSettings({ window }));
      expect(values.every((value) => value === Math.fround(LOG_ENERGY_FLOOR))).toBe(true);
    }
  });

  test('a constant is silence: each frame loses its mean', () => {
    const { values } = fbank64(
      silence.map(() => 0.25),
      fbankSettings({ window: 'hanning' }),
    );
    expect(values.every((value) => value === LOG_ENERGY_FLOOR)).toBe(true);
  });

  test('mel row 3 of 128 is empty: always the floor', () => {
    const noise = silence.map((_, index) => Math.sin(index * index));
    const { values, numFrames } = fbank(noise, fbankSettings({ window: 'hanning' }));
    for (let frame = 0; frame < numFrames; frame++) {
      expect(values[frame * 128 + 3]).toBe(Math.fround(LOG_ENERGY_FLOOR));
      expect(values[frame * 128 + 4]).toBeGreaterThan(LOG_ENERGY_FLOOR);
    }
  });

  test.each([
    [400, 1],
    [559, 1],
    [560, 2],
    [719, 2],
    [720, 3],
    [480_000, 2_998],
  ])('%i samples make %i frames', (numSamples, numFrames) => {
    expect(fbank(new Float32Array(numSamples), fbankSettings({ window: 'povey' })).numFrames).toBe(numFrames);
  });
});
