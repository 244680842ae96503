/**
 * IEEE 754 half precision, as spectrograms are stored: half the bytes of float32, and a log-energy within [-16, 16] is off
 * by at most 2^-8 = 0.0039 (0.017 dB), less than decoders of one file differ from each other.
 */
import { ChartlifeError } from '../../contracts/errors.ts';

const SIGN = 0x8000;
const INFINITY = 0x7c00;
/** 65,536, the first magnitude beyond what rounding can bring to a finite half, as bits of a float32. */
const OVERFLOW_BITS = 0x4780_0000;
/** 2^-14, the least normal half, likewise. */
const LEAST_NORMAL_BITS = 0x3880_0000;
/** The difference of the exponents' biases, in place. */
const REBIAS = 0x3800_0000;
/** Added to a subnormal half's magnitude it puts the bits that count at the bottom of a float32. */
const ALIGN = 0.5;
const ALIGN_BITS = 0x3f00_0000;

const ONE_FLOAT = new Float32Array(1);
const ONE_FLOAT_BITS = new Uint32Array(ONE_FLOAT.buffer);

/**
 * Rounded to the nearest, ties to even; 65,520 and more become infinite.
 *
 * @throws ChartlifeError InvalidInput for a NaN, with its place
 */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let index = 0; index < bits.length; index++) {
    const all = bits[index]!;
    const magnitude = all & 0x7fff_ffff;
    const sign = (all >>> 16) & SIGN;
    if (magnitude >= OVERFLOW_BITS) {
      if (magnitude > 0x7f80_0000) throw notANumber(index);
      halves[index] = sign | INFINITY;
    } else if (magnitude < LEAST_NORMAL_BITS) {
      ONE_FLOAT[0] = Math.abs(values[index]!) + ALIGN;
      halves[index] = sign | (ONE_FLOAT_BITS[0]! - ALIGN_BITS);
    } else {
      const isOdd = (magnitude >>> 13) & 1;
      halves[index] = sign | ((magnitude - REBIAS + 0xfff + isOdd) >>> 13);
    }
  }
  return halves;
}

let everyHalf: Float32Array | null = null;

/** Of each of the 65,536 halves the float32 that it is, exactly. Not to be written to. */
export function valueOfHalf(): Float32Array {
  everyHalf ??= Float32Array.from({ length: 65_536 }, (_, half) => floatOf(half));
  return everyHalf;
}

/** Exact: every half is a float32. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  const valueByHalf = valueOfHalf();
  const values = new Float32Array(halves.length);
  for (let index = 0; index < halves.length; index++) values[index] = valueByHalf[halves[index]!]!;
  return values;
}

/** By the definition: sign, five bits of exponent, ten of significand. */
function floatOf(half: number): number {
  const sign = half & SIGN ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const significand = half & 0x3ff;
  if (exponent === 0x1f) return significand === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * significand * 2 ** -24;
  return sign * (1 + significand / 1_024) * 2 ** (exponent - 15);
}

function notANumber(index: number): ChartlifeError {
  return new ChartlifeError('InvalidInput', `value ${index} of the spectrogram is not a number`, {
    next: 'Look at what computed it: no sound gives this.',
    details: { index },
  });
}
