/**
 * One of TensorFlow's own ops, by its name in TensorFlow's registry: for what TensorFlow.js has no function. It knows no
 * gradient, so it belongs inside `tf.customGrad`.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { ATTRIBUTE_KIND, type AttributeValue, DATA_TYPE, type OpAttribute } from './binding.ts';
import { tensorflowBackend } from './loadTensorflow.ts';

/** @returns the op's only output; the caller, or the tidy around it, owns it */
export function rawOp(name: string, inputs: readonly Tensor[], attributes: readonly OpAttribute[] = []): Tensor {
  return tensorflowBackend().executeSingleOutput(name, [...attributes], [...inputs]);
}

/** @returns all outputs, in the op's order */
export function rawOps(
  name: string,
  inputs: readonly Tensor[],
  attributes: readonly OpAttribute[],
  numOutputs: number,
): Tensor[] {
  return tensorflowBackend().executeMultipleOutputs(name, [...attributes], [...inputs], numOutputs);
}

const attribute = (kind: keyof typeof ATTRIBUTE_KIND, name: string, value: AttributeValue): OpAttribute => ({
  name,
  type: ATTRIBUTE_KIND[kind],
  value,
});

export const typeAttribute = (name: string, dtype: keyof typeof DATA_TYPE): OpAttribute =>
  attribute('type', name, DATA_TYPE[dtype]);
export const boolAttribute = (name: string, value: boolean): OpAttribute => attribute('bool', name, value);
/** Of one whole number, or of a list of them. */
export const intAttribute = (name: string, value: number | readonly number[]): OpAttribute =>
  attribute('int', name, value);
export const floatAttribute = (name: string, value: number): OpAttribute => attribute('float', name, value);
export const shapeAttribute = (name: string, shape: readonly number[]): OpAttribute => attribute('shape', name, shape);
export const stringAttribute = (name: string, value: string): OpAttribute => attribute('string', name, value);

/** The most common attribute: the element type is float32. */
export const FLOAT: OpAttribute = typeAttribute('T', 'float32');
