/** Pixels as an image inside an SVG. */
import { encode } from 'fast-png';
import type { Rgb } from './colourMap.ts';
import type { Box } from './layout.ts';
import { element } from './svg.ts';

export interface PixelImage {
  readonly width: number;
  readonly height: number;
  /** Of the pixel in a column from the left and a row from the top. */
  readonly colourAt: (column: number, row: number) => Rgb;
}

/** Fills the box. Each pixel becomes a sharp rectangle, however large. */
export function pixelImage({ width, height, colourAt }: PixelImage, box: Box): string {
  const data = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) data.set(colourAt(column, row), 3 * (row * width + column));
  }
  // Soon decoded again by whoever renders: small counts for less than fast.
  const png = encode({ width, height, channels: 3, data }, { zlib: { level: 1 } });
  return element('image', {
    x: box.left,
    y: box.top,
    width: box.width,
    height: box.height,
    preserveAspectRatio: 'none',
    'image-rendering': 'optimizeSpeed',
    href: `data:image/png;base64,${Buffer.from(png).toString('base64')}`,
  });
}
