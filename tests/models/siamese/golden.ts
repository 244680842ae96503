/** What PyTorch says of small networks: see tests/golden/models/siamese. */
import path from 'node:path';
import { type Tensor, type Tensor1D, type Tensor3D, tensor } from '@tensorflow/tfjs-core';
import type { Parameters } from '../../../models/parameters.ts';
import type { SiameseConfig } from '../../../models/siamese/config.ts';
import { readSafetensors, type StoredTensor } from '../../../models/weights/safetensors.ts';
import { PROJECT_ROOT } from '../../../runtime/projectRoot.ts';

export interface SiameseGolden {
  readonly config: SiameseConfig;
  readonly parameters: Parameters;
  readonly x_BTF: Tensor3D;
  readonly target_B: Tensor1D;
  /** score and loss. */
  readonly outputs: ReadonlyMap<string, StoredTensor>;
  readonly gradients: ReadonlyMap<string, StoredTensor>;
}

export async function readSiameseGolden(name: 'plain' | 'inception'): Promise<SiameseGolden> {
  const file = path.join(PROJECT_ROOT, 'tests/golden/models/siamese', `${name}.safetensors`);
  const { tensors, metadata } = await readSafetensors(file);
  const { numSounds: _, numFrames: __, ...config } = JSON.parse(metadata.config ?? '');
  const under = (folder: string): Map<string, StoredTensor> =>
    new Map(
      [...tensors].flatMap(([key, value]) => (key.startsWith(folder) ? [[key.slice(folder.length), value]] : [])),
    );
  const made = ({ values, shape }: StoredTensor): Tensor => tensor(values, [...shape]);
  const inputs = under('input/');
  return {
    config: { ...config, dropoutRate: 0 },
    parameters: Object.fromEntries([...under('parameter/')].map(([key, value]) => [key, made(value)])),
    x_BTF: made(inputs.get('x') as StoredTensor) as Tensor3D,
    target_B: made(inputs.get('target') as StoredTensor) as Tensor1D,
    outputs: under('output/'),
    gradients: under('gradient/'),
  };
}
