/** Between files of weights and the tensors of a model. */
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { checkParameters, type ParameterShapes, type Parameters } from '../parameters.ts';
import { readSafetensors, type StoredTensors, writeSafetensors } from './safetensors.ts';

/** New tensors, the caller's to dispose of. */
export function toParameters(stored: StoredTensors): Parameters {
  return Object.fromEntries(
    [...stored].map(([name, { shape, values }]): [string, Tensor] => [name, tensor(values, [...shape], 'float32')]),
  );
}

/** Copies the values out. */
export function toStored(parameters: Parameters): StoredTensors {
  return new Map(
    Object.entries(parameters).map(([name, own]) => [
      name,
      { shape: own.shape, values: Float32Array.from(own.dataSync()) },
    ]),
  );
}

/**
 * Reads the parameters of a model from safetensors.
 *
 * @param rename brings the file's names to the model's
 * @returns new tensors, the caller's to dispose of
 * @throws ChartlifeError InvalidInput where the file is damaged, or a name or shape is not as expected
 */
export async function loadParameters(
  filePath: string,
  expected: ParameterShapes,
  rename: (name: string) => string = (name) => name,
): Promise<Parameters> {
  const { tensors } = await readSafetensors(filePath);
  const renamed = new Map([...tensors].map(([name, stored]) => [rename(name), stored]));
  checkParameters(renamed, expected, filePath);
  return toParameters(renamed);
}

/** The whole file or none. @throws ChartlifeError DiskFull */
export async function saveParameters(
  filePath: string,
  parameters: Parameters,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeSafetensors(filePath, { tensors: toStored(parameters), metadata });
}
