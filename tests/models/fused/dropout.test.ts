import { cast, dispose, grad, greaterEqual, mul, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../../models/compile/compile.ts';
import { fusedDropout } from '../../../models/ops/fused/fusedOps.ts';
import { dropout, foldIn, type RandomKey, randomKey, uniform } from '../../../models/training/random.ts';
import { describeFused } from './fused.ts';
import { bytesOf, expectSameBits, normalTensor, valuesOf } from './values.ts';

/** What it stands for: TensorFlow's own draws, and a mask that is kept. */
function composed(x: Tensor, key: RandomKey, rate: number): Tensor {
  return mul(x, mul(cast(greaterEqual(uniform(key, x.shape), rate), 'float32'), 1 / (1 - rate)));
}

const keyOf = (words: readonly [number, number]): RandomKey => tensor1d([...words], 'int32');

describeFused('dropout', () => {
  test('drops what the composition drops, to the bit, for any key, rate and size', () => {
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const rate = fc.oneof(
      fc.constantFrom(0.1, 0.5, 2 ** -23, 1 - 2 ** -23),
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.tuple(word, word), rate, fc.integer({ min: 1, max: 200 }), (words, share, size) => {
        tidy(() => {
          const x = normalTensor([size], 1);
          expectSameBits([bytesOf(fusedDropout(x, keyOf(words), share))], [bytesOf(composed(x, keyOf(words), share))]);
        });
      }),
      { numRuns: 200 },
    );
  });

  test.each([[[1]], [[5, 7, 3]], [[1401, 192]], [[16_384]], [[16_385]], [[100_003]]])(
    'and so does its gradient, for %j',
    (shape) => {
      tidy(() => {
        const [x, dy, key] = [normalTensor(shape, 1), normalTensor(shape, 2), randomKey(3, 4)];
        expectSameBits([bytesOf(dropout(x, 0.1, key))], [bytesOf(composed(x, key, 0.1))]);
        const [ours, theirs] = [
          (input: Tensor) => dropout(input, 0.1, key),
          (input: Tensor) => composed(input, key, 0.1),
        ].map((each) => bytesOf(grad(each)(x, dy))) as [Buffer, Buffer];
        expectSameBits([ours], [theirs]);
      });
    },
  );

  test('what is not finite is seen, dropped or kept', () => {
    tidy(() => {
      const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      const x = tensor1d(Array.from({ length: 300 }, (_, at) => strange[at % 3] as number));
      const key = randomKey(1, 1);
      expectSameBits(
        [bytesOf(cast(greaterEqual(fusedDropout(x, key, 0.5), 0), 'float32'))],
        [bytesOf(cast(greaterEqual(composed(x, key, 0.5), 0), 'float32'))],
      );
      expect(valuesOf(fusedDropout(x, key, 0.5)).every((value) => !Number.isFinite(value))).toBe(true);
    });
  });

  test('leaves its input alone, and gives the same bits in a graph', () => {
    const inputs = { x: normalTensor([70, 31], 1), key: randomKey(5, 6) };
    const step = ({ x, key }: typeof inputs) => {
      const inner = mul(x, 2);
      const [once, twice] = [0, 1].map((use) => dropout(inner, 0.3, foldIn(key, use)));
      return { once: once as Tensor, twice: twice as Tensor, inner };
    };
    const compiled = compile(step);
    const before = bytesOf(inputs.x);
    const [plain, graph] = [step, compiled].map((each) => {
      const { once, twice, inner } = tidy(() => each(inputs));
      const bytes = [once, twice, inner].map(bytesOf);
      dispose([once, twice, inner]);
      return bytes;
    });
    expectSameBits(graph as Buffer[], plain as Buffer[]);
    expectSameBits([bytesOf(inputs.x)], [before]);
    compiled.dispose();
    dispose(inputs);
  });

  test('a key of another shape is an error', () => {
    tidy(() => {
      const key = tensor1d([1, 2, 3], 'int32');
      expect(() => fusedDropout(tensor1d([1]), key, 0.1)).toThrow(/key has shape \[3\], wanted is \[2\]/);
    });
  });
});
