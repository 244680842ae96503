/** The legend of a heat map: which colour is which number. */
import { outline, type PlacedTick, rightAxis } from './axes.ts';
import { COLOUR_STOPS } from './colourMap.ts';
import type { Box } from './layout.ts';
import { element } from './svg.ts';

export interface ColourBarOptions {
  /** The darkest colour is at its bottom. */
  readonly box: Box;
  readonly ticks: readonly PlacedTick[];
  readonly title: string;
  readonly titleX: number;
}

export function colourBar({ box, ticks, title, titleX }: ColourBarOptions): string {
  const stops = COLOUR_STOPS.map((rgb, index) =>
    element('stop', { offset: `${(100 * index) / (COLOUR_STOPS.length - 1)}%`, 'stop-color': `rgb(${rgb.join(',')})` }),
  );
  const { left, top, width, height } = box;
  return [
    element('defs', {}, element('linearGradient', { id: 'colours', x1: 0, y1: 1, x2: 0, y2: 0 }, ...stops)),
    element('rect', { x: left, y: top, width, height, fill: 'url(#colours)' }),
    outline(box),
    rightAxis({ box, ticks, title }, titleX),
  ].join('');
}
