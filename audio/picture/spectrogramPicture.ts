/** A spectrogram as a picture that a person can read. */
import { bottomAxis, leftAxis, outline } from '../../pictures/axes.ts';
import { colourBar } from '../../pictures/colourBar.ts';
import { colourOf } from '../../pictures/colourMap.ts';
import { BASELINE_SHARE, type Box, FAINT_INK, INK, SMALL_TEXT_PX } from '../../pictures/layout.ts';
import { pixelImage } from '../../pictures/pixels.ts';
import { renderPng } from '../../pictures/renderPng.ts';
import { element, shorten, svgDocument, textElement } from '../../pictures/svg.ts';
import type { Spectrogram } from '../fbank/fbank.ts';
import { decibelTicks, frequencyTicks, timeTicks } from './axisTicks.ts';
import { type DecibelGrid, decibelGrid } from './decibels.ts';

export interface PictureLabels {
  readonly title: string;
  readonly subtitle?: string;
  /** What nobody may overlook, such as that the sound is synthetic: each in a marked line of its own. */
  readonly notes: readonly string[];
}

/** What is more than this below the loudest cell is as dark as silence. */
export const RANGE_DB = 80;

const WIDTH_PX = 1_200;
const LEFT_PX = 76;
/** One pixel a column. */
const PLOT_WIDTH_PX = 1_024;
/** Three pixels a mel bin, where there are 128. */
const PLOT_HEIGHT_PX = 384;
const BELOW_PLOT_PX = 52;
const AXIS_TITLE_X = 20;
const BAR = { gap: 22, width: 16, titleX: WIDTH_PX - 12 } as const;
const TITLE = { size: 20, baseline: 32, maxCharacters: 72 } as const;
const SUBTITLE = { baseline: 54, maxCharacters: 130 } as const;
const NOTE = { height: 22, gap: 4, maxCharacters: 110, padding: 12, characterPx: 8.5 } as const;
const LINES_ACROSS = 'rgba(255,255,255,0.14)';

export async function renderSpectrogramPng(spectrogram: Spectrogram, labels: PictureLabels): Promise<Uint8Array> {
  return renderPng(spectrogramSvg(spectrogram, labels));
}

export function spectrogramSvg(spectrogram: Spectrogram, labels: PictureLabels): string {
  const { numFrames, numMelBins } = spectrogram;
  const grid = decibelGrid(spectrogram, PLOT_WIDTH_PX);
  const box: Box = { left: LEFT_PX, top: plotTop(labels), width: PLOT_WIDTH_PX, height: PLOT_HEIGHT_PX };
  const barBox: Box = { ...box, left: box.left + box.width + BAR.gap, width: BAR.width };
  return svgDocument(
    { width: WIDTH_PX, height: box.top + box.height + BELOW_PLOT_PX },
    header(labels),
    pixelImage(
      {
        width: grid.numColumns,
        height: grid.numRows,
        colourAt: (column, row) => colourOf(brightness(grid, column, row)),
      },
      box,
    ),
    bottomAxis({ box, ticks: timeTicks(numFrames, box), title: 'time [s]', lineColour: LINES_ACROSS }),
    leftAxis(
      { box, ticks: frequencyTicks(numMelBins, box), title: 'frequency [Hz], mel scale', lineColour: LINES_ACROSS },
      AXIS_TITLE_X,
    ),
    outline(box),
    ...(grid.isSilent ? [silence(box)] : []),
    colourBar({
      box: barBox,
      ticks: decibelTicks(RANGE_DB, barBox),
      title: 'energy [dB], 0 is the loudest',
      titleX: BAR.titleX,
    }),
  );
}

/** @param row from the top, where the highest frequency is */
function brightness({ decibels, numRows }: DecibelGrid, column: number, row: number): number {
  return 1 + decibels[column * numRows + (numRows - 1 - row)]! / RANGE_DB;
}

function header({ title, subtitle, notes }: PictureLabels): string {
  return [
    textElement(shorten(title, TITLE.maxCharacters), {
      x: LEFT_PX,
      y: TITLE.baseline,
      'font-size': TITLE.size,
      'font-weight': 'bold',
      fill: INK,
    }),
    ...(subtitle === undefined
      ? []
      : [
          textElement(shorten(subtitle, SUBTITLE.maxCharacters), {
            x: LEFT_PX,
            y: SUBTITLE.baseline,
            'font-size': SMALL_TEXT_PX,
            fill: FAINT_INK,
          }),
        ]),
    ...notes.map((note, index) => noteLine(note, notesTop(subtitle) + index * (NOTE.height + NOTE.gap))),
  ].join('');
}

function noteLine(note: string, top: number): string {
  const text = shorten(note, NOTE.maxCharacters);
  // Nobody measures the text before it is drawn: the ground is as wide as such letters mostly are.
  const width = text.length * NOTE.characterPx + 2 * NOTE.padding;
  const ground = { x: LEFT_PX, y: top, width, height: NOTE.height, rx: 4, fill: '#fde68a', stroke: '#d97706' };
  const words = {
    x: LEFT_PX + NOTE.padding,
    y: top + NOTE.height / 2 + SMALL_TEXT_PX * BASELINE_SHARE,
    'font-size': SMALL_TEXT_PX,
    'font-weight': 'bold',
    fill: '#7c2d12',
  };
  return element('rect', ground) + textElement(text, words);
}

function silence({ left, top, width, height }: Box): string {
  const place = { x: left + width / 2, y: top + height / 2, 'font-size': TITLE.size, 'text-anchor': 'middle' };
  return textElement('silence', { ...place, fill: '#ffffff' });
}

function notesTop(subtitle: string | undefined): number {
  return (subtitle === undefined ? TITLE.baseline : SUBTITLE.baseline) + 10;
}

function plotTop({ subtitle, notes }: PictureLabels): number {
  return notesTop(subtitle) + notes.length * (NOTE.height + NOTE.gap) + 6;
}
