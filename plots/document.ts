/** The frame of a plot. */
import { element, escapeText } from '../pictures/svg.ts';

/** The first is the one that our own PNGs have; the others are on most machines, and no wider. */
const FONT_FAMILIES = "'DejaVu Sans', Verdana, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";

export interface PlotFrame {
  readonly width: number;
  readonly height: number;
  /** What the plot is, for whoever does not see it. */
  readonly title: string;
  /** What there is to see in it. */
  readonly description: string;
}

/** A whole document on a white ground, ending with a line's end. */
export function plotDocument({ width, height, title, description }: PlotFrame, ...children: readonly string[]): string {
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'font-family': FONT_FAMILIES,
  };
  const svg = element(
    'svg',
    attributes,
    element('title', {}, escapeText(title)),
    element('desc', {}, escapeText(description)),
    element('rect', { width, height, fill: '#ffffff' }),
    // A plot is read in pieces: each on a line of its own.
    ...children.map((child) => `\n${child}`),
  );
  return `${svg}\n`;
}
