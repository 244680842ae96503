/** What a training begins with. */
import { describe, expect, it } from 'vitest';
import { astShapes } from '../../../models/ast/names.ts';
import { AST_PRESETS } from '../../../models/ast/presets.ts';
import { initialise } from '../../../models/weights/initialise.ts';
import { normalQuantile } from '../../../models/weights/normalQuantile.ts';

const shapes = astShapes(AST_PRESETS.nano);
const values = (seed: number, name: string, of = shapes): number[] => [
  ...(initialise(of, seed).get(name)?.values ?? []),
];
const UP = 'audio_spectrogram_transformer.encoder.layer.3.intermediate.dense.weight';

it('gives every parameter its shape, biases 0 and gains 1', () => {
  const begun = initialise(shapes, 7);
  expect(Object.fromEntries([...begun].map(([name, { shape }]) => [name, shape]))).toEqual(shapes);
  expect(new Set(values(7, 'classifier.dense.bias'))).toEqual(new Set([0]));
  expect(new Set(values(7, 'classifier.layernorm.weight'))).toEqual(new Set([1]));
});

it('depends on seed and name alone', () => {
  expect(values(7, UP)).toEqual(values(7, UP));
  expect(values(8, UP)).not.toEqual(values(7, UP));
  expect(values(7, UP, { [UP]: shapes[UP] ?? [] })).toEqual(values(7, UP));
  expect(values(7, UP.replace('3', '2'))).not.toEqual(values(7, UP));
  // Frozen: another number here is another training for the same seed.
  expect(values(7, UP).slice(0, 3)).toMatchInlineSnapshot(`
    [
      0.011908018961548805,
      -0.018804509192705154,
      -0.023829549551010132,
    ]
  `);
});

it('is normal, cut at two standard deviations', () => {
  const sorted = values(7, UP).sort((a, b) => a - b);
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const spread = Math.sqrt(sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length);
  expect(sorted).toHaveLength(64 * 256);
  expect(Math.abs(mean)).toBeLessThan(4 * (0.02 / Math.sqrt(sorted.length)));
  // A normal distribution that is cut there keeps 0.8796 of its spread; so many draws measure it to 0.004.
  expect(Math.abs(spread / 0.02 - 0.8796)).toBeLessThan(4 * 0.004);
  expect(sorted.at(-1)).toBeLessThanOrEqual(Math.fround(0.04));
  expect(sorted.at(-1)).toBeGreaterThan(0.0395);
  expect(sorted[0]).toBeLessThan(-0.0395);
});

describe('the quantile function', () => {
  // By Python's statistics.NormalDist().inv_cdf.
  it.each([
    [1e-9, -5.9978070150076865],
    [0.001, -3.090232306167813],
    [0.07, -1.4757910281791702],
    [0.3, -0.5244005127080407],
    [0.51, 0.025068908258711057],
    [0.977, 1.9953933101678243],
  ])('of %d', (p, expected) => expect(normalQuantile(p)).toBeCloseTo(expected, 14));

  it('has no ends', () => {
    for (const p of [0, 1, -1, Number.NaN]) expect(() => normalQuantile(p)).toThrow(RangeError);
  });
});
