/** The gradient of a whole AST against PyTorch's, of every parameter. */
import { it } from 'vitest';
import { useTensorflow } from '../tensorflow.ts';
import { checkAstGradients, checkAstNames } from './gradientChecks.ts';

useTensorflow();

it("has every parameter of transformers 5 under the hub's name", checkAstNames);

it.each([
  ['op by op', false, false],
  ['compiled', true, false],
  ['compiled, each layer computed again', true, true],
])("is PyTorch's: %s", (_name, isCompiled, recomputesLayers) => checkAstGradients(isCompiled, recomputesLayers));
