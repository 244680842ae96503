/** The losses of a training run, a panel for each stage. */
import { bottomAxis, leftAxis, outline, type PlacedTick } from '../pictures/axes.ts';
import { type Box, FAINT_INK, INK, SMALL_TEXT_PX } from '../pictures/layout.ts';
import { textElement } from '../pictures/svg.ts';
import { plotDocument } from './document.ts';
import { type Heading, heading, headingHeight } from './heading.ts';
import { legendToRight, SAMPLE_WIDTH_PX } from './legend.ts';
import { dot, type Point, polyline } from './lines.ts';
import { linearMarks, logMarks, plainLabel, shortNumber, wholeMarks } from './marks.ts';
import { GRID, PALETTE } from './palette.ts';
import { domainOf, drawable, extentOf, linearScale } from './scale.ts';
import { smooth, smoothingSpan } from './smooth.ts';
import { evenPlaces, thinnedPlaces } from './thin.ts';

export interface LossStage {
  /** `mp2` or `mp3`. */
  readonly stage: string;
  /** That the recipe asks for: the axis goes so far, whatever has been taken. */
  readonly numSteps: number;
  /** In the order of the steps, counted from 0. */
  readonly losses: readonly { readonly step: number; readonly loss: number }[];
}

export interface LossPlotInput {
  readonly runId: string;
  readonly recipe: string;
  readonly isSynthetic: boolean;
  readonly stages: readonly LossStage[];
}

const PANEL = { width: 420, height: 300, left: 90, gap: 96, right: 44 } as const;
const PANEL_TITLE_PX = 28;
const BELOW_PX = 60;
const AXIS_TITLE_OFFSET_PX = 70;
const NUM_MARKS = { x: 6, y: 7 } as const;
/** Of a panel: some two points a pixel at most. */
const MAX_STRETCHES = 200;
/** From here on a linear axis would flatten most of the course. Of the smoothed one: noise alone asks for no log axis. */
const LOG_FROM_RATIO = 8;
const COLOURS = [PALETTE.blue, PALETTE.vermilion, PALETTE.green] as const;
const RAW = { 'stroke-width': 1, 'stroke-opacity': 0.4 } as const;
const SMOOTHED = { 'stroke-width': 2.5 } as const;

/** What is no number is left out; a stage without losses gets a panel that says so. */
export function lossPlot(input: LossPlotInput): string {
  const { runId, recipe, stages } = input;
  const head: Heading = {
    title: `Losses of run ${runId}`,
    subtitle: `recipe ${recipe}; ${stages.map(describeStage).join('; ')}`,
    warning: input.isSynthetic ? 'synthetic sound' : null,
  };
  const top = headingHeight(head) + PANEL_TITLE_PX;
  const numPanels = Math.max(1, stages.length);
  const width = PANEL.left + numPanels * PANEL.width + (numPanels - 1) * PANEL.gap + PANEL.right;
  return plotDocument(
    {
      width,
      height: top + PANEL.height + BELOW_PX,
      title: head.title,
      description: [head.subtitle, ...(head.warning === null ? [] : [head.warning])].join('; '),
    },
    heading(head, PANEL.left, width - PANEL.left - PANEL.right),
    ...stages.map((stage, index) => {
      const left = PANEL.left + index * (PANEL.width + PANEL.gap);
      return panel(stage, { left, top, width: PANEL.width, height: PANEL.height }, colourAt(index));
    }),
  );
}

interface Curve {
  readonly steps: readonly number[];
  readonly losses: readonly number[];
}

function curveOf({ losses }: LossStage): Curve {
  const drawn = losses.flatMap(({ step, loss }) => {
    const [x, y] = [drawable(step), drawable(loss)];
    return x === null || y === null ? [] : [{ x, y }];
  });
  return { steps: drawn.map(({ x }) => x), losses: drawn.map(({ y }) => y) };
}

function describeStage(stage: LossStage): string {
  const { losses } = curveOf(stage);
  const last = smooth(losses, smoothingSpan(losses.length)).at(-1);
  const taken = `${stage.stage.toUpperCase()} ${losses.length.toLocaleString('en-US')} of ${shortCount(stage.numSteps)} steps`;
  return last === undefined ? taken : `${taken}, ends at ${shortNumber(last)}`;
}

function shortCount(value: number): string {
  return (drawable(value) ?? 0) < 1e9 ? value.toLocaleString('en-US') : shortNumber(drawable(value) ?? 0);
}

function panel(stage: LossStage, box: Box, colour: string): string {
  const { left, top, width, height } = box;
  const { steps, losses } = curveOf(stage);
  const title = textElement(stage.stage.toUpperCase(), {
    x: left,
    y: top - 10,
    'font-size': SMALL_TEXT_PX + 2,
    'font-weight': 'bold',
    fill: INK,
  });
  if (losses.length === 0) {
    const place = { x: left + width / 2, y: top + height / 2, 'font-size': SMALL_TEXT_PX, 'text-anchor': 'middle' };
    return title + outline(box) + textElement('no step yet', { ...place, fill: FAINT_INK });
  }
  const xDomain = domainOf([0, drawable(stage.numSteps) ?? 0, ...steps], 0);
  const xOf = linearScale(xDomain, left, left + width);
  const span = smoothingSpan(losses.length);
  const course = smooth(losses, span);
  const isLog = wantsLog(losses, course);
  const shown = isLog ? Math.log10 : (loss: number): number => loss;
  const yDomain = domainOf(losses.map(shown), 0.05);
  const yOf = linearScale(yDomain, top + height, top);
  const yMarks = isLog ? logMarks(yDomain, NUM_MARKS.y, plainLabel) : linearMarks(yDomain, NUM_MARKS.y);
  const lineOf = (values: readonly number[], places: readonly number[]): Point[] =>
    places.map((place) => ({
      x: xOf(steps[place] as number),
      y: yOf(shown(values[place] as number)),
    }));
  const place = (marks: typeof yMarks, at: (value: number) => number): PlacedTick[] =>
    marks.map(({ value, label }) => ({ at: at(value), label }));
  const [raw, smoothed] = [
    { ...RAW, stroke: colour },
    { ...SMOOTHED, stroke: colour },
  ];
  const sample = (style: typeof raw | typeof smoothed) => (x: number, y: number) =>
    polyline(
      [
        { x: x - SAMPLE_WIDTH_PX / 2, y },
        { x: x + SAMPLE_WIDTH_PX / 2, y },
      ],
      style,
    );
  return [
    title,
    bottomAxis({ box, ticks: place(wholeMarks(xDomain, NUM_MARKS.x), xOf), title: 'step', lineColour: GRID }),
    leftAxis(
      { box, ticks: place(yMarks, yOf), title: `loss [no unit]${isLog ? ', log scale' : ''}`, lineColour: GRID },
      left - AXIS_TITLE_OFFSET_PX,
    ),
    polyline(lineOf(losses, thinnedPlaces(losses, MAX_STRETCHES)), raw),
    polyline(lineOf(course, evenPlaces(losses.length, MAX_STRETCHES)), smoothed),
    // A line of one point is not seen.
    ...(losses.length === 1 ? lineOf(losses, [0]).map((point) => dot(point, { r: 3, fill: colour })) : []),
    outline(box),
    legendToRight(
      [
        { label: 'each step', sample: sample(raw) },
        { label: `smoothed over ${span} ${span === 1 ? 'step' : 'steps'}`, sample: sample(smoothed) },
      ],
      left + width,
      top - 14,
    ),
  ].join('');
}

function wantsLog(losses: readonly number[], course: readonly number[]): boolean {
  if (losses.some((loss) => loss <= 0)) return false;
  const { low, high } = extentOf(course);
  return high / low >= LOG_FROM_RATIO;
}

function colourAt(index: number): string {
  return COLOURS[index % COLOURS.length] as string;
}
