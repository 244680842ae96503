/** What a week's forecast depends on: the weeks before it that were seen, and nothing else. */
import { slice, type Tensor, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../../models/compile/compile.ts';
import { disposeTree } from '../../../models/compile/tree.ts';
import type { Mp3Config } from '../../../models/mp3/config.ts';
import type { HurdleForecast, Mp3Forecast } from '../../../models/mp3/heads.ts';
import type { Mp3Inputs } from '../../../models/mp3/inputs.ts';
import { mp3Loss } from '../../../models/mp3/loss.ts';
import { mp3Forward } from '../../../models/mp3/mp3.ts';
import type { Parameters } from '../../../models/parameters.ts';
import { valueAndGradients } from '../../../models/training/valueAndGradients.ts';
import { bitsOf, useTensorflow } from '../tensorflow.ts';
import { inputsOf, type PlainWeeks, POINT, plainWeeks, randomParameters, SMALL } from './fixtures.ts';

useTensorflow();

const NUM_TRACKS = 3;
const LOSS_WEIGHTS = { onChart: 1, quantiles: 1 };
type Given = { parameters: Parameters; inputs: Mp3Inputs };

const forward = compile(({ parameters, inputs }: Given) => mp3Forward(parameters, SMALL, inputs) as HurdleForecast);
const parameters = randomParameters(SMALL);
afterAll(() => forward.dispose());

/** Per track and week the bits of all that is forecast. */
function bitsPerWeek(weeks: PlainWeeks): string[][] {
  const inputs = inputsOf(weeks, SMALL);
  const forecast = forward({ parameters, inputs });
  const [flags, quantiles] = [bitsOf(forecast.onChartLogit_BT), bitsOf(forecast.quantiles_BTQ)];
  const numQuantiles = quantiles.length / flags.length;
  disposeTree({ forecast, inputs });
  return Array.from({ length: NUM_TRACKS }, (_, track) =>
    Array.from({ length: SMALL.numWeeks }, (__, week) => {
      const cell = track * SMALL.numWeeks + week;
      return [flags[cell], ...quantiles.subarray(cell * numQuantiles, (cell + 1) * numQuantiles)].join(' ');
    }),
  );
}

const place = fc.record({
  seed: fc.nat(1000),
  track: fc.nat(NUM_TRACKS - 1),
  week: fc.nat(SMALL.numWeeks - 1),
});
/** Another week in that place: how it is seen, whether it is on the chart, its streams. */
const another = fc.record({
  seen: fc.nat(1),
  onChart: fc.nat(1),
  streams: fc.double({ min: -9, max: 9, noNaN: true }),
});

function changed(
  weeks: PlainWeeks,
  track: number,
  week: number,
  values: Partial<Record<keyof PlainWeeks, number>>,
): PlainWeeks {
  const copy = structuredClone(weeks);
  for (const name of ['seen', 'onChart', 'streams'] as const) {
    const row = copy[name][track] as number[];
    row[week] = values[name] ?? (row[week] as number);
  }
  return copy;
}

describe('a change in week k', () => {
  test('leaves weeks up to k, and all other tracks, as they were to the bit', () => {
    fc.assert(
      fc.property(place, another, ({ seed, track, week }, values) => {
        const weeks = plainWeeks(NUM_TRACKS, SMALL, seed);
        const [before, after] = [bitsPerWeek(weeks), bitsPerWeek(changed(weeks, track, week, values))];
        for (let other = 0; other < NUM_TRACKS; other++) {
          const numSame = other === track ? week + 1 : SMALL.numWeeks;
          expect(after[other]?.slice(0, numSame)).toEqual(before[other]?.slice(0, numSame));
        }
      }),
      { numRuns: 60 },
    );
  });

  test('reaches every later week', () => {
    fc.assert(
      fc.property(place, ({ seed, track, week }) => {
        const weeks = changed(plainWeeks(NUM_TRACKS, SMALL, seed), track, week, { seen: 1, onChart: 1, streams: 0.5 });
        const [before, after] = [bitsPerWeek(weeks), bitsPerWeek(changed(weeks, track, week, { streams: -3 }))];
        for (let later = week + 1; later < SMALL.numWeeks; later++) {
          expect(after[track]?.[later], `week ${later}`).not.toBe(before[track]?.[later]);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('masked cells', () => {
  /** Junk where nothing may be read: streams of weeks off the chart or unseen, the flag of unseen ones. */
  function withJunk(weeks: PlainWeeks, junk: () => number): PlainWeeks {
    const copy = structuredClone(weeks);
    for (const [track, flags] of copy.seen.entries()) {
      for (const [week, seen] of flags.entries()) {
        const [onChart, streams] = [copy.onChart[track] as number[], copy.streams[track] as number[]];
        if (seen === 0 || onChart[week] === 0) streams[week] = junk();
        if (seen === 0) onChart[week] = junk();
      }
    }
    return copy;
  }
  const value = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1e30, 7, 1, 0);

  test('have no influence on a forecast, to the bit', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.array(value, { minLength: 1, maxLength: 9 }), (seed, values) => {
        const weeks = plainWeeks(NUM_TRACKS, SMALL, seed);
        let next = 0;
        const junk = withJunk(weeks, () => values[next++ % values.length] as number);
        expect(bitsPerWeek(junk)).toEqual(bitsPerWeek(weeks));
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    ['hurdle-quantile', SMALL],
    ['point', POINT],
  ] as const)('have no influence on loss and gradients of the head %s, to the bit', (_, config) => {
    const own = randomParameters(config);
    const bits = (weeks: PlainWeeks): Uint32Array[] => {
      const inputs = inputsOf(weeks, config);
      const { loss, gradients } = tidy(() => lossAndGradients(own, config, inputs));
      const found = [loss, ...Object.values(gradients)].map((tensor: Tensor) => bitsOf(tensor).slice());
      disposeTree({ loss, gradients, inputs });
      return found;
    };
    const weeks = plainWeeks(NUM_TRACKS, config, 3);
    expect(bits(withJunk(weeks, () => Number.NaN))).toEqual(bits(weeks));
    expect(bits(withJunk(weeks, () => 7))).toEqual(bits(weeks));
  });

  test('a week off the chart counts for the flag alone, an unseen one for nothing', () => {
    const weeks = plainWeeks(NUM_TRACKS, SMALL, 4);
    const lastWeek = SMALL.numWeeks - 1;
    const [off, on, unseen] = [
      { seen: 1, onChart: 0 },
      { seen: 1, onChart: 1 },
      { seen: 0, onChart: 1 },
    ].map((values) => lossGradientOfForecast(changed(weeks, 0, lastWeek, values), lastWeek));
    expect(off).toEqual({ flag: true, quantiles: false });
    expect(on).toEqual({ flag: true, quantiles: true });
    expect(unseen).toEqual({ flag: false, quantiles: false });
  });
});

function lossAndGradients(own: Parameters, config: Mp3Config, inputs: Mp3Inputs) {
  const lossOf = (all: Parameters) => mp3Loss(mp3Forward(all, config, inputs), inputs, config, LOSS_WEIGHTS);
  return valueAndGradients(lossOf, own);
}

/** Whether the loss depends on what is said of that week of the first track. */
function lossGradientOfForecast(weeks: PlainWeeks, week: number): { flag: boolean; quantiles: boolean } {
  return tidy(() => {
    const inputs = inputsOf(weeks, SMALL);
    const forecast = mp3Forward(parameters, SMALL, inputs) as HurdleForecast;
    const { gradients } = valueAndGradients(
      (given) => mp3Loss(given as unknown as Mp3Forecast, inputs, SMALL, LOSS_WEIGHTS),
      { ...forecast },
    );
    const slopes = (name: string): Tensor => slice(gradients[name] as Tensor, [0, week], [1, 1]);
    return { flag: hasSlope(slopes('onChartLogit_BT')), quantiles: hasSlope(slopes('quantiles_BTQ')) };
  });
}

function hasSlope(gradient: Tensor): boolean {
  return gradient.dataSync().some((slope) => slope !== 0);
}
