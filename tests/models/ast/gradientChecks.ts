/** The gradient of a whole AST held to PyTorch's, of every parameter: with the fused ops and without. */
import { mean, type Scalar, squaredDifference, type Tensor3D, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { astLogits, astPool } from '../../../models/ast/ast.ts';
import type { LayerOptions } from '../../../models/ast/layers.ts';
import { astShapes, toHubName } from '../../../models/ast/names.ts';
import { compile } from '../../../models/compile/compile.ts';
import { checkParameters, type Parameters } from '../../../models/parameters.ts';
import { valueAndGradients } from '../../../models/training/valueAndGradients.ts';
import type { StoredTensors } from '../../../models/weights/safetensors.ts';
import { toParameters } from '../../../models/weights/tensors.ts';
import { goldenConfig, goldenTensors, largestDifference, stored, storedSpectrograms } from './golden.ts';

const TOLERANCE = 1e-5;
const config = goldenConfig('gradients.config.json');
const golden = goldenTensors('gradients.safetensors');

/** Those whose names begin so, without it. */
function below(prefix: string): StoredTensors {
  const own = [...golden].filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, tensor]) => [toHubName(name.slice(prefix.length)), tensor]));
}

const weights = below('weight/');
const gradients = below('gradient/');

function lossOf(parameters: Parameters, x_BTF: Tensor3D, options: LayerOptions): Scalar {
  const { shape, values } = stored(golden, 'targets');
  const targets = tensor2d(values, shape as [number, number]);
  const logits = astLogits(parameters, config, astPool(parameters, config, x_BTF, options));
  return mean(squaredDifference(logits, targets));
}

export function checkAstNames(): void {
  checkParameters(weights, astShapes(config), 'weights');
  checkParameters(gradients, astShapes(config), 'gradients');
}

/** Softmax takes no notice of a key's bias: its gradient is 0, and is measured by that of the query's. */
function scaleOf(name: string): number {
  const own = stored(gradients, name.replace('attention.key.bias', 'attention.query.bias')).values;
  return own.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

export function checkAstGradients(isCompiled: boolean, recomputesLayers: boolean): void {
  const plain = (input: { parameters: Parameters; x_BTF: Tensor3D }) =>
    valueAndGradients((parameters) => lossOf(parameters, input.x_BTF, { recomputesLayers }), input.parameters);
  const compiled = compile(plain);
  tidy(() => {
    const input = { parameters: toParameters(weights), x_BTF: storedSpectrograms(golden, 'input') };
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
