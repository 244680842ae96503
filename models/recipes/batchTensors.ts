/** A batch of numbers as the tensors of MP2's or MP3's task, in one part or in several. */
import { type Tensor2D, tensor1d, tensor2d, tensor3d, tidy } from '@tensorflow/tfjs-core';
import { mp2Divisor } from '../mp2/loss.ts';
import type { Mp2Batch } from '../mp2/mp2.ts';
import { mp3LossDivisors } from '../mp3/loss.ts';
import type { Mp3SoundBatch } from '../mp3/task.ts';
import type { Recipe } from './recipe.ts';

/** Some examples as plain numbers; by name what each has of a column. */
export interface PlainBatch {
  /** One per example. */
  readonly weight_B: Float32Array;
  readonly spectrogram_BFM: Float32Array;
  readonly columns: Readonly<Record<string, Float32Array>>;
}

/**
 * @param numParts a divisor of the batch's size
 * @returns new tensors, the caller's; several parts share their divisors' tensors
 */
export function mp2Parts(batch: PlainBatch, recipe: Recipe, numParts: number): Mp2Batch[] {
  const weights = batch.columns.targetWeights as Float32Array;
  const whole = (): Tensor2D => tensor2d(weights, [batch.weight_B.length, 2]);
  const parts = slices(batch, numParts).map((part) => ({
    x_BTF: soundOf(part, recipe),
    targets_B2: matrixOf(part, 'targets'),
    weights_B2: matrixOf(part, 'targetWeights'),
  }));
  if (numParts === 1) return parts;
  const divisor = tidy(() => mp2Divisor({ weights_B2: whole() }));
  return parts.map((part) => ({ ...part, divisor }));
}

/** See {@link mp2Parts}. */
export function mp3Parts(batch: PlainBatch, recipe: Recipe, numParts: number): Mp3SoundBatch[] {
  const parts = slices(batch, numParts).map((part) => ({
    x_BTF: soundOf(part, recipe),
    seen_BT: matrixOf(part, 'seen'),
    onChart_BT: matrixOf(part, 'onChart'),
    streams_BT: matrixOf(part, 'streams'),
    weekOfYear_BT: tensor2d(columnOf(part, 'weekOfYear'), [part.size, recipe.decoder.numWeeks], 'int32'),
    region_B: tensor1d(columnOf(part, 'region'), 'int32'),
  }));
  if (numParts === 1) return parts;
  const divisors = tidy(() => {
    const [whole] = slices(batch, 1) as [Slice];
    const [seen_BT, onChart_BT] = [matrixOf(whole, 'seen'), matrixOf(whole, 'onChart')];
    return mp3LossDivisors({ seen_BT, onChart_BT, streams_BT: seen_BT });
  });
  return parts.map((part) => ({ ...part, divisors }));
}

interface Slice {
  readonly batch: PlainBatch;
  readonly first: number;
  readonly size: number;
}

function slices(batch: PlainBatch, numParts: number): Slice[] {
  const size = batch.weight_B.length / numParts;
  return Array.from({ length: numParts }, (_, part) => ({ batch, first: part * size, size }));
}

function soundOf({ batch: { spectrogram_BFM }, first, size }: Slice, { encoder: { numFrames, numMelBins } }: Recipe) {
  const width = numFrames * numMelBins;
  return tensor3d(spectrogram_BFM.subarray(first * width, (first + size) * width), [size, numFrames, numMelBins]);
}

function matrixOf(part: Slice, name: string): Tensor2D {
  const values = columnOf(part, name);
  return tensor2d(values, [part.size, values.length / part.size]);
}

function columnOf({ batch, first, size }: Slice, name: string): Float32Array {
  const values = batch.columns[name] as Float32Array;
  const width = values.length / batch.weight_B.length;
  return values.subarray(first * width, (first + size) * width);
}
