/** The plot of losses: its golden, what stands in it, and that any numbers give a picture. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LossPlotInput, lossPlot } from '../../plots/lossPlot.ts';
import { LOSS_EXAMPLE } from './examples.ts';
import { readStrictXml } from './strictXml.ts';

const textsOf = (input: LossPlotInput): readonly string[] => readStrictXml(lossPlot(input)).texts;

function planned(losses: readonly number[]): LossPlotInput {
  const stage = { stage: 'mp2', numSteps: 100, losses: losses.map((loss, step) => ({ step, loss })) };
  return { runId: '00', recipe: 'nano', isSynthetic: false, stages: [stage] };
}

test('is the golden one, and small for 33,400 steps', async () => {
  const svg = lossPlot(LOSS_EXAMPLE);
  await expect(svg).toMatchFileSnapshot('../golden/plots/loss.svg');
  expect(svg.length).toBeLessThan(50_000);
});

test('says what it is of, how far it went, and what its axes are', () => {
  const texts = textsOf(LOSS_EXAMPLE);
  expect(texts).toEqual(expect.arrayContaining(['Losses of run 3f9a6c01d2e4b587', 'synthetic sound', 'MP2', 'MP3']));
  expect(texts.join('\n')).toMatch(
    /recipe ast-tiny; MP2 20,000 of 20,000 steps, ends at 0\.0\d+; MP3 13,400 of 20,000/,
  );
  expect(texts).toEqual(expect.arrayContaining(['step', 'loss [no unit]', 'loss [no unit], log scale', '20,000']));
  expect(texts).toEqual(expect.arrayContaining(['each step', 'smoothed over 400 steps']));
  expect(textsOf({ ...LOSS_EXAMPLE, isSynthetic: false })).not.toContain('synthetic sound');
});

test('has a logarithmic axis where the course spans a wide range above 0, and there alone', () => {
  const isLog = (losses: readonly number[]) => textsOf(planned(losses)).includes('loss [no unit], log scale');
  const falling = (from: number, to: number): number[] => [...Array(50).fill(from), ...Array(50).fill(to)];
  expect(isLog(falling(2, 0.2))).toBe(true);
  expect(isLog(falling(2, 0.3))).toBe(false);
  expect(isLog(falling(2, -0.1))).toBe(false);
  expect(isLog(falling(2, 0))).toBe(false);
  // Noise around a level course.
  expect(isLog([1, ...Array(50).fill([0.05, 2]).flat()])).toBe(false);
});

test('says where a stage has no step yet, and draws a single one as a dot', () => {
  expect(textsOf(planned([]))).toContain('no step yet');
  expect(textsOf(planned([Number.NaN]))).toContain('no step yet');
  expect(lossPlot(planned([]))).not.toContain('<circle');
  expect(lossPlot(planned([0.5]))).toContain('<circle');
});

test('shows the greatest and the least loss, however many steps there are', () => {
  const flat = Array.from({ length: 20_000 }, () => 1);
  const heights = (losses: readonly number[]) => {
    const [points = ''] = /points="[^"]*"/.exec(lossPlot(planned(losses))) ?? [];
    return [...points.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
  };
  const spiked = heights(flat.with(7_777, 3).with(12_345, 0.5));
  expect(new Set(spiked).size).toBe(3);
  expect(new Set(heights(flat)).size).toBe(1);
});

test('of any numbers is well-formed and has none that is no number', () => {
  const number = fc.oneof(fc.double(), fc.double({ min: 0, max: 10, noNaN: true }), fc.constant(0));
  const losses = fc.oneof(
    fc.array(fc.record({ step: fc.oneof(fc.nat(), fc.double()), loss: number }), { maxLength: 40 }),
    fc.tuple(number, fc.nat(900)).map(([loss, size]) => Array.from({ length: size }, (_, step) => ({ step, loss }))),
  );
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  const input = fc.record({
    runId: text,
    recipe: text,
    isSynthetic: fc.boolean(),
    stages: fc.array(fc.record({ stage: fc.constantFrom('mp2', 'mp3'), numSteps: number, losses }), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(input, (any) => {
      const svg = lossPlot(any);
      const { values } = readStrictXml(svg);
      expect(values.filter((value) => /NaN|Infinity|undefined|null/.test(value))).toEqual([]);
      expect(lossPlot(any)).toBe(svg);
    }),
  );
});
