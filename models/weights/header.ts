/**
 * The head of a safetensors file: 8 bytes with its length (little-endian), then JSON that says of each tensor its type,
 * shape and place (https://huggingface.co/docs/safetensors). Nothing of it is believed before it was checked.
 */
import { ChartlifeError } from '../../contracts/errors.ts';
import { numElementsOf } from '../parameters.ts';
import { DTYPE_BYTES } from './dtypes.ts';

export interface TensorEntry {
  readonly name: string;
  /** As the file has it, such as `F32`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** In bytes, from the file's begin. */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their data. */
  readonly entries: readonly TensorEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

export const LENGTH_BYTES = 8;
/** A header takes about 100 bytes a tensor; a length beyond this is no header. */
export const MAX_HEADER_BYTES = 16 * 2 ** 20;
export const METADATA_NAME = '__metadata__';
/** TensorFlow.js has no tensor of more axes. */
const MAX_AXES = 6;

/**
 * @returns the length of the JSON, in bytes
 * @throws ChartlifeError InvalidInput where it is not within the file, or beyond {@link MAX_HEADER_BYTES}
 */
export function headerLength(firstBytes: Uint8Array, fileBytes: number, place: string): number {
  if (firstBytes.length < LENGTH_BYTES) throw damaged(place, `it has ${firstBytes.length} bytes`, 0);
  const view = new DataView(firstBytes.buffer, firstBytes.byteOffset, LENGTH_BYTES);
  const length = view.getBigUint64(0, true);
  const most = Math.min(MAX_HEADER_BYTES, fileBytes - LENGTH_BYTES);
  if (length > BigInt(most)) throw damaged(place, `its header claims ${length} bytes, of ${most} at most`, 0);
  return Number(length);
}

/**
 * @param json the header without its length
 * @throws ChartlifeError InvalidInput: no JSON of this form, an unknown type, a size that is not the shape's, data that
 * overlap, leave a gap or lie outside the file
 */
export function parseHeader(json: Uint8Array, fileBytes: number, place: string): SafetensorsHeader {
  const dataStart = LENGTH_BYTES + json.length;
  const { [METADATA_NAME]: metadata = {}, ...described } = parseObject(json, place);
  const entries = Object.entries(described)
    .map(([name, value]) => entryOf(name, value, dataStart, place))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  let at = dataStart;
  for (const { name, start, end } of entries) {
    if (start !== at)
      throw damaged(place, `the data of ${name} ${start < at ? 'overlap others' : 'follow a gap'}`, start);
    at = end;
  }
  if (at !== fileBytes) throw damaged(place, `its tensors end at ${at} and the file at ${fileBytes}`, at);
  return { entries, metadata: textsOf(metadata, place) };
}

function parseObject(json: Uint8Array, place: string): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    // A byte order mark is no JSON: the format's own reader refuses it.
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(json);
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(place, 'its header is no JSON', LENGTH_BYTES, cause);
  }
  if (!isObject(value)) throw damaged(place, 'its header is no JSON object', LENGTH_BYTES);
  const numKeys = countOuterKeys(text);
  if (numKeys > Object.keys(value).length) {
    throw damaged(place, 'its header gives one name to several tensors', LENGTH_BYTES);
  }
  return value;
}

/** JSON.parse keeps the last of several equal keys. @param text an object that it has parsed */
function countOuterKeys(text: string): number {
  let [depth, numKeys] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?|[[\]{}]/gs)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === 1 && token.endsWith(':')) numKeys++;
  }
  return numKeys;
}

function entryOf(name: string, value: unknown, dataStart: number, place: string): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = isObject(value) ? value : {};
  const wrong = (what: string): ChartlifeError => damaged(place, `tensor ${name} has ${what}`, LENGTH_BYTES);
  if (typeof dtype !== 'string') throw wrong('no dtype');
  const bytesPerElement = Object.hasOwn(DTYPE_BYTES, dtype) ? DTYPE_BYTES[dtype] : undefined;
  if (bytesPerElement === undefined) throw wrong(`the unknown type ${dtype}`);
  if (!isCounts(shape) || shape.length > MAX_AXES) throw wrong(`the shape ${brief(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2) throw wrong(`the data_offsets ${brief(offsets)}`);
  const [from, to] = offsets as [number, number];
  if (to - from !== numElementsOf(shape) * bytesPerElement) {
    throw wrong(`${to - from} bytes of data where ${dtype} [${shape.join(', ')}] needs another number`);
  }
  return { name, dtype, shape, start: dataStart + from, end: dataStart + to };
}

function textsOf(metadata: unknown, place: string): Record<string, string> {
  if (isObject(metadata) && Object.values(metadata).every((value) => typeof value === 'string')) {
    return metadata as Record<string, string>;
  }
  throw damaged(place, `its ${METADATA_NAME} is no record of texts`, LENGTH_BYTES);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/** A value as JSON, cut: the file may hold anything. */
function brief(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 80);
}

function damaged(place: string, why: string, offset: number, cause?: unknown): ChartlifeError {
  return new ChartlifeError('InvalidInput', `${place} is no sound safetensors file: ${why} (byte ${offset})`, {
    next: 'Fetch or save the file again.',
    details: { path: place, offset },
    cause,
  });
}
