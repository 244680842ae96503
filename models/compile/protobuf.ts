/**
 * TensorFlow's graph messages, as far as a traced step needs them. Field numbers are those of tensorflow/core/framework
 * and tensorflow/core/protobuf, which never change.
 */
import protobuf, { type Writer } from 'protobufjs/minimal.js';
import { ATTRIBUTE_KIND, type OpAttribute } from '../backend/binding.ts';

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Each as `node` or `node:output`. */
  readonly inputs: readonly string[];
  readonly attributes: readonly OpAttribute[];
  /** The attribute `value` of a constant. */
  readonly tensor?: GraphTensor;
}

export interface GraphTensor {
  readonly shape: readonly number[];
  readonly dtype: number;
  readonly values: Float32Array | Int32Array | Uint8Array;
}

const VARINT = 0;
const BYTES = 2;
const FLOAT32 = 5;

const tag = (field: number, wireType: number): number => (field << 3) | wireType;

/** The tag that a loader asks for. */
export const SAVED_MODEL_TAG = 'serve';
/** Of a graph that is made today: an older producer would be given the behaviour of that time. */
const GRAPH_PRODUCER = 1087;

/** A SavedModel of one graph and no variables: the bytes of `saved_model.pb`. */
export function encodeSavedModel(nodes: readonly GraphNode[]): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, VARINT)).int64(1);
  writer.uint32(tag(2, BYTES)).fork();
  writer.uint32(tag(1, BYTES)).fork().uint32(tag(4, BYTES)).string(SAVED_MODEL_TAG).ldelim();
  writer.uint32(tag(2, BYTES)).fork();
  for (const node of nodes) writeNode(writer, node);
  writer.uint32(tag(4, BYTES)).fork().uint32(tag(1, VARINT)).int32(GRAPH_PRODUCER).ldelim();
  return writer.ldelim().ldelim().finish();
}

function writeNode(writer: Writer, node: GraphNode): void {
  writer.uint32(tag(1, BYTES)).fork();
  writer.uint32(tag(1, BYTES)).string(node.name);
  writer.uint32(tag(2, BYTES)).string(node.op);
  for (const input of node.inputs) writer.uint32(tag(3, BYTES)).string(input);
  for (const attribute of node.attributes) {
    writeAttribute(writer, attribute.name, () => writeValue(writer, attribute));
  }
  const { tensor } = node;
  if (tensor !== undefined) {
    writeAttribute(writer, 'value', () => {
      writer.uint32(tag(8, BYTES)).fork();
      writeTensor(writer, tensor);
      writer.ldelim();
    });
  }
  writer.ldelim();
}

/** An entry of the map `attr`. */
function writeAttribute(writer: Writer, name: string, writeContent: () => void): void {
  writer.uint32(tag(5, BYTES)).fork().uint32(tag(1, BYTES)).string(name).uint32(tag(2, BYTES)).fork();
  writeContent();
  writer.ldelim().ldelim();
}

function writeValue(writer: Writer, { type, value }: OpAttribute): void {
  if (type === ATTRIBUTE_KIND.shape) {
    writer.uint32(tag(7, BYTES)).fork();
    writeShape(writer, value as readonly number[]);
    writer.ldelim();
  } else if (Array.isArray(value)) {
    writer.uint32(tag(1, BYTES)).fork();
    for (const element of value) writeElement(writer, type, element);
    writer.ldelim();
  } else {
    writeElement(writer, type, value as number | boolean | string);
  }
}

/** The fields of AttrValue and of its lists have the same numbers. */
function writeElement(writer: Writer, type: number, value: number | boolean | string): void {
  switch (type) {
    case ATTRIBUTE_KIND.string:
      writer.uint32(tag(2, BYTES)).string(String(value));
      return;
    case ATTRIBUTE_KIND.int:
      writer.uint32(tag(3, VARINT)).int64(Number(value));
      return;
    case ATTRIBUTE_KIND.float:
      writer.uint32(tag(4, FLOAT32)).float(Number(value));
      return;
    case ATTRIBUTE_KIND.bool:
      writer.uint32(tag(5, VARINT)).bool(Boolean(value));
      return;
    default:
      writer.uint32(tag(6, VARINT)).int32(Number(value));
  }
}

function writeShape(writer: Writer, shape: readonly number[]): void {
  for (const length of shape) writer.uint32(tag(2, BYTES)).fork().uint32(tag(1, VARINT)).int64(length).ldelim();
}

/** Many equal elements are written as one, which stands for all. */
function writeTensor(writer: Writer, { shape, dtype, values }: GraphTensor): void {
  writer.uint32(tag(1, VARINT)).int32(dtype);
  writer.uint32(tag(2, BYTES)).fork();
  writeShape(writer, shape);
  writer.ldelim();
  if (values.length < 2 || !isUniform(values)) {
    writer.uint32(tag(4, BYTES)).bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  } else if (values instanceof Float32Array) {
    writer.uint32(tag(5, FLOAT32)).float(values[0] as number);
  } else if (values instanceof Int32Array) {
    writer.uint32(tag(7, VARINT)).int32(values[0] as number);
  } else {
    writer.uint32(tag(11, VARINT)).bool(values[0] !== 0);
  }
}

/** Minus zero is another element than zero. */
function isUniform(values: Float32Array | Int32Array | Uint8Array): boolean {
  const first = values[0];
  return values.every((value) => Object.is(value, first));
}
