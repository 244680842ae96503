/** Really uses TensorFlow: for `doctor`. */
import { grad, matMul, square, sum, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { type BackendDescription, describeBackend } from './loadTensorflow.ts';

/**
 * A matrix product and a gradient, compared with what they must be.
 *
 * @returns what was used, in a few words
 * @throws ChartlifeError SetupMissing where TensorFlow is not loaded, answers wrongly, or a GPU was asked for and is not used
 */
export function probeTensorflow(): string {
  const description = describeBackend();
  const [product, slope] = tidy(() => {
    const a = tensor2d([1, 2, 3, 4], [2, 2]);
    return [matMul(a, a).dataSync(), grad((x) => sum(square(x)))(a).dataSync()];
  });
  if (String([...product]) !== '7,10,15,22' || String([...slope]) !== '2,4,6,8') {
    throw new ChartlifeError('SetupMissing', `TensorFlow computes wrongly: ${product} and ${slope}`, {
      next: 'Run `npx chartlife doctor --fix`.',
    });
  }
  if (description.variant === 'cuda' && description.device !== 'gpu') {
    throw new ChartlifeError('SetupMissing', 'a GPU was asked for (CHARTLIFE_TENSORFLOW=cuda) and none is used', {
      next: 'Look at `nvidia-smi` and docs/how-to/tensorflow.md, or set CHARTLIFE_TENSORFLOW=cpu.',
    });
  }
  return inWords(description);
}

function inWords({ tensorflowVersion, device, numThreads, oneDnn, fusedOps, binding }: BackendDescription): string {
  const parts = [
    `${tensorflowVersion} on the ${device === 'gpu' ? 'GPU' : 'CPU'}`,
    `${numThreads} ${numThreads === 1 ? 'thread' : 'threads'}`,
    `oneDNN ${oneDnn ? 'on' : 'off'}`,
    fusedOps === null ? 'without fused ops: training is slower' : `with fused ops (${fusedOps})`,
  ];
  if (binding === 'vendor') parts.push("the vendor's older binary: slower still, and other bits");
  return `${parts.join(', ')}; a product and a gradient are right`;
}
