/** A model's parameters: tensors by name. Models take them as an argument and keep none. */
import type { Tensor } from '@tensorflow/tfjs-core';
import { ChartlifeError } from '../contracts/errors.ts';

export type Parameters = Readonly<Record<string, Tensor>>;
/** What a model expects, in the order of its files. A matrix has a row per output. */
export type ParameterShapes = Readonly<Record<string, readonly number[]>>;

/** As long as an error may be read by a person. */
const MAX_FAULTS_QUOTED = 20;

/**
 * Compares what there is with what a model expects.
 *
 * @param given anything with a shape by name: tensors, or a file's entries
 * @param place what is at fault, such as a file's path
 * @throws ChartlifeError InvalidInput that names every missing, extra and misshapen one (the first 20)
 */
export function checkParameters(
  given: ReadonlyMap<string, { readonly shape: readonly number[] }>,
  expected: ParameterShapes,
  place: string,
): void {
  const faults: string[] = [];
  for (const [name, shape] of Object.entries(expected)) {
    const found = given.get(name);
    if (found === undefined) faults.push(`missing ${name} [${shape.join(', ')}]`);
    else if (!isSameShape(found.shape, shape)) {
      faults.push(`misshapen ${name}: [${found.shape.join(', ')}], expected [${shape.join(', ')}]`);
    }
  }
  for (const [name, { shape }] of given) {
    if (!Object.hasOwn(expected, name)) faults.push(`extra ${name} [${shape.join(', ')}]`);
  }
  if (faults.length === 0) return;
  const quoted = faults.slice(0, MAX_FAULTS_QUOTED);
  const more = faults.length - quoted.length;
  throw new ChartlifeError(
    'InvalidInput',
    `${place} does not fit the model: ${quoted.join('; ')}${more === 0 ? '' : `; and ${more} more`}`,
    {
      next: 'Give the configuration that these weights were made with, or other weights.',
      details: { place, numFaults: faults.length, faults: quoted },
    },
  );
}

/** How many numbers they hold. */
export function countParameters(shapes: ParameterShapes): number {
  return Object.values(shapes).reduce((total, shape) => total + numElementsOf(shape), 0);
}

export function numElementsOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** The one of this name. A model asks for those of its shapes alone, so that none is missing after the check. */
export function parameter<T extends Tensor>(parameters: Parameters, name: string): T {
  const found = parameters[name];
  if (found !== undefined) return found as T;
  throw new ChartlifeError('InvalidInput', `the model has no parameter ${name}`, {
    next: 'Check the parameters against the shapes of the model’s configuration: checkParameters().',
    details: { name },
  });
}

/** Frees them all. */
export function disposeParameters(parameters: Parameters): void {
  for (const tensor of Object.values(parameters)) tensor.dispose();
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}
