/** The resampler against torchaudio's, and against what any resampler must do. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resample } from '../../audio/resample.ts';
import { isChartlifeError } from '../../contracts/errors.ts';
import { GOLDEN_FBANK, readNpy, readSamples, sharedFolder } from './vectors.ts';

function largestDifference(a: Float32Array, b: Float32Array | Float64Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, index) => Math.max(largest, Math.abs(value - b[index]!)), 0);
}

describe('against torchaudio', () => {
  test.each([8_000, 22_050, 44_100, 44_101, 48_000, 96_000])('%i Hz to 16 kHz', (rateHz) => {
    const samples = readSamples(GOLDEN_FBANK, `resample_${rateHz}.in.f32`);
    const reference = readNpy(GOLDEN_FBANK, `resample_${rateHz}.out16k.npy`).values;
    expect(largestDifference(resample(samples, rateHz, 16_000), reference)).toBeLessThan(2e-6);
  });

  const shared = sharedFolder('fbank');
  test.skipIf(shared === null)('resample_chirp44k', () => {
    const samples = readSamples(shared ?? '', 'resample_chirp44k.in.f32');
    const reference = readNpy(shared ?? '', 'resample_chirp44k.out16k.npy').values;
    const apart = largestDifference(resample(samples, 44_100, 16_000), reference);
    console.log(`resample_chirp44k: largest difference ${apart.toExponential(1)}`);
    expect(apart).toBeLessThan(1e-5);
  });
});

describe('laws', () => {
  const rate = fc.constantFrom(8_000, 11_025, 22_050, 32_000, 44_100, 44_101, 48_000, 96_000);

  test('ceil(16000 n / from) samples', () => {
    fc.assert(
      fc.property(rate, fc.integer({ min: 1, max: 9_000 }), (fromHz, numSamples) => {
        const out = resample(new Float32Array(numSamples), fromHz, 16_000);
        expect(out.length).toBe(Math.ceil((16_000 * numSamples) / fromHz));
      }),
    );
  });

  test('any whole rates', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 3_000 }), (fromHz, toHz) => {
        const out = resample(new Float32Array(64).fill(0.5), fromHz, toHz);
        expect(out.length).toBe(Math.ceil((toHz * 64) / fromHz));
        expect(out.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('a long signal is the sum of its halves: blocks meet without a seam', () => {
    fc.assert(
      fc.property(rate, fc.integer({ min: 1, max: 119_999 }), (fromHz, border) => {
        const whole = Float32Array.from({ length: 120_000 }, (_, index) => Math.sin(index * 0.05));
        const head = whole.map((value, index) => (index < border ? value : 0));
        const tail = whole.map((value, index) => (index < border ? 0 : value));
        const tailOut = resample(tail, fromHz, 16_000);
        const sum = resample(head, fromHz, 16_000).map((value, index) => value + tailOut[index]!);
        expect(largestDifference(resample(whole, fromHz, 16_000), sum)).toBeLessThan(1e-6);
      }),
      { numRuns: 20 },
    );
  });

  test.each([44_100, 48_000, 22_050, 96_000])('%i Hz: what can be heard stays, what would fold back goes', (fromHz) => {
    const sine = (hz: number): Float32Array =>
      Float32Array.from({ length: fromHz }, (_, index) => Math.sin((2 * Math.PI * hz * index) / fromHz));
    const middle = (samples: Float32Array): Float32Array => samples.subarray(2_000, 14_000);
    const rms = (samples: Float32Array): number => Math.hypot(...samples) / Math.sqrt(samples.length);
    expect(rms(middle(resample(sine(1_000), fromHz, 16_000)))).toBeCloseTo(Math.SQRT1_2, 3);
    expect(rms(middle(resample(sine(Math.min(10_500, fromHz / 2)), fromHz, 16_000)))).toBeLessThan(0.01);
  });
});

describe('refused', () => {
  test.each([0, -16_000, 44_100.5, 1_000_000, Number.NaN])('%d Hz', (hz) => {
    let error: unknown;
    try {
      resample(new Float32Array(10), hz, 16_000);
    } catch (caught) {
      error = caught;
    }
    expect(isChartlifeError(error, 'InvalidInput')).toBe(true);
  });

  test('equal rates give the samples themselves', () => {
    const samples = new Float32Array(10);
    expect(resample(samples, 16_000, 16_000)).toBe(samples);
  });
});
