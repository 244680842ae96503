/** A child's script: the fused ops' results on one instruction set, as bytes in base64, one line each. */
import { type Tensor, type Tensor2D, type Tensor3D, tensor1d } from '@tensorflow/tfjs-core';
import { loadTensorflow } from '../../../models/backend/loadTensorflow.ts';
import * as fused from '../../../models/ops/fused/fusedOps.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../../runtime/nativeParts.ts';
import { bytesOf, normalTensor } from './values.ts';

const [target = '', numThreads = ''] = process.argv.slice(2);
process.env.CHARTLIFE_FUSED_TARGET = target;
loadTensorflow({
  cache: nativeCacheAt(nativeCacheRoot(process.env)),
  variant: 'cpu',
  numThreads: Number(numThreads),
  environment: process.env,
});

const x = normalTensor<Tensor2D>([131, 77], 1);
const dy = normalTensor<Tensor2D>([131, 77], 2);
const normalized = fused.fusedNormalize(x, 1e-6);
const qkv = normalTensor<Tensor3D>([2, 307, 3 * 40], 3);
const dMixed = normalTensor<Tensor3D>([2, 307, 40], 4);
const form = { numHeads: 2, scale: 0.2, causal: true };
const attended = fused.fusedSelfAttention(qkv, form);
const results: Tensor[] = [
  normalized.normalized_MD,
  fused.fusedNormalizeGradient(dy, normalized),
  fused.fusedGelu(x),
  fused.fusedGeluGradient(x, dy),
  attended.mixed_BQD,
  fused.fusedSelfAttentionGradient(dMixed, qkv, attended, form),
  fused.fusedDropout(x, tensor1d([1, -2], 'int32'), 0.3),
];
for (const result of results) process.stdout.write(`${bytesOf(result).toString('base64')}\n`);
