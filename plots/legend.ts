/** What the lines and grounds of a plot are. */
import { BASELINE_SHARE, INK, SMALL_TEXT_PX } from '../pictures/layout.ts';
import { textElement } from '../pictures/svg.ts';
import { textWidthPx } from './heading.ts';

export interface LegendEntry {
  readonly label: string;
  /** Drawn in a place of {@link SAMPLE_WIDTH_PX}, around this middle. */
  readonly sample: (x: number, y: number) => string;
}

export const SAMPLE_WIDTH_PX = 22;
const SAMPLE_GAP_PX = 7;
const ENTRY_GAP_PX = 20;

function entryWidth({ label }: LegendEntry): number {
  return SAMPLE_WIDTH_PX + SAMPLE_GAP_PX + textWidthPx(label, SMALL_TEXT_PX);
}

/** The entries on one line, one after the other. @param y of its middle */
export function legendFromLeft(entries: readonly LegendEntry[], left: number, y: number): string {
  let x = left;
  return entries
    .map((entry) => {
      const drawn = drawEntry(entry, x, y);
      x += entryWidth(entry) + ENTRY_GAP_PX;
      return drawn;
    })
    .join('');
}

/** The same, ending at the right. */
export function legendToRight(entries: readonly LegendEntry[], right: number, y: number): string {
  const width = entries.reduce((sum, entry) => sum + entryWidth(entry), ENTRY_GAP_PX * (entries.length - 1));
  return legendFromLeft(entries, right - width, y);
}

function drawEntry({ label, sample }: LegendEntry, left: number, y: number): string {
  const words = {
    x: left + SAMPLE_WIDTH_PX + SAMPLE_GAP_PX,
    y: y + SMALL_TEXT_PX * BASELINE_SHARE,
    'font-size': SMALL_TEXT_PX,
    fill: INK,
  };
  return sample(left + SAMPLE_WIDTH_PX / 2, y) + textElement(label, words);
}
