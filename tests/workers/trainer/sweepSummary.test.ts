/** Mean and spread over the runs of a sweep. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RECIPES } from '../../../models/recipes/presets.ts';
import type { Evaluation } from '../../../workers/trainer/evaluation.ts';
import { spreadOf, summarizeSweep } from '../../../workers/trainer/sweepSummary.ts';

type Swept = Parameters<typeof summarizeSweep>[0][number];
type Maes = Readonly<Record<string, number | null>>;

/** A run whose models have these errors on the validation part: over all weeks, and in the weeks 1-4. */
function runOf(maes: Maes, more: Partial<Swept> & { r2?: number; early?: Maes } = {}): Swept {
  const { r2 = 0.5, early = {}, ...rest } = more;
  const errorAt = (horizon: string, mae: number | null) => ({
    horizon,
    numWeeks: mae === null ? 0 : 9,
    mae,
    rmse: mae,
  });
  const mp3: Evaluation = {
    ...{ stage: 'mp3', part: 'validation', numObserved: 1, gain: null, calibration: null },
    models: Object.entries(maes).map(([model, mae]) => ({
      ...{ model, errors: [errorAt('all', mae), errorAt('1-4', early[model] ?? null)], regions: {} },
    })),
  };
  const mp2: Evaluation = {
    ...{ stage: 'mp2', part: 'test' },
    targets: [
      { target: 'log10Sum', numRows: 0, mae: null, r2: null, regions: {} },
      { target: 'log10Debut', numRows: 9, mae: 0.2, r2, regions: {} },
    ],
  };
  return {
    recipe: RECIPES.nano,
    evaluations: { mp2: [mp2], mp3: [mp3] },
    decision: { isPublished: false, why: 'of a test' },
    ...rest,
  };
}

const validationOf = (runs: readonly Swept[]) => summarizeSweep(runs)[0]?.parts[0];

describe('a summary', () => {
  it('has MP3, the best baseline of each run and the difference between them, run by run', () => {
    const validation = validationOf([
      runOf({ MP3: 0.4, persistence: 0.5, 'mean curve': 0.6 }),
      runOf({ MP3: 0.6, persistence: 0.7, 'mean curve': 0.5 }),
    ]);
    expect(validation).toMatchObject({
      part: 'validation',
      horizons: [
        {
          horizon: 'all',
          mp3: { numValues: 2, mean: 0.5 },
          bestBaseline: { numValues: 2, mean: 0.5, standardDeviation: 0 },
          difference: { numValues: 2 },
          numBetter: 1,
        },
      ],
    });
    const [all] = validation?.horizons ?? [];
    expect(all?.mp3.standardDeviation).toBeCloseTo(Math.SQRT2 / 10, 12);
    expect(all?.difference.mean).toBeCloseTo(0, 12);
    expect(all?.difference.standardDeviation).toBeCloseTo(Math.SQRT2 / 10, 12);
  });

  it('has each horizon of which a run knows a week, by itself', () => {
    const early = { MP3: 0.2, persistence: 0.1 };
    const validation = validationOf([
      runOf({ MP3: 0.4, persistence: 0.5 }, { early }),
      runOf({ MP3: 0.4, persistence: 0.5 }),
    ]);
    expect(validation?.horizons.map(({ horizon, mp3, numBetter }) => [horizon, mp3.numValues, numBetter])).toEqual([
      ['all', 2, 2],
      ['1-4', 1, 0],
    ]);
  });

  it('has MP2 of the rows whose target is known', () => {
    const [summary] = summarizeSweep([runOf({}, { r2: 0.1 }), runOf({}, { r2: 0.3 })]);
    const [validation, test] = summary?.parts ?? [];
    expect(validation?.mp2.map(({ r2 }) => r2.numValues)).toEqual([0, 0]);
    expect(test?.mp2[0]?.r2).toEqual({ numValues: 0, mean: null, standardDeviation: null });
    expect(test?.mp2[1]?.r2.mean).toBeCloseTo(0.2, 12);
  });

  it('keeps recipes apart, and counts the runs that have no figures', () => {
    const undone = { recipe: RECIPES['ast-tiny'] };
    const found = summarizeSweep([runOf({ MP3: 1, persistence: 2 }), undone, runOf({ MP3: null, persistence: null })]);
    expect(found.map(({ recipe, numRuns, numDone }) => [recipe, numRuns, numDone])).toEqual([
      ['nano', 2, 2],
      ['ast-tiny', 1, 0],
    ]);
    expect(found[0]?.parts[0]?.horizons[0]?.mp3.numValues).toBe(1);
    expect(found[1]?.parts[0]?.horizons).toEqual([]);
    expect(summarizeSweep([])).toEqual([]);
  });

  it('is the same in whatever order the runs come', () => {
    const mae = fc.double({ min: 0.01, max: 3, noNaN: true });
    const runs = fc.array(fc.tuple(mae, mae, mae), { minLength: 1, maxLength: 12 });
    const order = fc.infiniteStream(fc.nat());
    fc.assert(
      fc.property(runs, order, (maes, keys) => {
        const swept = maes.map(([own, one, other]) => runOf({ MP3: own, persistence: one, 'mean curve': other }));
        const shuffled = swept
          .map((run) => ({ run, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ run }) => run);
        const [all] = validationOf(swept)?.horizons ?? [];
        const [again] = validationOf(shuffled)?.horizons ?? [];
        expect(again?.numBetter).toBe(all?.numBetter);
        expect(all?.numBetter).toBe(maes.filter(([own, one, other]) => own < Math.min(one, other)).length);
        expect(again?.difference.mean).toBeCloseTo(all?.difference.mean as number, 9);
        // The mean of differences is the difference of means, as both are over the same runs.
        expect(all?.difference.mean).toBeCloseTo((all?.mp3.mean as number) - (all?.bestBaseline.mean as number), 9);
      }),
    );
  });
});

describe('a spread', () => {
  const value = fc.double({ min: -1e3, max: 1e3, noNaN: true });

  it('is of a sample: known by hand', () => {
    const { mean, standardDeviation } = spreadOf([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(mean).toBe(5);
    expect(standardDeviation).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  it('is null where there are too few values', () => {
    expect(spreadOf([])).toEqual({ numValues: 0, mean: null, standardDeviation: null });
    expect(spreadOf([3])).toEqual({ numValues: 1, mean: 3, standardDeviation: null });
  });

  it('has a mean between the least and the greatest, and no spread below 0 or above their distance', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 40 }), (values) => {
        const { numValues, mean, standardDeviation } = spreadOf(values);
        const [least, greatest] = [Math.min(...values), Math.max(...values)];
        expect(numValues).toBe(values.length);
        expect(mean).toBeGreaterThanOrEqual(least - 1e-9);
        expect(mean).toBeLessThanOrEqual(greatest + 1e-9);
        expect(standardDeviation).toBeGreaterThanOrEqual(0);
        expect(standardDeviation).toBeLessThanOrEqual(greatest - least + 1e-9);
      }),
    );
  });

  it('does not change where all values move, and grows as they are stretched', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 2, maxLength: 40 }),
        fc.double({ min: -1e5, max: 1e5, noNaN: true }),
        fc.double({ min: 0.1, max: 50, noNaN: true }),
        (values, shift, factor) => {
          const { mean, standardDeviation } = spreadOf(values);
          const moved = spreadOf(values.map((one) => factor * one + shift));
          expect(moved.mean).toBeCloseTo(factor * (mean as number) + shift, 5);
          expect(moved.standardDeviation).toBeCloseTo(factor * (standardDeviation as number), 5);
        },
      ),
    );
  });
});
