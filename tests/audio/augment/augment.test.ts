/** Augmentation: pure, within its bounds, and each transform does what its name says. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_AUGMENT_SETTINGS,
  drawAugment,
  ORIGINAL_AUGMENT_SETTINGS,
  UNDISTURBED,
} from '../../../audio/augment/augment.ts';
import { augmentInto } from '../../../audio/augment/augmentInto.ts';
import type { Spectrogram } from '../../../audio/fbank/fbank.ts';
import { LOG_ENERGY_FLOOR } from '../../../audio/fbank/settings.ts';
import type { AugmentSettings } from '../../../contracts/features.ts';
import { fromFloat16, toFloat16, valueOfHalf } from '../../../data/shards/float16.ts';
import { augmented, cropOrPad, gainLogValues, gainPower, normalized, roll } from './reference.ts';

const FLOOR = Math.fround(LOG_ENERGY_FLOOR);

const spectrogram = fc
  .record({ numFrames: fc.integer({ min: 1, max: 40 }), numMelBins: fc.integer({ min: 4, max: 16 }) })
  .chain(({ numFrames, numMelBins }) =>
    fc
      .array(fc.oneof(fc.constant(FLOOR), fc.float({ min: -15, max: 12, noNaN: true })), {
        minLength: numFrames * numMelBins,
        maxLength: numFrames * numMelBins,
      })
      .map((values): Spectrogram => ({ numFrames, numMelBins, values: Float32Array.from(values) })),
  );
const settings = fc
  .record({
    numFrames: fc.integer({ min: 1, max: 50 }),
    gainOf: fc.constantFrom<AugmentSettings['gainOf']>('signal-power', 'log-values'),
  })
  .map((some): AugmentSettings => ({ ...DEFAULT_AUGMENT_SETTINGS, maxRollFrames: 20, ...some }));
const seed = fc.nat(Number.MAX_SAFE_INTEGER);
const UNCHANGED = { mean: 0, scale: 1 };

/** As a batch has it: what is stored are halves. */
function augment(
  { numFrames, numMelBins, values }: Spectrogram,
  chosen: AugmentSettings,
  drawn = UNDISTURBED,
  normalize = UNCHANGED,
): Spectrogram {
  const target = new Float32Array(chosen.numFrames * numMelBins).fill(Number.NaN);
  const codes = toFloat16(values);
  augmentInto(
    target,
    { numFrames, numMelBins, codes },
    { augment: chosen, normalize, valueOfCode: valueOfHalf() },
    drawn,
  );
  return { numFrames: chosen.numFrames, numMelBins, values: target };
}

describe('augment', () => {
  test('comes to the bits of the reference, which does one transform after the other', () => {
    const normalize = fc.record({
      mean: fc.double({ min: -9, max: 9, noNaN: true }),
      scale: fc.double({ min: 0.1, max: 20, noNaN: true }),
    });
    fc.assert(
      fc.property(spectrogram, settings, seed, seed, normalize, (given, chosen, runSeed, index, moments) => {
        const drawn = drawAugment(given, chosen, runSeed, index);
        const stored = { ...given, values: fromFloat16(toFloat16(given.values)) };
        const expected = normalized(augmented(stored, chosen, drawn), moments);
        const made = augment(given, chosen, drawn, moments);
        expect(made.numFrames).toBe(expected.numFrames);
        expect(Buffer.from(made.values.buffer).equals(Buffer.from(expected.values.buffer))).toBe(true);
        expect(drawAugment(given, chosen, runSeed, index)).toEqual(drawn);
      }),
      { numRuns: 300 },
    );
  });

  test('draws within the bounds of the settings, to both ends', () => {
    const drawn = Array.from({ length: 3_000 }, (_, index) =>
      drawAugment({ numFrames: 2_998, numMelBins: 128 }, DEFAULT_AUGMENT_SETTINGS, 1, index),
    );
    const range = (of: (one: (typeof drawn)[number]) => number): number[] => [
      Math.min(...drawn.map(of)),
      Math.max(...drawn.map(of)),
    ];
    expect(range((one) => one.cropStart)).toEqual([0, 198]);
    expect(range((one) => one.rollFrames)).toEqual([-256, 256]);
    expect(range((one) => one.melBinMask.width)).toEqual([0, 25]);
    expect(range((one) => one.gainDb).map(Math.round)).toEqual([-7, 7]);
    const [leastFrames = 0, mostFrames = 0] = range((one) => one.frameMask.width);
    expect(leastFrames).toBeLessThan(5);
    expect(mostFrames).toBeGreaterThan(555);
    for (const { melBinMask, frameMask } of drawn) {
      expect(melBinMask.start + melBinMask.width).toBeLessThanOrEqual(128);
      expect(frameMask.width).toBeLessThanOrEqual(560);
      expect(frameMask.start + frameMask.width).toBeLessThanOrEqual(2_800);
    }
  });

  test('masks what was drawn and nothing else', () => {
    const given: Spectrogram = { numFrames: 60, numMelBins: 10, values: new Float32Array(600).fill(3) };
    const chosen: AugmentSettings = { ...DEFAULT_AUGMENT_SETTINGS, numFrames: 60, maxGainDb: 0, fillValue: -1 };
    for (let index = 0; index < 50; index++) {
      const drawn = drawAugment(given, chosen, 5, index);
      const { melBinMask, frameMask } = drawn;
      const { values } = augment(given, chosen, drawn);
      const isInside = (at: number, mask: typeof frameMask): boolean =>
        at >= mask.start && at < mask.start + mask.width;
      for (const [cell, value] of values.entries()) {
        const isMasked = isInside(Math.floor(cell / 10), frameMask) || isInside(cell % 10, melBinMask);
        expect(value).toBe(isMasked ? -1 : 3);
      }
    }
  });

  test('the original recipe differs in the gain alone', () => {
    const { gainOf, ...rest } = ORIGINAL_AUGMENT_SETTINGS;
    expect(gainOf).toBe('log-values');
    expect(DEFAULT_AUGMENT_SETTINGS).toEqual({ ...rest, gainOf: 'signal-power' });
    expect(rest).toMatchObject({ numFrames: 2_800, maxGainDb: 7, maxRollFrames: 256 });
  });

  test('without it only the size changes', () => {
    const given: Spectrogram = { numFrames: 2, numMelBins: 4, values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
    const { values } = augment(given, { ...DEFAULT_AUGMENT_SETTINGS, numFrames: 3, fillValue: 0 });
    expect([...values]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0]);
  });
});

describe('transforms', () => {
  const gainDb = fc.double({ min: -7, max: 7, noNaN: true });

  test('a gain of power adds ln 10 / 10 per dB, and the floor stays', () => {
    fc.assert(
      fc.property(spectrogram, gainDb, (given, gain) => {
        const { values } = gainPower(given, gain);
        for (const [cell, value] of given.values.entries()) {
          const louder = Math.max(FLOOR, value + Math.log(10 ** (gain / 10)));
          expect(values[cell]).toBeCloseTo(value === FLOOR ? FLOOR : louder, 4);
        }
      }),
    );
  });

  test('the original gain multiplies logarithms: a quiet cell grows quieter as it is made louder', () => {
    const given: Spectrogram = { numFrames: 1, numMelBins: 4, values: Float32Array.of(-10, -1, 0, 2) };
    expect([...gainLogValues(given, 20).values]).toEqual([-100, -10, 0, 20]);
    expect([...gainPower(given, 20).values].map((value) => value.toFixed(2))).toEqual([
      '-5.39',
      '3.61',
      '4.61',
      '6.61',
    ]);
  });

  test('rolling there and back, and all the way round, changes nothing', () => {
    fc.assert(
      fc.property(spectrogram, fc.integer({ min: -300, max: 300 }), (given, shift) => {
        expect(roll(roll(given, shift), -shift)).toEqual(given);
        expect(roll(given, shift + given.numFrames)).toEqual(roll(given, shift));
      }),
    );
  });

  test('rolling moves rows later', () => {
    const given: Spectrogram = { numFrames: 3, numMelBins: 1, values: Float32Array.of(1, 2, 3) };
    expect([...roll(given, 1).values]).toEqual([3, 1, 2]);
  });

  test('a stretch holds the rows it names, then the padding', () => {
    fc.assert(
      fc.property(spectrogram, fc.nat(45), fc.nat(45), (given, numFrames, start) => {
        const { values } = cropOrPad(given, numFrames, start);
        for (const [cell, value] of values.entries()) {
          expect(value).toBe(given.values[cell + start * given.numMelBins] ?? FLOOR);
        }
      }),
    );
  });
});
