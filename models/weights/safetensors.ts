/** Weights in files, as the hub and PyTorch's world read them. The same tensors give the same bytes. */
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../runtime/files.ts';
import { numElementsOf } from '../parameters.ts';
import { toFloat32 } from './dtypes.ts';
import { headerLength, LENGTH_BYTES, METADATA_NAME, parseHeader, type SafetensorsHeader } from './header.ts';

/** A tensor's numbers outside of TensorFlow, the last axis fastest. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export type StoredTensors = ReadonlyMap<string, StoredTensor>;

export interface Safetensors {
  readonly tensors: StoredTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The data begin at a multiple of it. */
const ALIGNMENT_BYTES = 8;

/**
 * @param place names the bytes in an error, such as the file's path
 * @throws ChartlifeError InvalidInput where the file is damaged, or holds what float32 can't
 */
export function decodeSafetensors(bytes: Uint8Array, place: string): Safetensors {
  const length = headerLength(bytes.subarray(0, LENGTH_BYTES), bytes.length, place);
  const json = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
  const { entries, metadata } = parseHeader(json, bytes.length, place);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, start, end } of entries) {
    const values = toFloat32(dtype, bytes.subarray(start, end), `tensor ${name} of ${place} (byte ${start})`);
    tensors.set(name, { shape, values });
  }
  return { tensors, metadata };
}

/**
 * float32 throughout, in the order of the names.
 *
 * @throws RangeError where the values are not as many as the shape says, or a name is the format's own
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const header: [string, unknown][] = Object.keys(metadata).length === 0 ? [] : [[METADATA_NAME, metadata]];
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
  let numBytes = 0;
  for (const [name, { shape, values }] of sorted) {
    if (name === METADATA_NAME) throw new RangeError(`no tensor can be called ${name}`);
    if (values.length !== numElementsOf(shape)) throw new RangeError(`${name}: ${values.length} values for [${shape}]`);
    header.push([name, { dtype: 'F32', shape, data_offsets: [numBytes, numBytes + values.byteLength] }]);
    numBytes += values.byteLength;
  }
  const json = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const dataStart = Math.ceil((LENGTH_BYTES + json.length) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const file = Buffer.allocUnsafe(dataStart + numBytes).fill(' ', 0, dataStart);
  file.writeBigUInt64LE(BigInt(dataStart - LENGTH_BYTES));
  file.set(json, LENGTH_BYTES);
  let at = dataStart;
  for (const [, { values }] of sorted) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}

/** @throws ChartlifeError as {@link decodeSafetensors}; the system's error where the file can't be read */
export async function readSafetensors(filePath: string): Promise<Safetensors> {
  return decodeSafetensors(await readFile(filePath), filePath);
}

/**
 * Names, types and shapes alone, whatever the file's size.
 *
 * @throws as {@link readSafetensors}
 */
export async function readSafetensorsHeader(filePath: string): Promise<SafetensorsHeader> {
  const file = await open(filePath);
  try {
    const { size } = await file.stat();
    const length = headerLength(await readAt(file, 0, LENGTH_BYTES), size, filePath);
    return parseHeader(await readAt(file, LENGTH_BYTES, length), size, filePath);
  } finally {
    await file.close();
  }
}

/** The whole file or none. @throws ChartlifeError DiskFull */
export async function writeSafetensors(filePath: string, content: Safetensors): Promise<void> {
  await writeFileAtomic(filePath, encodeSafetensors(content));
}

/** Fewer bytes where the file ends before. */
async function readAt(file: FileHandle, position: number, numBytes: number): Promise<Uint8Array> {
  const { bytesRead, buffer } = await file.read(new Uint8Array(numBytes), 0, numBytes, position);
  return buffer.subarray(0, bytesRead);
}
