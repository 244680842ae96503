/** The AST against transformers, and what training adds. */
import {
  abs,
  max,
  slice,
  sub,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { astEncode, astLogits, astPool } from '../../../models/ast/ast.ts';
import type { AstConfig } from '../../../models/ast/config.ts';
import type { Randomness } from '../../../models/ast/disturb.ts';
import { astShapes } from '../../../models/ast/names.ts';
import { compile } from '../../../models/compile/compile.ts';
import { disposeParameters, type Parameters } from '../../../models/parameters.ts';
import { type RandomKey, randomKey } from '../../../models/training/random.ts';
import { loadParameters } from '../../../models/weights/tensors.ts';
import { bitsOf, useTensorflow } from '../tensorflow.ts';
import { goldenConfig, goldenPath, goldenTensors, largestDifference, stored, storedSpectrograms } from './golden.ts';

useTensorflow();

const TOLERANCE = 1e-5;
const config = goldenConfig('ast_s10.config.json');
const io = goldenTensors('ast_s10.io.safetensors');
let parameters: Parameters;
let x_BTF: Tensor3D;
beforeAll(async () => {
  parameters = await loadParameters(goldenPath('ast_s10.hubnames.safetensors'), astShapes(config));
  x_BTF = storedSpectrograms(io, 'input');
});
afterAll(() => {
  disposeParameters(parameters);
  x_BTF.dispose();
});

function expectGolden(name: string, compute: () => Tensor): void {
  tidy(() => {
    const actual = compute();
    expect(actual.shape).toEqual(stored(io, name).shape);
    expect(largestDifference(actual.dataSync(), stored(io, name).values)).toBeLessThanOrEqual(TOLERANCE);
  });
}

describe('transformers gives the same', () => {
  const encode = (): ReturnType<typeof astEncode> => astEncode(parameters, config, x_BTF);

  it('embeddings', () => expectGolden('embeddings', () => encode().embeddings_BND));
  it('last hidden state', () => expectGolden('last_hidden_state', () => encode().lastHidden_BND));
  it('pooler', () => expectGolden('pooler_output', () => encode().pooled_BD));
  it('pooler, computed alone', () => expectGolden('pooler_output', () => astPool(parameters, config, x_BTF)));
  it('logits', () => expectGolden('logits', () => astLogits(parameters, config, encode().pooled_BD)));

  it('hidden state after a layer', () =>
    expectGolden('hidden_after_layer0', () => {
      const seen: Tensor3D[] = [];
      astEncode(parameters, config, x_BTF, { watch: { onHidden: (layer, hidden) => (seen[layer] = hidden) } });
      expect(seen).toHaveLength(config.numLayers);
      return seen[0] as Tensor3D;
    }));

  it('attention', () => {
    tidy(() => {
      const seen: Tensor4D[] = [];
      astEncode(parameters, config, x_BTF, { watch: { onAttention: (layer, shares) => (seen[layer] = shares) } });
      expect(seen.map(({ shape }) => shape)).toEqual([0, 1].map(() => [2, 2, 146, 146]));
      // Of the first sample: both heads, three queries.
      const [first] = seen as [Tensor4D];
      const rows = slice(first, [0, 0, 0, 0], [1, 2, 3, 146]);
      expect(largestDifference(rows.dataSync(), stored(io, 'attn_layer0_first').values)).toBeLessThanOrEqual(TOLERANCE);
    });
  });
});

it('compiles to a graph that gives the same', () => {
  const step = compile((input: { parameters: Parameters; x_BTF: Tensor3D }) =>
    astLogits(input.parameters, config, astPool(input.parameters, config, input.x_BTF)),
  );
  expectGolden('logits', () => step({ parameters, x_BTF }));
  step.dispose();
});

it('takes no bias of queries, keys and values for one of zeros', () => {
  const isQkvBias = (name: string): boolean => /attention\.attention\.\w+\.bias$/.test(name);
  const without: AstConfig = { ...config, hasQkvBias: false };
  expect(Object.keys(astShapes(without))).toEqual(Object.keys(astShapes(config)).filter((name) => !isQkvBias(name)));
  tidy(() => {
    const entries = Object.entries(parameters);
    const zeroed = Object.fromEntries(entries.map(([name, own]) => [name, isQkvBias(name) ? zerosLike(own) : own]));
    const lacking = Object.fromEntries(entries.filter(([name]) => !isQkvBias(name)));
    const expected = astPool(zeroed, config, x_BTF).dataSync();
    expect(largestDifference(astPool(lacking, without, x_BTF).dataSync(), expected)).toBeLessThanOrEqual(1e-6);
  });
});

it('refuses spectrograms of another length', () => {
  tidy(() => {
    const short = slice(x_BTF, [0, 0, 0], [2, 100, 128]);
    expect(() => astPool(parameters, config, short)).toThrow('takes 128 frames of 128, given are 100 of 128');
  });
});

describe('in training', () => {
  function pooledBits(randomness?: Randomness): Uint32Array {
    const pooled_BD = tidy(() => astPool(parameters, config, x_BTF, { randomness }));
    const bits = bitsOf(pooled_BD).slice();
    pooled_BD.dispose();
    return bits;
  }

  it.each([
    ['dropout', 0.2, 0],
    ['stochastic depth', 0, 0.5],
  ])('%s depends on the key alone', (_name, dropoutRate, dropPathRate) => {
    const keys = [1, 1, 2, 3, 4, 5].map((step) => randomKey(7, step));
    const [first, again, ...others] = keys.map((key) => pooledBits({ key, dropoutRate, dropPathRate }));
    expect(again).toEqual(first);
    expect(others.some((other) => !isSame(other, first as Uint32Array))).toBe(true);
    for (const key of keys) key.dispose();
  });

  it('a graph draws by its key too', () => {
    const rates = { dropoutRate: 0.1, dropPathRate: 0.3 };
    const step = compile((input: { parameters: Parameters; x_BTF: Tensor3D; key: RandomKey }) =>
      astPool(input.parameters, config, input.x_BTF, { randomness: { key: input.key, ...rates } }),
    );
    const keys = [randomKey(7, 1), randomKey(7, 2)];
    const compiled = keys.map((key) => {
      const pooled_BD = step({ parameters, x_BTF, key });
      const values = pooled_BD.dataSync();
      pooled_BD.dispose();
      return values;
    });
    const plain = tidy(() =>
      astPool(parameters, config, x_BTF, { randomness: { key: keys[1] as RandomKey, ...rates } }),
    );
    expect(largestDifference(compiled[1] as Float32Array, plain.dataSync())).toBeLessThanOrEqual(TOLERANCE);
    expect(largestDifference(compiled[0] as Float32Array, plain.dataSync())).toBeGreaterThan(0.01);
    for (const tensor of [plain, ...keys]) tensor.dispose();
    step.dispose();
  });

  it('rates of 0 change nothing', () => {
    const key = randomKey(7, 1);
    expect(pooledBits({ key, dropoutRate: 0, dropPathRate: 0 })).toEqual(pooledBits());
    key.dispose();
  });

  it('stochastic depth leaves the first layer, and skips both branches of the last for whole samples', () => {
    tidy(() => {
      const hidden = (step: number): Tensor3D[] => {
        const seen: Tensor3D[] = [];
        const randomness = { key: randomKey(7, step), dropoutRate: 0, dropPathRate: 0.9 };
        const watch = { onHidden: (layer: number, own: Tensor3D) => (seen[layer] = own) };
        astEncode(parameters, config, x_BTF, { randomness, watch });
        return seen;
      };
      const runs = Array.from({ length: 8 }, (_, step) => hidden(step));
      for (const [first] of runs) expect(bitsOf(first as Tensor3D)).toEqual(bitsOf(runs[0]?.[0] as Tensor3D));
      const changes = runs.flatMap(([first, last]) =>
        [0, 1].map((sample) => {
          const change = slice(sub(last as Tensor3D, first as Tensor3D), [sample, 0, 0], [1, 146, 32]);
          return max(abs(change)).dataSync()[0] as number;
        }),
      );
      // Both branches are skipped in 81 of 100.
      expect(changes.filter((change) => change === 0).length).toBeGreaterThan(changes.length / 2);
      expect(changes.some((change) => change > 0)).toBe(true);
    });
  });
});

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  return a.every((bit, index) => bit === b[index]);
}
