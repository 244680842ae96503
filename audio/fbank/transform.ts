/**
 * Tables of the 512-point real FFT that both kernels do: a 256-point complex FFT of even + i * odd samples (radix 4,
 * decimation in frequency, four stages), then one pass that tells the halves apart.
 */
import { FFT_LENGTH } from './settings.ts';

export const NUM_POINTS = FFT_LENGTH / 2;
const NUM_STAGES = 4;

/** For the stages of 256, 64 and 16 points and j = 1 .. L/4 - 1: re and im of w^j, w^2j, w^3j with w = e^(-2 pi i/L). */
export function stageTwiddles(): Float64Array {
  const values: number[] = [];
  for (let length = NUM_POINTS; length > 4; length /= 4) {
    for (let j = 1; j < length / 4; j++) {
      for (const power of [1, 2, 3]) values.push(...unitRoot(j * power, length));
    }
  }
  return Float64Array.from(values);
}

/** Re and im of e^(-2 pi i k / 512) for k = 1 .. 127. */
export function untangleTwiddles(): Float64Array {
  return Float64Array.from(
    Array.from({ length: NUM_POINTS / 2 - 1 }, (_, index) => unitRoot(index + 1, FFT_LENGTH)).flat(),
  );
}

/** Where the complex FFT leaves point k: k with its four base-4 digits reversed. */
export function digitReversedOrder(): Uint32Array {
  return Uint32Array.from({ length: NUM_POINTS }, (_, point) => {
    let reversed = 0;
    for (let stage = 0, rest = point; stage < NUM_STAGES; stage++, rest >>= 2) reversed = (reversed << 2) | (rest & 3);
    return reversed;
  });
}

function unitRoot(numerator: number, denominator: number): [number, number] {
  const angle = (2 * Math.PI * numerator) / denominator;
  return [Math.cos(angle), -Math.sin(angle)];
}
