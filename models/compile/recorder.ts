/**
 * Stands in front of the addon while a step is traced, and notes each op with its attributes, inputs and outputs. The
 * ops run, for their shapes; the values of large results are not kept.
 */
import {
  ATTRIBUTE_KIND,
  DATA_TYPE,
  type OpAttribute,
  type TensorflowBinding,
  type TensorHandle,
  type TensorValues,
} from '../backend/binding.ts';
import { FLOAT, typeAttribute } from '../backend/rawOp.ts';
import { traceError } from './traceError.ts';

/** Where a value of the trace comes from. */
export type TracedValue =
  | { readonly from: 'argument'; readonly index: number }
  | { readonly from: 'constant'; readonly index: number }
  | { readonly from: 'op'; readonly index: number; readonly output: number };

export interface TracedOp {
  readonly name: string;
  readonly attributes: readonly OpAttribute[];
  readonly inputs: readonly TracedValue[];
}

export interface TracedConstant {
  readonly shape: readonly number[];
  readonly dtype: number;
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** float32 results from this size on are replaced by shared zeros: a trace then costs no step's memory. */
const LARGE_NUM_ELEMENTS = 16_384;
/** Draws whose seed TensorFlow keeps to itself: a compiled step could not be done again. */
const HIDDEN_RANDOMNESS = /^(Random|Multinomial|TruncatedNormal|ParameterizedTruncatedNormal)/;
/** Ops whose results' shapes depend on values: another argument of the same shape would need another graph. */
const SHAPES_OF_VALUES = /^(Unique|UniqueV2|Where|NonMaxSuppression.*|DynamicPartition|ListDiff)$/;

export class Recorder {
  readonly ops: TracedOp[] = [];
  readonly constants: TracedConstant[] = [];
  readonly #real: TensorflowBinding;
  readonly #origins = new Map<number, TracedValue>();
  /** By number of elements. */
  readonly #zeros = new Map<number, number>();

  constructor(real: TensorflowBinding, argumentIds: readonly number[]) {
    this.#real = real;
    for (const [index, id] of argumentIds.entries()) this.#origins.set(id, { from: 'argument', index });
  }

  /** What the backend is given instead of the addon. */
  binding(): TensorflowBinding {
    const inPlace: Partial<TensorflowBinding> = {
      executeOp: this.#executeOp,
      createTensor: this.#createTensor,
      tensorDataSync: () => {
        throw traceError('reads the value of a tensor', 'Keep it a tensor: compute with it, or return it.');
      },
      runSavedModel: () => {
        throw traceError('runs another compiled step', 'Call the plain function inside the step.');
      },
    };
    // The rest is reached through the prototype. The addon's properties are read-only, so these are defined, not set.
    return Object.create(this.#real, Object.getOwnPropertyDescriptors(inPlace));
  }

  /** null for a tensor that neither is an argument nor was made by the step. */
  originOf(id: number): TracedValue | null {
    return this.#origins.get(id) ?? null;
  }

  /** Frees what the trace itself holds. */
  close(): void {
    for (const id of this.#zeros.values()) this.#real.deleteTensor(id);
    this.#zeros.clear();
  }

  readonly #createTensor = (shape: number[], dtype: number, values: TensorValues): number => {
    if (Array.isArray(values)) throw traceError('makes a tensor of strings', 'A step computes with numbers alone.');
    const id = this.#real.createTensor(shape, dtype, values);
    this.#origins.set(id, { from: 'constant', index: this.constants.length });
    this.constants.push({ shape: [...shape], dtype, values: (values as Float32Array).slice() });
    return id;
  };

  readonly #executeOp = (
    name: string,
    attributes: readonly OpAttribute[],
    inputIds: number[],
    numOutputs: number,
  ): TensorHandle[] => {
    if (HIDDEN_RANDOMNESS.test(name)) {
      throw traceError(
        `draws with ${name}, whose seed is not an argument`,
        'Draw from a key: see models/training/random.ts.',
      );
    }
    if (SHAPES_OF_VALUES.test(name)) {
      throw traceError(`makes a shape that depends on values, with ${name}`, 'Compute with a mask of a fixed shape.');
    }
    const inputs = inputIds.map((id) => {
      const origin = this.originOf(id);
      if (origin === null)
        throw traceError(`gives ${name} a tensor from outside`, 'Pass it to the step as an argument.');
      return origin;
    });
    const outputs = this.#real
      .executeOp(name, attributes, inputIds, numOutputs)
      .map((handle) => this.#withoutLargeValues(handle));
    for (const [output, { id }] of outputs.entries()) {
      this.#origins.set(id, { from: 'op', index: this.ops.length, output });
    }
    this.ops.push({ name, attributes: [...attributes, ...inferredAttributes(name, outputs)], inputs });
    return outputs;
  };

  /** The same shape, with values that all such tensors share: a reshape copies nothing. */
  #withoutLargeValues(handle: TensorHandle): TensorHandle {
    const numElements = handle.shape.reduce((product, length) => product * length, 1);
    if (handle.dtype !== DATA_TYPE.float32 || numElements < LARGE_NUM_ELEMENTS) return handle;
    this.#real.deleteTensor(handle.id);
    let zeros = this.#zeros.get(numElements);
    if (zeros === undefined) {
      zeros = this.#real.createTensor([numElements], DATA_TYPE.float32, new Float32Array(numElements));
      this.#zeros.set(numElements, zeros);
    }
    const shapeId = this.#real.createTensor([handle.shape.length], DATA_TYPE.int32, Int32Array.from(handle.shape));
    const attributes = [FLOAT, typeAttribute('Tshape', 'int32')];
    const [shared] = this.#real.executeOp('Reshape', attributes, [zeros, shapeId], 1);
    this.#real.deleteTensor(shapeId);
    return shared as TensorHandle;
  }
}

/** What TensorFlow.js leaves to be inferred when an op runs at once; a graph has to say it. */
function inferredAttributes(name: string, outputs: readonly TensorHandle[]): OpAttribute[] {
  if (name !== 'ExpandDims') return [];
  return outputs.map(({ dtype }) => ({ name: 'T', type: ATTRIBUTE_KIND.type, value: dtype }));
}
