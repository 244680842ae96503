/** What PyTorch says of small decoders: see tests/golden/models/mp3. */
import path from 'node:path';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { Mp3Config } from '../../../models/mp3/config.ts';
import type { Mp3Inputs } from '../../../models/mp3/inputs.ts';
import type { HurdleLossWeights } from '../../../models/mp3/loss.ts';
import type { Parameters } from '../../../models/parameters.ts';
import { readSafetensors, type StoredTensor } from '../../../models/weights/safetensors.ts';
import { PROJECT_ROOT } from '../../../runtime/projectRoot.ts';

export interface Mp3Golden {
  readonly config: Mp3Config;
  readonly lossWeights: HurdleLossWeights;
  readonly parameters: Parameters;
  readonly inputs: Mp3Inputs;
  /** By name: onChartLogit and quantiles, or point; loss. */
  readonly outputs: ReadonlyMap<string, StoredTensor>;
  readonly gradients: ReadonlyMap<string, StoredTensor>;
}

const WHOLE_NUMBERS = new Set(['region', 'weekOfYear']);
const LETTERS: Readonly<Record<string, string>> = { encoder: 'BE', region: 'B', extrinsic: 'BX' };

export async function readMp3Golden(name: 'hurdle' | 'point'): Promise<Mp3Golden> {
  const file = path.join(PROJECT_ROOT, 'tests/golden/models/mp3', `${name}.safetensors`);
  const { tensors, metadata } = await readSafetensors(file);
  const { quantileLevels, lossWeights, numTracks: _, ...sizes } = JSON.parse(metadata.config ?? '');
  const under = (folder: string): Map<string, StoredTensor> =>
    new Map(
      [...tensors].flatMap(([key, value]) => (key.startsWith(folder) ? [[key.slice(folder.length), value]] : [])),
    );
  const made = (stored: StoredTensor, isWhole = false): Tensor =>
    isWhole
      ? tensor(Int32Array.from(stored.values), [...stored.shape], 'int32')
      : tensor(stored.values, [...stored.shape]);
  const inputs = [...under('input/')].map(([key, value]) => [
    `${key}_${LETTERS[key] ?? 'BT'}`,
    made(value, WHOLE_NUMBERS.has(key)),
  ]);
  return {
    config: {
      ...sizes,
      dropoutRate: 0,
      head: name === 'point' ? { kind: 'point' } : { kind: 'hurdle-quantile', quantileLevels },
    },
    lossWeights: lossWeights ?? { onChart: 1, quantiles: 1 },
    parameters: Object.fromEntries([...under('parameter/')].map(([key, value]) => [key, made(value)])),
    inputs: Object.fromEntries(inputs),
    outputs: under('output/'),
    gradients: under('gradient/'),
  };
}
