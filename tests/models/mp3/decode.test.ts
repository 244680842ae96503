/** Cached autoregression against the decoder run from the start for each week. */
import { tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { disposeTree, leavesOf } from '../../../models/compile/tree.ts';
import type { Mp3Config } from '../../../models/mp3/config.ts';
import { createMp3Decoder, type Mp3Decoder } from '../../../models/mp3/decode.ts';
import type { Mp3Decoding } from '../../../models/mp3/rollOut.ts';
import { type RandomKey, randomKey } from '../../../models/training/random.ts';
import { expectNoLeak, relativeError, useTensorflow } from '../tensorflow.ts';
import { inputsOf, type PlainWeeks, POINT, plainWeeks, randomParameters, SMALL } from './fixtures.ts';
import { decodeUncached } from './uncached.ts';

useTensorflow();
expectNoLeak();

const NUM_TRACKS = 3;
const decoders = new Map<Mp3Config, Mp3Decoder>();
afterAll(() => {
  for (const decoder of decoders.values()) decoder.dispose();
});

function decoderFor(config: Mp3Config): Mp3Decoder {
  const decoder = decoders.get(config) ?? createMp3Decoder(config);
  decoders.set(config, decoder);
  return decoder;
}

/** By name, as plain numbers. */
type Plain = Readonly<Record<string, Float32Array>>;

function plain(decoding: Mp3Decoding): Plain {
  return Object.fromEntries(leavesOf(decoding).map(({ path, tensor }) => [path, tensor.dataSync<'float32'>().slice()]));
}

interface Request {
  readonly config: Mp3Config;
  readonly weeks: PlainWeeks;
  readonly numObserved: readonly number[];
  readonly seed: number;
  readonly isDrawn: boolean;
}

function run(decode: typeof decodeUncached, { config, weeks, numObserved, seed, isDrawn }: Request): Plain {
  const key: RandomKey | null = isDrawn ? randomKey(seed, 0) : null;
  const parameters = randomParameters(config, seed);
  const inputs = inputsOf(weeks, config, seed);
  try {
    const decoding = tidy(() => decode(config, parameters, { ...inputs, numObserved }, key));
    const found = plain(decoding);
    disposeTree(decoding);
    return found;
  } finally {
    key?.dispose();
    disposeTree([parameters, inputs]);
  }
}

const cached: typeof decodeUncached = (config, parameters, request, key) =>
  decoderFor(config).decode(parameters, request, key);

const request = (config: Mp3Config, isDrawn: boolean): fc.Arbitrary<Request> =>
  fc
    .record({
      seed: fc.nat(1000),
      // From 13 on a first block goes through the decoder at once, from 26 on a second.
      fewest: fc.constantFrom(0, 0, 5, 13, 20, 27, config.numWeeks),
      more: fc.array(fc.nat(8), { minLength: NUM_TRACKS, maxLength: NUM_TRACKS }),
    })
    .map(({ seed, fewest, more }) => ({
      config,
      seed,
      isDrawn,
      weeks: plainWeeks(NUM_TRACKS, config, seed),
      numObserved: more.map((count) => Math.min(config.numWeeks, fewest + count)),
    }));

/**
 * Points are fed back, and those near 0, where they are cut off, grow with each week's rounding: 4e-5 was met over 30 weeks.
 * The seed is fixed, as a worse case may be found some day: that would be a finding about the head, not about the cache.
 */
const POINT_TOLERANCE = 5e-4;

describe.each([
  ['medians', SMALL, false],
  ['draws', SMALL, true],
  ['points', POINT, false],
  ['medians without extrinsic features', { ...SMALL, numExtrinsic: 0, numHeads: 4 }, false],
] as const)('decoding %s', (_, config, isDrawn) => {
  test('with a cache gives what it gives without', () => {
    fc.assert(
      fc.property(request(config, isDrawn), (given) => {
        const [found, reference] = [run(cached, given), run(decodeUncached, given)];
        expect(Object.keys(found)).toEqual(Object.keys(reference));
        for (const [name, values] of Object.entries(reference)) {
          expect(relativeError(found[name] as Float32Array, values), name).toBeLessThan(
            config === POINT ? POINT_TOLERANCE : 1e-5,
          );
        }
      }),
      { numRuns: 5, seed: 2 },
    );
  });
});

describe('decoding', () => {
  const given: Request = {
    config: SMALL,
    weeks: plainWeeks(NUM_TRACKS, SMALL, 1),
    numObserved: [2, 16, 9],
    seed: 1,
    isDrawn: true,
  };

  test('reads no week that was not given', () => {
    const junk = structuredClone(given.weeks);
    for (const [track, count] of given.numObserved.entries()) {
      for (const rows of Object.values(junk) as number[][][]) rows[track]?.fill(Number.NaN, count);
    }
    expect(run(cached, { ...given, weeks: junk })).toEqual(run(cached, given));
  });

  test('keeps the weeks that were given', () => {
    const { onChart_BT, streams_BT } = run(cached, given);
    for (const [track, count] of given.numObserved.entries()) {
      for (let week = 0; week < count; week++) {
        const isOn = given.weeks.seen[track]?.[week] === 1 && given.weeks.onChart[track]?.[week] === 1;
        const cell = track * SMALL.numWeeks + week;
        expect(onChart_BT?.[cell]).toBe(Number(isOn));
        expect(streams_BT?.[cell]).toBe(isOn ? Math.fround(given.weeks.streams[track]?.[week] as number) : 0);
      }
    }
  });

  test('draws the same path from the same key, another from another', () => {
    expect(run(cached, given)).toEqual(run(cached, given));
    const otherKey: typeof decodeUncached = (config, parameters, asked) => {
      const key = randomKey(given.seed, 1);
      const decoding = cached(config, parameters, asked, key);
      key.dispose();
      return decoding;
    };
    expect(run(otherKey, given).streams_BT).not.toEqual(run(cached, given).streams_BT);
  });

  test.each([
    ['too few numbers of weeks', [1, 2], '2 numbers of observed weeks for 3 tracks'],
    ['more weeks than there are', [1, 2, 31], '31 observed weeks of 30'],
    ['half a week', [1, 2, 0.5], '0.5 observed weeks of 30'],
  ])('refuses %s', (_, numObserved, message) => {
    const parameters = randomParameters(SMALL);
    const inputs = inputsOf(given.weeks, SMALL);
    try {
      expect(() => decoderFor(SMALL).decode(parameters, { ...inputs, numObserved })).toThrow(message);
    } finally {
      disposeTree([parameters, inputs]);
    }
  });

  test('refuses to draw from a point', () => {
    expect(() => run(cached, { ...given, config: POINT })).toThrow('a point head has no distribution to draw from');
  });
});
