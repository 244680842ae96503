import { dispose, grads, slice, stack, type Tensor, type Tensor3D, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile } from '../../../models/compile/compile.ts';
import { attention } from '../../../models/ops/attention.ts';
import {
  type AttentionForm,
  fusedAttention,
  fusedAttentionGradient,
  fusedSelfAttention,
  fusedSelfAttentionGradient,
} from '../../../models/ops/fused/fusedOps.ts';
import { describeFused } from './fused.ts';
import { type AttentionSizes, attentionReference } from './references.ts';
import { bytesOf, expectClose, expectSameBits, normalTensor, valuesOf } from './values.ts';

/** examples, heads, queries, keys, width of a head, causal */
const CASES: [number, number, number, number, number, boolean][] = [
  [1, 1, 1, 1, 1, false],
  [2, 3, 1, 300, 8, false],
  [1, 2, 70, 1, 16, false],
  [2, 3, 97, 131, 64, false],
  [1, 1, 438, 438, 64, false],
  [1, 2, 300, 513, 20, false],
  [1, 1, 65, 257, 128, false],
  [1, 1, 1, 1, 64, true],
  [2, 2, 131, 131, 33, true],
  [1, 1, 600, 600, 64, true],
];

const sizesOf = ([
  numExamples,
  numHeads,
  numQueries,
  numKeys,
  width,
  causal,
]: (typeof CASES)[number]): AttentionSizes => ({
  numExamples,
  numHeads,
  numQueries,
  numKeys,
  width,
  causal,
  scale: 1 / Math.sqrt(width),
});

function inputsOf({ numExamples, numHeads, numQueries, numKeys, width }: AttentionSizes): Tensor3D[] {
  const shapes = [numQueries, numKeys, numKeys, numQueries].map((rows) => [numExamples, rows, numHeads * width]);
  return shapes.map((shape, index) => normalTensor<Tensor3D>(shape, index + 1));
}

function run(q: Tensor3D, k: Tensor3D, v: Tensor3D, dy: Tensor3D, form: AttentionForm) {
  const result = fusedAttention(q, k, v, form);
  const [dq, dk, dv] = fusedAttentionGradient(dy, q, k, v, result, form);
  return { ...result, dq, dk, dv };
}

describeFused('attention', () => {
  test.each(CASES)(
    'and its gradients are right for %i examples of %i heads, %i queries, %i keys of %i, causal %s',
    (...entry) => {
      tidy(() => {
        const sizes = sizesOf(entry);
        const [q, k, v, dy] = inputsOf(sizes) as [Tensor3D, Tensor3D, Tensor3D, Tensor3D];
        const result = run(q, k, v, dy, sizes);
        const reference = attentionReference(valuesOf(q), valuesOf(k), valuesOf(v), valuesOf(dy), sizes);
        expectClose(result.mixed_BQD, reference.mixed);
        expectClose(result.logSumExp_BHQ, reference.logSumExp);
        expectClose(result.dv, reference.dv);
        // With one key its share is 1 whatever the score: both gradients are a rest of rounding about 0.
        const within = sizes.numKeys === 1 ? 1e-4 : 1e-5;
        expectClose(result.dq, reference.dq, within);
        expectClose(result.dk, reference.dk, within);
      });
    },
  );

  test('is the composition of models/ops', () => {
    tidy(() => {
      const [q, k, v, dy] = [1, 2, 3, 4].map((seed) => normalTensor<Tensor3D>([6, 77, 24], seed)) as Tensor3D[];
      const result = run(q as Tensor3D, k as Tensor3D, v as Tensor3D, dy as Tensor3D, { numHeads: 1 });
      const composed = (...args: Tensor[]): Tensor => attention(...(args as [Tensor3D, Tensor3D, Tensor3D]));
      expectClose(result.mixed_BQD, valuesOf(composed(q as Tensor, k as Tensor, v as Tensor)));
      const gradients = grads(composed)([q, k, v] as Tensor[], dy as Tensor);
      for (const [index, gradient] of [result.dq, result.dk, result.dv].entries()) {
        expectClose(gradient, valuesOf(gradients[index] as Tensor));
      }
    });
  });

  test.each([false, true])('of a row that holds all three gives the same bits (causal %s)', (causal) => {
    tidy(() => {
      const form = { numHeads: 3, scale: 0.25, causal };
      const qkv = normalTensor<Tensor3D>([2, 100, 3 * 48], 1);
      const dy = normalTensor<Tensor3D>([2, 100, 48], 2);
      const [q, k, v] = [0, 48, 96].map((from) => slice(qkv, [0, 0, from], [2, 100, 48])) as Tensor3D[];
      const apart = run(q as Tensor3D, k as Tensor3D, v as Tensor3D, dy, form);
      const result = fusedSelfAttention(qkv, form);
      expectSameBits([bytesOf(result.mixed_BQD)], [bytesOf(apart.mixed_BQD)]);
      const dqkv = fusedSelfAttentionGradient(dy, qkv, result, form);
      for (const [index, gradient] of [apart.dq, apart.dk, apart.dv].entries()) {
        expectSameBits([bytesOf(slice(dqkv, [0, 0, 48 * index], [2, 100, 48]))], [bytesOf(gradient)]);
      }
    });
  });

  test('large scores neither overflow nor lose their neighbours', () => {
    tidy(() => {
      const sizes = { ...sizesOf([1, 1, 50, 50, 16, false]), scale: 30 };
      const [q, k, v, dy] = inputsOf(sizes) as [Tensor3D, Tensor3D, Tensor3D, Tensor3D];
      const { mixed } = attentionReference(valuesOf(q), valuesOf(k), valuesOf(v), valuesOf(dy), sizes);
      expectClose(fusedAttention(q, k, v, sizes).mixed_BQD, mixed, 2e-4);
    });
  });

  test('NaN in a query makes its row NaN, NaN in a value its column, infinity in a score its row', () => {
    tidy(() => {
      const [q, k, v, dy] = inputsOf(sizesOf([1, 1, 40, 40, 8, false])) as [Tensor3D, Tensor3D, Tensor3D, Tensor3D];
      const withOne = (of: Tensor3D, at: number, strange: number): Tensor3D => {
        const values = valuesOf(of).slice();
        values[at] = strange;
        return tensor3d(values, [1, 40, 8]);
      };
      const nanPlaces = (result: Tensor): number[] =>
        Array.from(valuesOf(result).entries()).flatMap(([at, value]) => (Number.isNaN(value) ? [at] : []));
      const row = Array.from({ length: 8 }, (_, column) => 8 * 5 + column);
      for (const strange of [Number.NaN, Number.POSITIVE_INFINITY]) {
        const result = run(withOne(q, 8 * 5 + 3, strange), k, v, dy, { numHeads: 1 });
        expect(nanPlaces(result.mixed_BQD)).toEqual(row);
        expect(nanPlaces(result.dq)).toEqual(row);
        expect(nanPlaces(result.dk)).toHaveLength(40 * 8);
      }
      const column = Array.from({ length: 40 }, (_, query) => 8 * query + 3);
      expect(nanPlaces(fusedAttention(q, k, withOne(v, 8 * 5 + 3, Number.NaN), { numHeads: 1 }).mixed_BQD)).toEqual(
        column,
      );
    });
  });

  test('a causal query does not feel later keys', () => {
    tidy(() => {
      const form = { numHeads: 1, causal: true };
      const [q, k, v] = [1, 2, 3].map((seed) => normalTensor<Tensor3D>([1, 300, 16], seed)) as Tensor3D[];
      const changed = valuesOf(k as Tensor3D).map((value, at) => (at < 16 * 200 ? value : 7 * value));
      const [one, other] = [k as Tensor3D, tensor3d(changed, [1, 300, 16])].map((keys) => {
        const { mixed_BQD } = fusedAttention(q as Tensor3D, keys, v as Tensor3D, form);
        return bytesOf(slice(mixed_BQD, [0, 0, 0], [1, 200, 16]));
      });
      expectSameBits([one as Buffer], [other as Buffer]);
    });
  });

  test('gives the same bits twice, by itself and in a graph', () => {
    const form = { numHeads: 3, scale: 0.125 };
    const qkv = normalTensor<Tensor3D>([2, 438, 576], 1);
    const dy = normalTensor<Tensor3D>([2, 438, 192], 2);
    const step = (input: { qkv: Tensor3D; dy: Tensor3D }) => {
      const result = fusedSelfAttention(input.qkv, form);
      return { mixed: result.mixed_BQD, dqkv: fusedSelfAttentionGradient(input.dy, input.qkv, result, form) };
    };
    const compiled = compile(step);
    const all = [step, step, compiled, compiled].map((each) => {
      const { mixed, dqkv } = each({ qkv, dy });
      const bits = [bytesOf(mixed), bytesOf(dqkv)];
      dispose([mixed, dqkv]);
      return bits;
    });
    for (const bits of all.slice(1)) expectSameBits(bits, all[0] as Buffer[]);
    compiled.dispose();
    dispose([qkv, dy]);
  });

  test('no examples are no error', () => {
    tidy(() => {
      const none = (): Tensor3D => tensor3d([], [0, 5, 8]);
      const result = run(none(), none(), none(), none(), { numHeads: 2 });
      expect([result.mixed_BQD.shape, result.dk.shape]).toEqual([
        [0, 5, 8],
        [0, 5, 8],
      ]);
    });
  });

  test('shapes that do not fit are an error', () => {
    tidy(() => {
      const of = (...shape: number[]): Tensor3D => normalTensor(shape, 1);
      const rows = of(2, 5, 8);
      expect(() => fusedAttention(rows, rows, of(2, 6, 8), { numHeads: 1 })).toThrow(/wanted are/);
      expect(() => fusedAttention(rows, of(1, 5, 8), of(1, 5, 8), { numHeads: 1 })).toThrow(/wanted are/);
      expect(() => fusedAttention(rows, rows, rows, { numHeads: 3 })).toThrow(/8 features are not for 3 heads/);
      expect(() => fusedAttention(rows, rows, rows, { numHeads: 0 })).toThrow(/num_heads/);
      expect(() => fusedAttention(rows, of(2, 6, 8), of(2, 6, 8), { numHeads: 1, causal: true })).toThrow(/causal/);
      expect(() => fusedAttention(of(2, 0, 8), rows, rows, { numHeads: 1 })).toThrow(/no queries/);
      expect(() => fusedSelfAttention(of(2, 5, 8), { numHeads: 1 })).toThrow(/3·features/);
      expect(() => fusedSelfAttention(stack([rows, rows]) as unknown as Tensor3D, { numHeads: 1 })).toThrow(/qkv/);
      const result = fusedAttention(rows, rows, rows, { numHeads: 1 });
      expect(() => fusedAttentionGradient(of(2, 4, 8), rows, rows, rows, result, { numHeads: 1 })).toThrow(/dout/);
      expect(() => fusedAttentionGradient(rows, rows, rows, rows, result, { numHeads: 2 })).toThrow(/logsumexp/);
    });
  });
});
