/** Axes around a box: marks, their labels, faint lines across, and what the axis is. */
import { BASELINE_SHARE, type Box, FAINT_INK, INK, SMALL_TEXT_PX } from './layout.ts';
import { element, textElement } from './svg.ts';

/** A mark in pixels from the picture's left or top edge. */
export interface PlacedTick {
  readonly at: number;
  readonly label: string;
}

export interface AxisOptions {
  readonly box: Box;
  readonly ticks: readonly PlacedTick[];
  readonly title: string;
  /** Of the lines across the box; none if absent. */
  readonly lineColour?: string;
}

const TICK_PX = 5;
const GAP_PX = 4;
const BASELINE_PX = SMALL_TEXT_PX * BASELINE_SHARE;
const LABEL = { 'font-size': SMALL_TEXT_PX, fill: INK } as const;
const TITLE = { 'font-size': SMALL_TEXT_PX, fill: FAINT_INK, 'text-anchor': 'middle' } as const;

/** Below the box. */
export function bottomAxis({ box, ticks, title, lineColour }: AxisOptions): string {
  const bottom = box.top + box.height;
  const labelY = bottom + TICK_PX + GAP_PX + SMALL_TEXT_PX * 0.8;
  return [
    ...ticks.flatMap(({ at, label }) => [
      ...(lineColour === undefined ? [] : [line(at, box.top, at, bottom, lineColour)]),
      line(at, bottom, at, bottom + TICK_PX, INK),
      textElement(label, { ...LABEL, x: at, y: labelY, 'text-anchor': 'middle' }),
    ]),
    textElement(title, { ...TITLE, x: box.left + box.width / 2, y: labelY + SMALL_TEXT_PX * 1.5 }),
  ].join('');
}

/** At the box's left, its title standing upright along it. */
export function leftAxis({ box, ticks, title, lineColour }: AxisOptions, titleX: number): string {
  const { left } = box;
  return [
    ...ticks.flatMap(({ at, label }) => [
      ...(lineColour === undefined ? [] : [line(left, at, left + box.width, at, lineColour)]),
      line(left - TICK_PX, at, left, at, INK),
      textElement(label, { ...LABEL, x: left - TICK_PX - GAP_PX, y: at + BASELINE_PX, 'text-anchor': 'end' }),
    ]),
    upright(title, titleX, box),
  ].join('');
}

/** At the box's right. */
export function rightAxis({ box, ticks, title }: AxisOptions, titleX: number): string {
  const right = box.left + box.width;
  return [
    ...ticks.flatMap(({ at, label }) => [
      line(right, at, right + TICK_PX, at, INK),
      textElement(label, { ...LABEL, x: right + TICK_PX + GAP_PX, y: at + BASELINE_PX }),
    ]),
    upright(title, titleX, box),
  ].join('');
}

export function outline({ left, top, width, height }: Box): string {
  return element('rect', { x: left, y: top, width, height, fill: 'none', stroke: INK, 'stroke-width': 1 });
}

function upright(title: string, x: number, { top, height }: Box): string {
  const middle = top + height / 2;
  return textElement(title, { ...TITLE, x, y: middle, transform: `rotate(-90 ${x} ${middle})` });
}

function line(x1: number, y1: number, x2: number, y2: number, stroke: string): string {
  return element('line', { x1, y1, x2, y2, stroke, 'stroke-width': 1 });
}
