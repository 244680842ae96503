/** Between files of weights and the tensors of a model. */
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../../contracts/errors.ts';
import { checkParameters, type ParameterShapes, type Parameters } from '../parameters.ts';
import { readSafetensors, type StoredTensor, type StoredTensors, writeSafetensors } from './safetensors.ts';

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
 * @throws ChartlifeError InvalidInput where the file is damaged, or a name or shape is not as expected, two
 * names are one parameter, or a number is not finite
 */
export async function loadParameters(
  filePath: string,
  expected: ParameterShapes,
  rename: (name: string) => string = (name) => name,
): Promise<Parameters> {
  const { tensors } = await readSafetensors(filePath);
  const renamed = new Map<string, StoredTensor>();
  for (const [name, stored] of tensors) {
    const own = rename(name);
    if (renamed.has(own)) throw unfit(filePath, `${name} is ${own}, which is there already`);
    renamed.set(own, stored);
  }
  checkParameters(renamed, expected, filePath);
  for (const [name, { values }] of renamed) {
    const at = values.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) throw unfit(filePath, `${name} has ${values[at]} at ${at}`);
  }
  return toParameters(renamed);
}

function unfit(filePath: string, why: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `${filePath}: ${why}`, {
    next: 'Get the weights again, from whoever made them.',
    details: { path: filePath },
  });
}

/** The whole file or none. @throws ChartlifeError DiskFull */
export async function saveParameters(
  filePath: string,
  parameters: Parameters,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeSafetensors(filePath, { tensors: toStored(parameters), metadata });
}
