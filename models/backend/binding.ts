/**
 * The native addon of @tensorflow/tfjs-node and the backend around it, as far as this project uses them. The package
 * declares some of this private; these are the interfaces that its kernels themselves are written against.
 */
import type { DataType, Tensor, TensorInfo } from '@tensorflow/tfjs-core';

/** TensorFlow's TF_AttrType. */
export const ATTRIBUTE_KIND = { string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5 } as const;
/** TensorFlow's DataType, for the types that tensors here have. */
export const DATA_TYPE = { float32: 1, int32: 3, string: 7, complex64: 8, int64: 9, bool: 10 } as const;

export type AttributeValue = boolean | number | string | readonly number[] | readonly boolean[];

/** An op's attribute as the addon takes it. */
export interface OpAttribute {
  readonly name: string;
  /** One of {@link ATTRIBUTE_KIND}. */
  readonly type: number;
  readonly value: AttributeValue;
}

/** A tensor on TensorFlow's side. `id` is its handle, never used again after it was deleted. */
export interface TensorHandle {
  readonly id: number;
  readonly shape: number[];
  /** One of {@link DATA_TYPE}. */
  readonly dtype: number;
}

export type TensorValues = Float32Array | Int32Array | Uint8Array | readonly Uint8Array[];

export interface TensorflowBinding {
  readonly TF_Version: string;
  createTensor(shape: number[], dtype: number, values: TensorValues): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): TensorValues;
  executeOp(name: string, attributes: readonly OpAttribute[], inputIds: number[], numOutputs: number): TensorHandle[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(id: number): void;
  /** Names are separated by commas, each as `op:output`. */
  runSavedModel(id: number, inputIds: number[], inputNames: string, outputNames: string): TensorHandle[];
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
}

export interface TensorflowBackend {
  binding: TensorflowBinding;
  /** The handles of tensors; uploads those whose values are still in JavaScript. */
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  createOutputTensor(handle: TensorHandle): Tensor;
  executeSingleOutput(name: string, attributes: OpAttribute[], inputs: TensorInfo[]): Tensor;
  executeMultipleOutputs(name: string, attributes: OpAttribute[], inputs: TensorInfo[], numOutputs: number): Tensor[];
  /** Notes new values that are still in JavaScript. */
  move(dataId: object, values: unknown, shape: number[], dtype: DataType, refCount: number): void;
}

export function isTensorflowBackend(value: unknown): value is TensorflowBackend {
  return typeof value === 'object' && value !== null && 'binding' in value && 'createOutputTensor' in value;
}
