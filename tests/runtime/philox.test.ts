/** Philox against the known answers that its authors publish with Random123 (kat_vectors, philox 4x32, 10 rounds). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Counter, Draws, type Key, philox4x32 } from '../../runtime/philox.ts';

const KNOWN: readonly { counter: Counter; key: Key; answer: readonly number[] }[] = [
  {
    counter: [0, 0, 0, 0],
    key: [0, 0],
    answer: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    answer: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    answer: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

test.each(KNOWN)('known answer for $counter', ({ counter, key, answer }) => {
  expect(philox4x32(counter, key)).toEqual(answer);
});

describe('draws', () => {
  const whole = fc.nat(Number.MAX_SAFE_INTEGER - 1);

  test('are the same again, whatever was drawn between', () => {
    fc.assert(
      fc.property(whole, whole, fc.nat(5), (seed, index, purpose) => {
        const take = (draws: Draws): number[] => Array.from({ length: 9 }, () => draws.unit());
        const first = take(new Draws(seed, index, purpose));
        new Draws(seed, index + 1, purpose).unit();
        expect(take(new Draws(seed, index, purpose))).toEqual(first);
        expect(take(new Draws(seed, index, purpose + 1))).not.toEqual(first);
      }),
    );
  });

  test('tell all seeds and indices apart, past 32 bits too', () => {
    const starts = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 52].flatMap((seed) =>
      [0, 1, 2 ** 32, 2 ** 52].map((index) => new Draws(seed, index, 0).unit()),
    );
    expect(new Set(starts).size).toBe(starts.length);
  });

  test('are uniform: every value of a die about as often, and no other', () => {
    const counts = new Map<number, number>();
    for (let index = 0; index < 6_000; index++) {
      const eyes = new Draws(7, index, 0).integer(1, 6);
      counts.set(eyes, (counts.get(eyes) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    // Five standard deviations around 1,000.
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(145);
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN])('refuse a seed of %d', (seed) => {
    expect(() => new Draws(seed, 0, 0)).toThrow(RangeError);
  });
});
