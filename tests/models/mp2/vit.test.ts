/** The original's MP2 against timm. */
import { sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LayerWatch } from '../../../models/ast/layers.ts';
import { vitEncode, vitTargets } from '../../../models/mp2/vit.ts';
import { isVitHead, type VitConfig, vitShapes } from '../../../models/mp2/vitNames.ts';
import { countParameters, disposeParameters, type Parameters } from '../../../models/parameters.ts';
import { randomKey } from '../../../models/training/random.ts';
import { loadParameters } from '../../../models/weights/tensors.ts';
import { goldenJson, goldenPath, goldenTensors, largestDifference, stored, storedSpectrograms } from '../ast/golden.ts';
import { useTensorflow } from '../tensorflow.ts';

useTensorflow();

const TOLERANCE = 1e-5;
const CONFIG: VitConfig = {
  numFrames: 160,
  numMelBins: 128,
  patchSize: 16,
  frameStride: 16,
  melStride: 16,
  hiddenSize: 48,
  numLayers: 2,
  numHeads: 3,
  mlpSize: 192,
  epsilon: 1e-6,
  hasQkvBias: true,
  numFeatures: 32,
  numTargets: 2,
};
const io = goldenTensors('mp2_vit.io.safetensors');
let parameters: Parameters;
beforeAll(async () => {
  parameters = await loadParameters(goldenPath('mp2_vit.safetensors'), vitShapes(CONFIG));
});
afterAll(() => disposeParameters(parameters));

it('timm gives the same tokens, features and targets', () => {
  tidy(() => {
    const { hidden_BND, features_BE } = vitEncode(parameters, CONFIG, storedSpectrograms(io, 'input'));
    const targets_B2 = vitTargets(parameters, features_BE);
    const found: Readonly<Record<string, Tensor>> = {
      features: hidden_BND,
      encoder_out: features_BE,
      mp2_out: targets_B2,
    };
    for (const [name, actual] of Object.entries(found)) {
      expect(actual.shape, name).toEqual(stored(io, name).shape);
      expect(largestDifference(actual.dataSync(), stored(io, name).values), name).toBeLessThanOrEqual(TOLERANCE);
    }
  });
});

it('shows each layer’s tokens and attention', () => {
  tidy(() => {
    const seen: [number, number[]][] = [];
    const watch: LayerWatch = {
      onHidden: (layer, { shape }) => seen.push([layer, shape]),
      onAttention(layer, shares_BHQN) {
        seen.push([layer, shares_BHQN.shape]);
        const totals = sum(shares_BHQN, -1).dataSync();
        expect(largestDifference(totals, new Float32Array(totals.length).fill(1))).toBeLessThanOrEqual(1e-5);
      },
    };
    const output = vitEncode(parameters, CONFIG, storedSpectrograms(io, 'input'), { watch });
    expect(seen).toEqual(
      [0, 1].flatMap((layer) => [
        [layer, [2, 3, 81, 81]],
        [layer, output.hidden_BND.shape],
      ]),
    );
  });
});

it("has the names, shapes and size of the original's encoder", () => {
  const { vit_tiny_2800x128: original } = goldenJson('manifest.json') as {
    vit_tiny_2800x128: { total: number; params: Record<string, number[]> };
  };
  const sizes = { ...CONFIG, numFrames: 2800, hiddenSize: 192, numLayers: 12, mlpSize: 768 };
  const encoder = Object.entries(vitShapes(sizes))
    .filter(([name]) => !isVitHead(name))
    .map(([name, shape]): [string, readonly number[]] => [name.slice('encoder.vit.'.length), shape]);
  expect(countParameters(Object.fromEntries(encoder))).toBe(original.total);
  // The manifest lists the first layer alone.
  const listed = encoder.filter(([name]) => !/^blocks\.(?!0\.)/.test(name));
  expect(Object.fromEntries(listed)).toEqual(original.params);
});

it('draws what training drops from the key alone', () => {
  tidy(() => {
    const x_BTF = storedSpectrograms(io, 'input');
    const featuresOf = (step: number): number[] => {
      const randomness = { key: randomKey(1, step), dropoutRate: 0.1, dropPathRate: 0.2 };
      return [...vitEncode(parameters, CONFIG, x_BTF, { randomness }).features_BE.dataSync()];
    };
    expect(featuresOf(3)).toEqual(featuresOf(3));
    expect(featuresOf(4)).not.toEqual(featuresOf(3));
  });
});
