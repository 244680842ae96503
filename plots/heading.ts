/** What stands above a plot: what it is, of what, and what nobody may overlook. */
import { BASELINE_SHARE, FAINT_INK, INK, SMALL_TEXT_PX } from '../pictures/layout.ts';
import { element, shorten, textElement } from '../pictures/svg.ts';
import { WARNING } from './palette.ts';

export interface Heading {
  readonly title: string;
  readonly subtitle: string;
  /** Such as that the sound is synthetic; null where there is nothing to warn of. */
  readonly warning: string | null;
}

const TITLE = { sizePx: 20, baseline: 36 } as const;
const SUBTITLE_BASELINE = 60;
const WARNING_BOX = { top: 72, height: 22, paddingPx: 10 } as const;
const GAP_PX = 14;
/** Of a letter's size, as wide as most letters of DejaVu Sans are in words; bold ones are wider. */
const LETTER_SHARE = 0.58;
const BOLD_LETTER_SHARE = 0.68;

/** Nobody measures text before it is drawn: how wide it mostly is. */
export function textWidthPx(text: string, sizePx: number, isBold = false): number {
  return [...text].length * sizePx * (isBold ? BOLD_LETTER_SHARE : LETTER_SHARE);
}

export function headingHeight({ warning }: Heading): number {
  return (warning === null ? SUBTITLE_BASELINE : WARNING_BOX.top + WARNING_BOX.height) + GAP_PX;
}

/** @param width of the longest line, in pixels; what is longer is cut */
export function heading({ title, subtitle, warning }: Heading, left: number, width: number): string {
  const cut = (text: string, sizePx: number, isBold = false): string =>
    shorten(text, Math.max(1, Math.floor(width / textWidthPx('x', sizePx, isBold))));
  return [
    textElement(cut(title, TITLE.sizePx, true), {
      x: left,
      y: TITLE.baseline,
      'font-size': TITLE.sizePx,
      'font-weight': 'bold',
      fill: INK,
    }),
    textElement(cut(subtitle, SMALL_TEXT_PX), {
      x: left,
      y: SUBTITLE_BASELINE,
      'font-size': SMALL_TEXT_PX,
      fill: FAINT_INK,
    }),
    ...(warning === null ? [] : [warningLine(warning, left)]),
  ].join('');
}

function warningLine(text: string, left: number): string {
  const { top, height, paddingPx } = WARNING_BOX;
  const width = textWidthPx(text, SMALL_TEXT_PX, true) + 2 * paddingPx;
  return [
    element('rect', { x: left, y: top, width, height, rx: 4, fill: WARNING.ground, stroke: WARNING.edge }),
    textElement(text, {
      x: left + width / 2,
      y: top + height / 2 + SMALL_TEXT_PX * BASELINE_SHARE,
      'font-size': SMALL_TEXT_PX,
      'font-weight': 'bold',
      'text-anchor': 'middle',
      fill: WARNING.ink,
    }),
  ].join('');
}
