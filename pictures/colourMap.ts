/** Numbers to colours. */

/** Bytes: red, green, blue. */
export type Rgb = readonly [red: number, green: number, blue: number];

/**
 * `magma` of matplotlib (Nathaniel J. Smith and Stéfan van der Walt, CC0): equal steps look equal, in colour, in grey
 * and to the colour-blind, and more is brighter. Every 17th of its 256 colours; between them straight lines stay within
 * 3 of 255 of the original.
 */
const MAGMA =
  '000004 0b0924 20114b 3b0f70 57157e 721f81 8c2981 a8327d c43c75 de4968 f1605d fa7f5e fe9f6d febf84 fddea0 fcfdbf';

export const COLOUR_STOPS: readonly Rgb[] = MAGMA.split(' ').map((hex) => {
  const value = Number.parseInt(hex, 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
});

const NUM_SHADES = 256;
const SHADES: readonly Rgb[] = Array.from({ length: NUM_SHADES }, (_, index) => between(index / (NUM_SHADES - 1)));

/** @param share from 0, the darkest, to 1, the brightest; what lies outside is taken as the nearer end */
export function colourOf(share: number): Rgb {
  return SHADES[Math.round(Math.min(1, Math.max(0, share)) * (NUM_SHADES - 1))]!;
}

function between(share: number): Rgb {
  const place = share * (COLOUR_STOPS.length - 1);
  const index = Math.min(COLOUR_STOPS.length - 2, Math.floor(place));
  const low = COLOUR_STOPS[index]!;
  const high = COLOUR_STOPS[index + 1]!;
  const mix = (channel: 0 | 1 | 2): number =>
    Math.round(low[channel] + (high[channel] - low[channel]) * (place - index));
  return [mix(0), mix(1), mix(2)];
}
