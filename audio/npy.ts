/** NumPy's .npy files, format version 1.0: what Python reads with `numpy.load`. */
import { ChartlifeError } from '../contracts/errors.ts';
import { writeFileAtomic } from '../runtime/files.ts';

export interface NpyArray {
  readonly shape: readonly number[];
  /** In C order: the last index runs fastest. */
  readonly values: Float32Array | Float64Array;
}

const MAGIC = '\x93NUMPY';
const PREFIX_BYTES = 10;
/** The values begin at a multiple of it. */
const ALIGNMENT_BYTES = 64;

export function encodeNpy({ shape, values }: NpyArray): Uint8Array {
  const descr = values instanceof Float32Array ? '<f4' : '<f8';
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`;
  const headerBytes = Math.ceil((PREFIX_BYTES + header.length + 1) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES - PREFIX_BYTES;
  const file = Buffer.alloc(PREFIX_BYTES + headerBytes + values.byteLength);
  file.write(MAGIC, 0, 'latin1');
  file.writeUInt8(1, 6);
  file.writeUInt16LE(headerBytes, 8);
  file.write(`${header.padEnd(headerBytes - 1)}\n`, PREFIX_BYTES, 'latin1');
  file.set(littleEndianBytes(values), PREFIX_BYTES + headerBytes);
  return file;
}

/**
 * Reads little-endian float32 and float64 in C order.
 *
 * @throws ChartlifeError InvalidInput for anything else
 */
export function decodeNpy(bytes: Uint8Array): NpyArray {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.toString('latin1', 0, MAGIC.length) !== MAGIC) throw unreadable('it does not begin with NUMPY');
  const isFirstVersion = file[6] === 1;
  const headerAt = isFirstVersion ? PREFIX_BYTES : PREFIX_BYTES + 2;
  const headerBytes = isFirstVersion ? file.readUInt16LE(8) : file.readUInt32LE(8);
  const header = file.toString('latin1', headerAt, headerAt + headerBytes);
  const [, descr, order, dimensions] =
    /'descr': '([^']+)', 'fortran_order': (True|False), 'shape': \(([^)]*)\)/.exec(header) ?? [];
  if (order !== 'False' || (descr !== '<f4' && descr !== '<f8')) throw unreadable(`its header is ${header.trim()}`);
  const shape = (dimensions ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const numValues = shape.reduce((product, length) => product * length, 1);
  const valueBytes = descr === '<f4' ? 4 : 8;
  const start = headerAt + headerBytes;
  if (file.length - start !== numValues * valueBytes) throw unreadable(`${file.length - start} bytes of values`);
  const own = new Uint8Array(file.subarray(start)).buffer;
  return { shape, values: descr === '<f4' ? new Float32Array(own) : new Float64Array(own) };
}

/** @throws ChartlifeError DiskFull */
export async function writeNpy(filePath: string, array: NpyArray): Promise<void> {
  await writeFileAtomic(filePath, encodeNpy(array));
}

/** Node runs on little-endian machines alone. */
function littleEndianBytes(values: Float32Array | Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function unreadable(why: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `not a .npy file of little-endian floats: ${why}`, {
    next: 'Save it with numpy.save as float32 or float64 in C order.',
    details: { why },
  });
}
