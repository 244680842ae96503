/** What holds for any sound, and what is refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fbank, fbank64 } from '../../../audio/fbank/fbank.ts';
import { FRAME_SHIFT_SAMPLES, fbankSettings, LOG_ENERGY_FLOOR } from '../../../audio/fbank/settings.ts';
import { isChartlifeError } from '../../../contracts/errors.ts';
import { gainPower } from '../augment/reference.ts';

const SETTINGS = fbankSettings({ window: 'hanning' });

const sound = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 400, maxLength: 2_500 })
  .map((samples) => Float32Array.from(samples));

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return null;
}

describe('laws', () => {
  test('later by whole frames is the same rows, later: to the bit', () => {
    fc.assert(
      fc.property(sound, fc.integer({ min: 1, max: 9 }), (samples, numFramesLater) => {
        const later = new Float32Array(samples.length + numFramesLater * FRAME_SHIFT_SAMPLES);
        later.set(samples, numFramesLater * FRAME_SHIFT_SAMPLES);
        const plain = fbank(samples, SETTINGS).values;
        expect(fbank(later, SETTINGS).values.subarray(numFramesLater * SETTINGS.numMelBins)).toEqual(plain);
      }),
      { numRuns: 40 },
    );
  });

  test('louder by a factor adds the logarithm of its square, down to the floor', () => {
    fc.assert(
      fc.property(sound, fc.double({ min: -7, max: 7, noNaN: true }), (samples, gainDb) => {
        const louder = samples.map((sample) => sample * 10 ** (gainDb / 20));
        const heard = fbank(louder, SETTINGS).values;
        const computed = gainPower(fbank(samples, SETTINGS), gainDb).values;
        for (const [cell, value] of computed.entries()) {
          // What the floor has swallowed can't be made loud again.
          const isSwallowed = value <= LOG_ENERGY_FLOOR + 7 * Math.LN10 * 0.1;
          if (!isSwallowed) expect(Math.abs(value - heard[cell]!)).toBeLessThan(2e-3);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('a frame depends on its own samples alone, however loud its neighbours', () => {
    fc.assert(
      fc.property(sound, fc.double({ min: -30_000, max: 30_000, noNaN: true }), (samples, loud) => {
        const alone = fbank(samples.subarray(0, 400), SETTINGS).values;
        const beside = Float32Array.from({ length: 1_200 }, (_, index) => samples[index] ?? loud * (index % 7));
        beside.set(samples.subarray(0, 400));
        beside.fill(loud, 400);
        expect(fbank(beside, SETTINGS).values.subarray(0, SETTINGS.numMelBins)).toEqual(alone);
      }),
      { numRuns: 40 },
    );
  });

  test('16-bit scale adds 2 ln 32768', () => {
    const samples = Float32Array.from({ length: 1_600 }, (_, index) => Math.sin(index * 1.7) * 0.5);
    const plain = fbank64(samples, SETTINGS).values;
    const scaled = fbank64(
      samples.map((sample) => sample * 32_768),
      SETTINGS,
    ).values;
    const apart = [...plain.keys()].filter((cell) => plain[cell]! > LOG_ENERGY_FLOOR);
    expect(apart.length).toBeGreaterThan(300);
    for (const cell of apart) expect(scaled[cell]! - plain[cell]!).toBeCloseTo(2 * Math.log(32_768), 9);
  });
});

describe('refused', () => {
  test.each([0, 1, 399])('%i samples: AudioTooShort', (numSamples) => {
    for (const compute of [fbank, fbank64]) {
      const error = errorOf(() => compute(new Float32Array(numSamples), SETTINGS));
      expect(isChartlifeError(error, 'AudioTooShort')).toBe(true);
      expect((error as Error).message).toContain(String(numSamples));
    }
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1e30])('a sample of %d, with its place', (value) => {
    const samples = new Float32Array(800);
    samples[517] = value;
    const error = errorOf(() => fbank(samples, SETTINGS));
    expect(isChartlifeError(error, 'InvalidInput')).toBe(true);
    expect((error as Error).message).toContain('517');
  });

  test.each([{ window: 'hamming' }, { window: 'hanning', numMelBins: 3 }, { window: 'povey', numMelBins: 12.5 }])(
    'settings %o',
    (options) => {
      expect(
        isChartlifeError(
          errorOf(() => fbankSettings(options)),
          'InvalidInput',
        ),
      ).toBe(true);
    },
  );
});
