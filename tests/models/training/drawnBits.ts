/** Draws of every kind as text, for a test that compares processes. */
import { ones, tidy } from '@tensorflow/tfjs-core';
import { loadTensorflow } from '../../../models/backend/loadTensorflow.ts';
import { dropout, dropPath, foldIn, randomKey, uniform } from '../../../models/training/random.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../../runtime/nativeParts.ts';

export function loadWithThreads(numThreads: number): void {
  loadTensorflow({
    cache: nativeCacheAt(nativeCacheRoot(process.env)),
    variant: 'cpu',
    numThreads,
    environment: process.env,
  });
}

export function drawnBits(): string {
  return tidy(() => {
    const key = randomKey(7, 11);
    const draws = [
      uniform(foldIn(key, 0), [40_000]),
      dropout(ones([30, 30]), 0.3, foldIn(key, 1)),
      dropPath(ones([64, 2]), 0.5, foldIn(foldIn(key, 2), 3)),
    ];
    return draws.map((drawn) => Buffer.from(drawn.dataSync().slice().buffer).toString('base64')).join('\n');
  });
}
