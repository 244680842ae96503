/** The gradient of the original's MP2 against PyTorch's, of every parameter. */
import { it } from 'vitest';
import { useTensorflow } from '../tensorflow.ts';
import { checkVitGradients, checkVitNames } from './gradientChecks.ts';

useTensorflow();

it("has every parameter under timm's name", checkVitNames);

it.each([
  ['op by op', false],
  ['compiled', true],
])("is PyTorch's: %s", (_name, isCompiled) => checkVitGradients(isCompiled));
