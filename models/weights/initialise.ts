/** Parameters to begin a training with, as a pure function of seed, name and shape. */
import { sha256Hex } from '../../runtime/files.ts';
import { Draws } from '../../runtime/philox.ts';
import { numElementsOf, type ParameterShapes } from '../parameters.ts';
import { PURPOSE } from '../training/purposes.ts';
import { normalQuantile } from './normalQuantile.ts';
import type { StoredTensor, StoredTensors } from './safetensors.ts';

/** As AST and timm begin. */
const WEIGHT_STD = 0.02;
/** The share of a normal distribution below -2 standard deviations, which is cut off; so is that above 2. */
const CUT_SHARE = 0.02275013194817921;
/** 48 bits: as many as a draw's index takes, and more. */
const NAME_HASH_DIGITS = 12;

/**
 * Biases are 0, gains 1, all else is normal with a standard deviation of 0.02, cut at two of them. Each parameter has
 * draws of its own, from its name: another layer, or another order, changes no other.
 *
 * @param seed of the run, a whole number from 0 below 2^53
 * @throws RangeError for another seed
 */
export function initialise(shapes: ParameterShapes, seed: number): StoredTensors {
  return new Map(Object.entries(shapes).map(([name, shape]) => [name, initialValues(name, shape, seed)]));
}

function initialValues(name: string, shape: readonly number[], seed: number): StoredTensor {
  const values = new Float32Array(numElementsOf(shape));
  if (name.endsWith('.bias')) return { shape, values };
  // The weight of one axis belongs to a normalisation: it is a gain.
  if (name.endsWith('.weight') && shape.length === 1) return { shape, values: values.fill(1) };
  const index = Number.parseInt(sha256Hex(name).slice(0, NAME_HASH_DIGITS), 16);
  const draws = new Draws(seed, index, PURPOSE.initialisation);
  for (const place of values.keys()) {
    values[place] = WEIGHT_STD * normalQuantile(draws.between(CUT_SHARE, 1 - CUT_SHARE));
  }
  return { shape, values };
}
