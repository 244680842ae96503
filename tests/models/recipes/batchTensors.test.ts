/** A batch in parts adds up to the whole, as the recipes' own code makes the parts. */
import { tidy } from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { mp2Parts, mp3Parts, type PlainBatch } from '../../../models/recipes/batchTensors.ts';
import { withChanges } from '../../../models/recipes/changes.ts';
import { mp2TaskOf, mp3TaskOf } from '../../../models/recipes/networks.ts';
import { RECIPES } from '../../../models/recipes/presets.ts';
import { randomKey } from '../../../models/training/random.ts';
import { initialise } from '../../../models/weights/initialise.ts';
import { toParameters } from '../../../models/weights/tensors.ts';
import { Draws } from '../../../runtime/philox.ts';
import { useTensorflow } from '../tensorflow.ts';

useTensorflow();

const NUM_WEEKS = 6;
const NUM_EXAMPLES = 6;
const NUM_REGIONS = 3;
const TEST_PURPOSE = 1005;
/** Without draws: each part would draw for itself. */
// Drawn weeks would be others in other parts.
const RECIPE = withChanges(RECIPES.nano, [
  'mp3.hiddenShare=0',
  ...['encoder.numFrames=32', 'augment.numFrames=32', 'encoder.numLayers=1', 'decoder.numLayers=1'],
  ...[`decoder.numWeeks=${NUM_WEEKS}`, 'decoder.dropoutRate=0', 'sumWeeks=3'],
]);

function batch(): PlainBatch {
  let use = 0;
  const drawn = (length: number, of: (unit: number) => number): Float32Array => {
    const draws = new Draws(1, use++, TEST_PURPOSE);
    return Float32Array.from({ length }, () => of(draws.unit()));
  };
  const even = (unit: number): number => 2 * unit - 1;
  const flag = (share: number) => (unit: number) => Number(unit < share);
  const perWeek = NUM_EXAMPLES * NUM_WEEKS;
  return {
    weight_B: new Float32Array(NUM_EXAMPLES).fill(1),
    spectrogram_BFM: drawn(NUM_EXAMPLES * 32 * 128, even),
    columns: {
      targets: drawn(2 * NUM_EXAMPLES, even),
      targetWeights: drawn(2 * NUM_EXAMPLES, flag(0.6)),
      seen: drawn(perWeek, flag(0.8)),
      onChart: drawn(perWeek, flag(0.5)),
      streams: drawn(perWeek, even),
      weekOfYear: drawn(perWeek, (unit) => Math.floor(53 * unit)),
      region: drawn(NUM_EXAMPLES, (unit) => Math.floor(NUM_REGIONS * unit)),
    },
  };
}

describe.each([1, 2, 3, 6])('%i parts', (numParts) => {
  test('of MP2', () => {
    tidy(() => {
      const { shapes, lossOf, isPart } = mp2TaskOf(RECIPE);
      const parameters = toParameters(initialise(shapes, 1));
      const lossesOf = (number: number): number[] =>
        mp2Parts(batch(), RECIPE, number).map((part) => {
          expect(isPart?.(part)).toBe(number > 1);
          return lossOf(parameters, part, randomKey(1, 1)).dataSync()[0] as number;
        });
      expect(sumOf(lossesOf(numParts))).toBeCloseTo(sumOf(lossesOf(1)), 5);
    });
  });

  test('of MP3', () => {
    tidy(() => {
      // Each part draws for itself which weeks training hides; a debut never is.
      const debuts = { ...batch(), columns: { ...batch().columns, seen: debutsAlone(batch().columns.seen) } };
      const { shapes, lossOf, isPart } = mp3TaskOf(RECIPE, NUM_REGIONS);
      const parameters = toParameters(initialise(shapes, 1));
      const lossesOf = (number: number): number[] =>
        mp3Parts(debuts, RECIPE, number).map((part) => {
          expect(isPart?.(part)).toBe(number > 1);
          return lossOf(parameters, part, randomKey(1, 1)).dataSync()[0] as number;
        });
      expect(sumOf(lossesOf(numParts))).toBeCloseTo(sumOf(lossesOf(1)), 5);
    });
  });
});

function debutsAlone(seen: Float32Array | undefined): Float32Array {
  const numWeeks = (seen?.length ?? 0) / NUM_EXAMPLES;
  return Float32Array.from(seen ?? [], (value, place) => (place % numWeeks === 0 ? value : 0));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
