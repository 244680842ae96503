/** The models without the fused ops: what a GPU, the vendor's binary or a machine without a compiler runs. */
import { describe, expect, it, test } from 'vitest';
import { disposeTree } from '../../models/compile/tree.ts';
import { hasFusedOps } from '../../models/ops/fused/fusedOps.ts';
import { createTrainer } from '../../models/training/trainer.ts';
import { checkAstGradients } from './ast/gradientChecks.ts';
import { checkVitGradients } from './mp2/gradientChecks.ts';
import { SHIPPED_MODELS, SHIPPED_SETTINGS, type ShippedName } from './shipped/shippedModels.ts';
import { eagerly, initialState, takeSteps } from './shipped/train.ts';
import { expectNoLeak, useTensorflow } from './tensorflow.ts';

useTensorflow({ fusedOps: false });
expectNoLeak();

it('is what is tested here', () => expect(hasFusedOps()).toBe(false));

describe.each([false, true])("gradients are PyTorch's, compiled: %j", (isCompiled) => {
  test('of an AST', () => checkAstGradients(isCompiled, false));
  test("of the original's MP2", () => checkVitGradients(isCompiled));
});

test.each<ShippedName>(['MP2', 'MP3', 'the siamese CNN'])('%s: compiled is eager over 20 steps', (name) => {
  const model = SHIPPED_MODELS[name];
  const [compiled, eager] = [undefined, eagerly].map((run) => {
    const trainer = createTrainer(model.task, SHIPPED_SETTINGS, run);
    const { state, losses } = takeSteps(model, trainer, initialState(model), { from: 0, to: 20, batchSize: 4 });
    disposeTree(state);
    trainer.dispose();
    return losses;
  });
  for (const [step, loss] of eager!.entries()) expect(Math.abs(compiled![step]! / loss - 1)).toBeLessThan(1e-4);
});
