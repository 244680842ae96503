/**
 * Random numbers as a pure function of (key, counter): Philox 4x32-10 (Salmon et al., SC11). Nothing is kept between
 * calls, so any draw can be made again, in any order, on any machine.
 */

const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const;
/** The golden ratio and the square root of 3, less 1, in 32 bits. */
const KEY_STEPS = [0x9e3779b9, 0xbb67ae85] as const;
const NUM_ROUNDS = 10;

export type Counter = readonly [number, number, number, number];
export type Key = readonly [number, number];

/** Four random words of 32 bits for a counter of four and a key of two. */
export function philox4x32(counter: Counter, key: Key): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < NUM_ROUNDS; round++) {
    const [high0, low0] = multiply(MULTIPLIERS[0], c0);
    const [high1, low1] = multiply(MULTIPLIERS[1], c2);
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + KEY_STEPS[0]) >>> 0;
    k1 = (k1 + KEY_STEPS[1]) >>> 0;
  }
  return [c0 >>> 0, c1 >>> 0, c2 >>> 0, c3 >>> 0];
}

/** The high and the low word of a 64-bit product, by halves that float64 holds exactly. */
function multiply(a: number, b: number): [number, number] {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const lowLow = aLow * bLow;
  const middle = aHigh * bLow + Math.floor(lowLow / 0x10000);
  const cross = aLow * bHigh + (middle % 0x10000);
  const high = aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000);
  return [high >>> 0, Math.imul(a, b) >>> 0];
}

/** Draws for one example of a training run. Each purpose has draws of its own, so a new one changes no other. */
export class Draws {
  readonly #key: Key;
  readonly #index: Key;
  readonly #purpose: number;
  #numBlocks = 0;
  #words: number[] = [];

  /**
   * @param seed of the run, a whole number from 0 below 2^53
   * @param index of the example in the run's order, likewise
   * @param purpose which of the draws, a whole number below 2^32
   */
  constructor(seed: number, index: number, purpose: number) {
    this.#key = halves(seed, 'seed');
    this.#index = halves(index, 'index');
    this.#purpose = purpose;
  }

  /** Uniform in [0, 1), with 32 bits. */
  unit(): number {
    if (this.#words.length === 0) {
      this.#words = philox4x32([this.#index[0], this.#index[1], this.#purpose, this.#numBlocks++], this.#key);
    }
    return (this.#words.shift() ?? 0) / 2 ** 32;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** A whole number, uniform from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }
}

function halves(value: number, name: string): Key {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${name} ${value} is not a whole number from 0`);
  return [value % 2 ** 32, Math.floor(value / 2 ** 32)];
}
