import { expect, it } from 'vitest';
import { colourOf } from '../../pictures/colourMap.ts';

/** Of the colour on a screen, as the eye weighs its parts (sRGB, CIE). */
function luminance(share: number): number {
  const [red, green, blue] = colourOf(share).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

it('goes from black to nearly white, and more is never darker', () => {
  const luminances = Array.from({ length: 101 }, (_, percent) => luminance(percent / 100));
  expect(luminances.toSorted((a, b) => a - b)).toEqual(luminances);
  expect(luminances[0]).toBeLessThan(0.001);
  expect(luminances[100]).toBeGreaterThan(0.9);
});

it('takes what lies outside as the nearer end', () => {
  expect(colourOf(Number.NEGATIVE_INFINITY)).toEqual(colourOf(0));
  expect(colourOf(2)).toEqual(colourOf(1));
});
