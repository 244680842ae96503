/** Trains a small network by a compiled step and prints the hash of its weights' bits. */
import { createHash } from 'node:crypto';
import { randomNormal, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { loadTensorflow } from '../../../models/backend/loadTensorflow.ts';
import { compile } from '../../../models/compile/compile.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../../runtime/nativeParts.ts';
import { initialWeights, trainingStep, type Weights } from './network.ts';

loadTensorflow({
  cache: nativeCacheAt(nativeCacheRoot(process.env)),
  variant: 'cpu',
  numThreads: 2,
  environment: process.env,
});
const step = compile(trainingStep);
const batch = {
  x_BD: randomNormal([128, 64], 0, 1, 'float32', 3),
  y_B1: randomNormal([128, 1], 0, 1, 'float32', 4),
  learningRate: randomNormal([], 0.05, 0, 'float32', 5),
};
let weights: Weights = initialWeights();
let momentum: Weights = { first: zeros([64, 32]), second: zeros([32, 1]) };
for (let index = 0; index < 20; index++) ({ weights, momentum } = step({ weights, momentum, ...batch }));
const hash = createHash('sha256');
for (const tensor of [weights.first, weights.second]) {
  const values = (tensor as Tensor).dataSync();
  hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
console.log(hash.digest('hex'));
