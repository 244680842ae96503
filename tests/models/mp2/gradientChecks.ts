/** The gradient of the original's MP2 held to PyTorch's, of every parameter: with the fused ops and without. */
import { type Tensor2D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { compile } from '../../../models/compile/compile.ts';
import { type Mp2Batch, mp2Task } from '../../../models/mp2/mp2.ts';
import { vitEncoder } from '../../../models/mp2/soundEncoder.ts';
import { checkParameters, type Parameters } from '../../../models/parameters.ts';
import { randomKey } from '../../../models/training/random.ts';
import { valueAndGradients } from '../../../models/training/valueAndGradients.ts';
import type { StoredTensors } from '../../../models/weights/safetensors.ts';
import { toParameters } from '../../../models/weights/tensors.ts';
import { goldenTensors, largestDifference, stored, storedSpectrograms } from '../ast/golden.ts';

const TOLERANCE = 1e-5;
const encoder = vitEncoder({
  numFrames: 48,
  numMelBins: 32,
  patchSize: 16,
  frameStride: 16,
  melStride: 16,
  hiddenSize: 16,
  numLayers: 2,
  numHeads: 2,
  mlpSize: 32,
  epsilon: 1e-6,
  hasQkvBias: true,
  numFeatures: 8,
});
const task = mp2Task({ encoder, dropoutRate: 0, dropPathRate: 0 });
const golden = goldenTensors('vit_gradients.safetensors');

/** Those whose names begin so, without it. */
function below(prefix: string): StoredTensors {
  const own = [...golden].filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

const weights = below('weight/');
const gradients = below('gradient/');

/** Of the targets' shape. */
function storedTargets(name: string): Tensor2D {
  const { shape, values } = stored(golden, name);
  return tensor2d(values, shape as [number, number]);
}

function storedBatch(): Mp2Batch {
  return {
    x_BTF: storedSpectrograms(golden, 'input'),
    targets_B2: storedTargets('targets'),
    weights_B2: storedTargets('target_weights'),
  };
}

export function checkVitNames(): void {
  checkParameters(weights, task.shapes, 'weights');
  checkParameters(gradients, task.shapes, 'gradients');
}

/** A key's bias has gradient 0, for softmax takes no notice of it: qkv.bias is measured as a whole. */
function scaleOf(name: string): number {
  return stored(gradients, name).values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

export function checkVitGradients(isCompiled: boolean): void {
  const plain = (input: { parameters: Parameters; batch: Mp2Batch }) =>
    valueAndGradients((parameters) => task.lossOf(parameters, input.batch, randomKey(1, 1)), input.parameters);
  const compiled = compile(plain);
  tidy(() => {
    const input = { parameters: toParameters(weights), batch: storedBatch() };
    const result = (isCompiled ? compiled : plain)(input);
    const expectedLoss = stored(golden, 'loss').values[0] as number;
    expect(Math.abs((result.loss.dataSync()[0] as number) / expectedLoss - 1)).toBeLessThanOrEqual(TOLERANCE);
    for (const [name, gradient] of Object.entries(result.gradients)) {
      const { shape, values } = stored(gradients, name);
      expect(gradient.shape, name).toEqual(shape);
      const relative = largestDifference(gradient.dataSync(), values) / scaleOf(name);
      expect(relative, name).toBeLessThanOrEqual(TOLERANCE);
    }
    expect(Object.keys(result.gradients)).toHaveLength(weights.size);
  });
  compiled.dispose();
}
