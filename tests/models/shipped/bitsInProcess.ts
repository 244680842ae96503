/** Trains each model for some steps and prints the hash of its state's bits. */
import { createHash } from 'node:crypto';
import { loadTensorflow } from '../../../models/backend/loadTensorflow.ts';
import { leavesOf } from '../../../models/compile/tree.ts';
import { createTrainer } from '../../../models/training/trainer.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../../runtime/nativeParts.ts';
import { SHIPPED_MODELS, SHIPPED_SETTINGS } from './shippedModels.ts';
import { initialState, takeSteps } from './train.ts';

loadTensorflow({
  cache: nativeCacheAt(nativeCacheRoot(process.env)),
  variant: 'cpu',
  numThreads: 2,
  environment: process.env,
});
for (const [name, model] of Object.entries(SHIPPED_MODELS)) {
  const trainer = createTrainer(model.task, SHIPPED_SETTINGS);
  const { state } = takeSteps(model, trainer, initialState(model), { from: 0, to: 20, batchSize: 4 });
  const hash = createHash('sha256');
  for (const { tensor } of leavesOf(state)) {
    const values = tensor.dataSync();
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  console.log(`${hash.digest('hex')} ${name}`);
}
