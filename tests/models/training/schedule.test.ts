/** Learning rates by step and by layer. */
import { describe, expect, test } from 'vitest';
import { layerWiseScale, learningRateAt, type WarmupCosine } from '../../../models/training/schedule.ts';

const SCHEDULE: WarmupCosine = { warmupSteps: 4, numSteps: 104, peakLearningRate: 0.01, finalLearningRate: 0.001 };

describe('warm-up and cosine', () => {
  test.each([
    [0, 0.002],
    [3, 0.008],
    [4, 0.01],
    [29, 0.001 + 0.009 * 0.5 * (1 + Math.SQRT1_2)],
    [54, 0.0055],
    [104, 0.001],
    [1_000, 0.001],
  ])('step %d has %d', (step, expected) => {
    expect(learningRateAt(SCHEDULE, step)).toBeCloseTo(expected, 12);
  });

  test('ends with the run, though the warm-up would go on', () => {
    expect(learningRateAt({ ...SCHEDULE, warmupSteps: 10, numSteps: 5 }, 7)).toBe(0.001);
  });

  test('rises to one peak, and falls from there on', () => {
    const rates = Array.from({ length: 105 }, (_, step) => learningRateAt(SCHEDULE, step));
    for (const [step, rate] of rates.entries()) {
      if (step === 0) continue;
      const isRise = rate > (rates[step - 1] as number);
      expect(isRise).toBe(step <= SCHEDULE.warmupSteps);
    }
  });

  test('works without a warm-up, and with nothing but one', () => {
    expect(learningRateAt({ warmupSteps: 0, numSteps: 10, peakLearningRate: 1 }, 0)).toBe(1);
    expect(learningRateAt({ warmupSteps: 0, numSteps: 10, peakLearningRate: 1 }, 10)).toBe(0);
    expect(learningRateAt({ warmupSteps: 2, numSteps: 2, peakLearningRate: 3 }, 1)).toBe(2);
  });
});

describe('layer-wise decay', () => {
  const layerOf = (name: string): number => (name === 'head' ? 13 : name === 'patch' ? 0 : Number(name.slice(6)));
  const scale = layerWiseScale({ decay: 0.75, numLayers: 12, layerOf });

  test('is 1 at the head and a factor less with each layer below', () => {
    expect(scale('head')).toBe(1);
    expect(scale('block.12')).toBe(0.75);
    expect(scale('block.1')).toBeCloseTo(0.75 ** 12, 15);
    expect(scale('patch')).toBeCloseTo(0.75 ** 13, 15);
  });

  test.each(['block.14', 'block.x', 'block.1.5'])('refuses a layer that does not exist: %s', (name) => {
    expect(() => scale(name)).toThrow(RangeError);
  });
});
