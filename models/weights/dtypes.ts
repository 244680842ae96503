/** The element types of safetensors, and what of them becomes float32. */
import { ChartlifeError } from '../../contracts/errors.ts';

/** Bytes per element of every type that the format knows in whole bytes. */
export const DTYPE_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  F8_E8M0: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  F64: 8,
  I64: 8,
  U64: 8,
};

/** Those with a meaning as a weight. */
export const READABLE_DTYPES = ['F32', 'F16', 'BF16', 'F64', 'I64'] as const;
type ReadableDtype = (typeof READABLE_DTYPES)[number];

/** float32 holds every whole number up to here. */
const MAX_EXACT_INTEGER = 2 ** 24;

/**
 * Little-endian elements as float32. F32 is a view of the bytes where they are aligned; F16 and BF16 are exact; F64 is
 * rounded; I64 must be exact.
 *
 * @param place names the tensor and its file
 * @throws ChartlifeError InvalidInput for another type, or a value that float32 can't hold
 */
export function toFloat32(dtype: string, bytes: Uint8Array, place: string): Float32Array {
  if (!isReadable(dtype)) {
    throw valueError(`${place} has the type ${dtype}`, `Save it as one of ${READABLE_DTYPES.join(', ')}.`);
  }
  switch (dtype) {
    case 'F32':
      return new Float32Array(...aligned(bytes, 4));
    case 'F16':
      return Float32Array.from(new Uint16Array(...aligned(bytes, 2)), fromHalf);
    case 'BF16': {
      const words = Uint32Array.from(new Uint16Array(...aligned(bytes, 2)), (half) => half << 16);
      return new Float32Array(words.buffer);
    }
    case 'F64':
      return fromDoubles(new Float64Array(...aligned(bytes, 8)), place);
    case 'I64':
      return fromIntegers(new BigInt64Array(...aligned(bytes, 8)), place);
  }
}

function isReadable(dtype: string): dtype is ReadableDtype {
  return (READABLE_DTYPES as readonly string[]).includes(dtype);
}

/** What a typed array is made of: the bytes where they are if their place allows it, else a copy. */
function aligned(bytes: Uint8Array, bytesPerElement: number): [ArrayBufferLike, number, number] {
  const own = bytes.byteOffset % bytesPerElement === 0 ? bytes : Uint8Array.from(bytes);
  return [own.buffer, own.byteOffset, own.byteLength / bytesPerElement];
}

/** IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of fraction. */
function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function fromDoubles(doubles: Float64Array, place: string): Float32Array {
  const values = Float32Array.from(doubles);
  const lost = doubles.findIndex((double, index) => Number.isFinite(double) !== Number.isFinite(values[index]));
  if (lost === -1) return values;
  throw valueError(`${place} has ${doubles[lost]} at ${lost}, beyond float32`, 'Scale it, or leave it out.');
}

function fromIntegers(integers: BigInt64Array, place: string): Float32Array {
  return Float32Array.from(integers, (integer, index) => {
    const value = Number(integer);
    if (Math.abs(value) <= MAX_EXACT_INTEGER) return value;
    throw valueError(`${place} has ${integer} at ${index}, which float32 can't hold`, 'Leave it out of the file.');
  });
}

function valueError(message: string, next: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', message, { next });
}
