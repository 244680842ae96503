/** The original's MP2 against timm. */
import { sum, type Tensor, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { vit } from '../../../models/mp2/vit.ts';
import { type VitConfig, vitShapes } from '../../../models/mp2/vitNames.ts';
import { countParameters, disposeParameters, type Parameters } from '../../../models/parameters.ts';
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

it.each([
  ['features', (output: ReturnType<typeof vit>): Tensor => output.hidden_BND],
  ['encoder_out', (output: ReturnType<typeof vit>): Tensor => output.features_BE],
  ['mp2_out', (output: ReturnType<typeof vit>): Tensor => output.targets_B2],
])('timm gives the same %s', (name, pick) => {
  tidy(() => {
    const actual = pick(vit(parameters, CONFIG, storedSpectrograms(io, 'input')));
    expect(actual.shape).toEqual(stored(io, name).shape);
    expect(largestDifference(actual.dataSync(), stored(io, name).values)).toBeLessThanOrEqual(TOLERANCE);
  });
});

it('shows each layer’s tokens and attention', () => {
  tidy(() => {
    const seen: [number, number[]][] = [];
    const output = vit(parameters, CONFIG, storedSpectrograms(io, 'input'), {
      onHidden: (layer, { shape }) => seen.push([layer, shape]),
      onAttention(layer, shares_BHQN: Tensor4D) {
        seen.push([layer, shares_BHQN.shape]);
        const totals = sum(shares_BHQN, -1).dataSync();
        expect(largestDifference(totals, new Float32Array(totals.length).fill(1))).toBeLessThanOrEqual(1e-5);
      },
    });
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
    .filter(([name]) => name.startsWith('encoder.vit.'))
    .map(([name, shape]): [string, readonly number[]] => [name.slice('encoder.vit.'.length), shape]);
  expect(countParameters(Object.fromEntries(encoder))).toBe(original.total);
  // The manifest lists the first layer alone.
  const listed = encoder.filter(([name]) => !/^blocks\.(?!0\.)/.test(name));
  expect(Object.fromEntries(listed)).toEqual(original.params);
});
