/** What is drawn of numbers: lines, bands, crosses. */
import type { PlacedTick } from '../pictures/axes.ts';
import type { Box } from '../pictures/layout.ts';
import { type Attributes, element } from '../pictures/svg.ts';
import { GRID } from './palette.ts';

/** In pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One line through the points; nothing where there are none. */
export function polyline(points: readonly Point[], attributes: Attributes): string {
  if (points.length === 0) return '';
  return element('polyline', { points: pointsText(points), fill: 'none', 'stroke-linejoin': 'round', ...attributes });
}

/** The ground between two lines, each from left to right. */
export function band(upper: readonly Point[], lower: readonly Point[], attributes: Attributes): string {
  if (upper.length === 0) return '';
  return element('polygon', { points: pointsText([...upper, ...lower.toReversed()]), ...attributes });
}

export function dot({ x, y }: Point, attributes: Attributes): string {
  return element('circle', { cx: x, cy: y, ...attributes });
}

export function cross({ x, y }: Point, sizePx: number, stroke: string): string {
  const arm = sizePx / 2;
  const [left, right, top, bottom] = [x - arm, x + arm, y - arm, y + arm].map(pixel);
  return element('path', {
    d: `M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}`,
    stroke,
    'stroke-width': 1.5,
    fill: 'none',
  });
}

/** Faint lines across a box, up from its bottom axis. */
export function gridUpright({ top, height }: Box, ticks: readonly PlacedTick[]): string {
  return ticks
    .map(({ at }) => element('line', { x1: at, y1: top, x2: at, y2: top + height, stroke: GRID, 'stroke-width': 1 }))
    .join('');
}

function pointsText(points: readonly Point[]): string {
  return points.map(({ x, y }) => `${pixel(x)},${pixel(y)}`).join(' ');
}

/** A tenth of a pixel is not seen; more digits make large files. */
function pixel(value: number): string {
  return String(Number(value.toFixed(1)));
}
