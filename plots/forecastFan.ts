/** A track's weeks in one region, and what was forecast of them: a fan of quantiles, and below it the chance to chart. */

import { daysBetween, tryParseDate } from '../contracts/dates.ts';
import { bottomAxis, leftAxis, outline, type PlacedTick } from '../pictures/axes.ts';
import { type Box, FAINT_INK, INK, SMALL_TEXT_PX } from '../pictures/layout.ts';
import { element, textElement } from '../pictures/svg.ts';
import { plotDocument } from './document.ts';
import { bandsOf, medianOf, type WeekBand } from './fanBands.ts';
import { type Heading, heading, headingHeight, textWidthPx } from './heading.ts';
import { type LegendEntry, legendFromLeft, SAMPLE_WIDTH_PX } from './legend.ts';
import { band, cross, dot, gridUpright, type Point, polyline } from './lines.ts';
import { countLabel, logMarks, wholeMarks } from './marks.ts';
import { GRID, PALETTE } from './palette.ts';
import { type Domain, linearScale, type Scale } from './scale.ts';

export interface ObservedWeek {
  /** Whole weeks since the debut. */
  readonly week: number;
  /** null where the track was off the chart. */
  readonly log10Streams: number | null;
}

export interface ForecastWeek {
  readonly week: number;
  /** The probability, from 0 to 1. */
  readonly onChart: number;
  /** If it is on the chart: one for each of the levels, in their order. */
  readonly log10Streams: readonly number[];
}

export interface ForecastFanInput {
  readonly title: string;
  readonly trackId: string;
  readonly region: string;
  readonly runId: string;
  /** YYYY-MM-DD: what was known on that day was told. */
  readonly issuedOn: string;
  /** YYYY-MM-DD: week 0 begins. */
  readonly debut: string;
  readonly isSynthetic: boolean;
  readonly observed: readonly ObservedWeek[];
  /** What came after the forecast, where that is known. */
  readonly actualLater?: readonly ObservedWeek[];
  /** From 0 to 1, in rising order. */
  readonly quantileLevels: readonly number[];
  readonly forecast: readonly ForecastWeek[];
}

const WIDTH_PX = 1_000;
const LEFT_PX = 92;
const RIGHT_PX = 32;
const AXIS_TITLE_X = 26;
const LEGEND_PX = 30;
const MAIN_HEIGHT_PX = 340;
const GAP_PX = 22;
const CHANCE_HEIGHT_PX = 92;
const BELOW_PX = 60;
/** Within the main box, above the streams the day of the forecast, below them the weeks off the chart. */
const INNER = { top: 26, bottom: 26 } as const;
const NUM_MARKS = { x: 12, y: 9 } as const;
/** A week's streams: what is beyond stands at the edge. */
const STREAMS: Domain = { low: 0, high: 12 };
/** Powers of ten that are shown at least, so that small changes do not look large. */
const LEAST_DECADES = 0.6;
/** A century. */
const MAX_WEEK = 5_200;
const CHANCE_BAR_SHARE = 0.7;
const CROSS_PX = 8;
const COLOURS = { observed: INK, forecast: PALETTE.blue, later: PALETTE.vermilion } as const;
const LINES = {
  observed: { stroke: COLOURS.observed, 'stroke-width': 1.5 },
  median: { stroke: COLOURS.forecast, 'stroke-width': 2.5 },
  later: { stroke: COLOURS.later, 'stroke-width': 1.2, 'stroke-dasharray': '4 3' },
} as const;
const DOTS = {
  observed: { r: 3.5, fill: COLOURS.observed },
  median: { r: 2.2, fill: COLOURS.forecast },
  later: { r: 3.5, fill: '#ffffff', stroke: COLOURS.later, 'stroke-width': 1.5 },
} as const;

/** Weeks and streams that are no numbers are left out. */
export function forecastFan(input: ForecastFanInput): string {
  const { title, trackId, region, runId, issuedOn, debut } = input;
  const head: Heading = {
    title,
    subtitle: `track ${trackId}, region ${region}; forecast of ${issuedOn} by run ${runId}`,
    warning: input.isSynthetic ? 'synthetic sound' : null,
  };
  const width = WIDTH_PX - LEFT_PX - RIGHT_PX;
  const legendTop = headingHeight(head);
  const main: Box = { left: LEFT_PX, top: legendTop + LEGEND_PX, width, height: MAIN_HEIGHT_PX };
  const chance: Box = { ...main, top: main.top + main.height + GAP_PX, height: CHANCE_HEIGHT_PX };
  const weeks = drawnWeeks(input);
  const lastWeek = [...weeks.observed, ...weeks.later, ...weeks.forecast].reduce(
    (last, { week }) => Math.max(last, week),
    1,
  );
  const xDomain = { low: -0.5, high: lastWeek + 0.5 };
  const xOf = linearScale(xDomain, main.left, main.left + main.width);
  const xTicks = wholeMarks(xDomain, NUM_MARKS.x).map(({ value, label }) => ({ at: xOf(value), label }));
  return plotDocument(
    {
      width: WIDTH_PX,
      height: chance.top + chance.height + BELOW_PX,
      title: `Forecast of ${title}`,
      description: [head.subtitle, `debut ${debut}`, ...(head.warning === null ? [] : [head.warning])].join('; '),
    },
    heading(head, LEFT_PX, width),
    legendFromLeft(legendOf(weeks), LEFT_PX, legendTop + LEGEND_PX / 2 - 2),
    streamsPanel(weeks, main, xOf, xTicks),
    issueLine(input, main, chance, xOf, xDomain),
    chancePanel(weeks.forecast, chance, xOf),
    bottomAxis({ box: chance, ticks: xTicks, title: `weeks since the debut; week 0 begins on ${debut}` }),
  );
}

interface DrawnWeeks {
  readonly observed: readonly ObservedWeek[];
  readonly later: readonly ObservedWeek[];
  readonly forecast: readonly ForecastWeek[];
  readonly bands: readonly WeekBand[];
  readonly median: readonly { readonly week: number; readonly log10Streams: number }[];
}

function drawnWeeks({ observed, actualLater = [], forecast, quantileLevels }: ForecastFanInput): DrawnWeeks {
  const streams = (some: readonly ObservedWeek[]): ObservedWeek[] =>
    inOrder(some)
      .filter(({ log10Streams }) => log10Streams === null || !Number.isNaN(log10Streams))
      .map(({ week, log10Streams }) => ({
        week,
        log10Streams: log10Streams === null ? null : clamp(log10Streams, STREAMS),
      }));
  const told = inOrder(forecast).map((one) => ({
    ...one,
    log10Streams: one.log10Streams.map((value) => clamp(value, STREAMS)),
  }));
  return {
    observed: streams(observed),
    later: streams(actualLater),
    forecast: told,
    bands: bandsOf(told, quantileLevels),
    median: medianOf(told, quantileLevels),
  };
}

function inOrder<Week extends { readonly week: number }>(weeks: readonly Week[]): Week[] {
  return weeks.filter(({ week }) => week >= 0 && week <= MAX_WEEK).sort((a, b) => a.week - b.week);
}

function clamp(value: number, { low, high }: Domain): number {
  return Math.min(high, Math.max(low, value));
}

function streamsPanel(weeks: DrawnWeeks, box: Box, xOf: Scale, xTicks: readonly PlacedTick[]): string {
  const { observed, later, bands, median } = weeks;
  const domain = streamsDomain(weeks);
  const yOf = linearScale(domain, box.top + box.height - INNER.bottom, box.top + INNER.top);
  const yTicks = logMarks(domain, NUM_MARKS.y, countLabel).map(({ value, label }) => ({ at: yOf(value), label }));
  const at = ({ week, log10Streams }: { readonly week: number; readonly log10Streams: number }): Point => ({
    x: xOf(week),
    y: yOf(log10Streams),
  });
  const offY = box.top + box.height - INNER.bottom / 2;
  const series = (some: readonly ObservedWeek[], kind: 'observed' | 'later'): string[] => [
    ...runsOnChart(some).map((run) => polyline(run.map(at), LINES[kind])),
    ...some.map((one) => {
      const { week, log10Streams } = one;
      if (log10Streams === null) return cross({ x: xOf(week), y: offY }, CROSS_PX, COLOURS[kind]);
      return dot(at({ week, log10Streams }), DOTS[kind]);
    }),
  ];
  const offTop = box.top + box.height - INNER.bottom;
  return [
    gridUpright(box, xTicks),
    element('line', { x1: box.left, y1: offTop, x2: box.left + box.width, y2: offTop, stroke: GRID }),
    leftAxis({ box, ticks: yTicks, title: 'streams a week, log scale', lineColour: GRID }, AXIS_TITLE_X),
    ...bands.map(({ points, fill }) =>
      band(
        points.map(({ week, high }) => at({ week, log10Streams: high })),
        points.map(({ week, low }) => at({ week, log10Streams: low })),
        { fill: COLOURS.forecast, 'fill-opacity': fill },
      ),
    ),
    polyline(median.map(at), LINES.median),
    ...median.map((one) => dot(at(one), DOTS.median)),
    ...series(later, 'later'),
    ...series(observed, 'observed'),
    outline(box),
  ].join('');
}

function streamsDomain({ observed, later, bands, median }: DrawnWeeks): Domain {
  const values = [
    ...[...observed, ...later, ...median].flatMap(({ log10Streams }) => (log10Streams === null ? [] : [log10Streams])),
    ...bands.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high])),
  ];
  if (values.length === 0) return { low: 3, high: 6 };
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0, LEAST_DECADES - (high - low)) / 2 + 0.03 * (high - low);
  return { low: low - room, high: high + room };
}

/**
 * Stretches of weeks on the chart, each a week after the one before: a line must not pass over weeks off it, nor over
 * weeks that nobody saw.
 */
function runsOnChart(weeks: readonly ObservedWeek[]): { readonly week: number; readonly log10Streams: number }[][] {
  const runs: { readonly week: number; readonly log10Streams: number }[][] = [[]];
  let previous: number | null = null;
  for (const { week, log10Streams } of weeks) {
    if (log10Streams === null || previous === null || week !== previous + 1) runs.push([]);
    if (log10Streams !== null) runs.at(-1)?.push({ week, log10Streams });
    previous = week;
  }
  return runs.filter((run) => run.length > 1);
}

/** Where what was known ends. Nothing where a day is none, or lies outside. */
function issueLine(
  { issuedOn, debut }: ForecastFanInput,
  main: Box,
  chance: Box,
  xOf: Scale,
  { low, high }: Domain,
): string {
  const [first, issued] = [tryParseDate(debut), tryParseDate(issuedOn)];
  if (first === null || issued === null) return '';
  // A week's dot stands at its number, and its last day is the one before the next week's.
  const week = daysBetween(first, issued) / 7 - 0.5;
  if (!(week > low && week < high)) return '';
  const x = xOf(week);
  const text = `forecast of ${issuedOn}`;
  const isAtRight = x + textWidthPx(text, SMALL_TEXT_PX) + 12 < main.left + main.width;
  return [
    element('line', {
      x1: x,
      y1: main.top,
      x2: x,
      y2: chance.top + chance.height,
      stroke: FAINT_INK,
      'stroke-width': 1,
      'stroke-dasharray': '2 3',
    }),
    textElement(text, {
      x: isAtRight ? x + 6 : x - 6,
      y: main.top + 17,
      'font-size': SMALL_TEXT_PX,
      'text-anchor': isAtRight ? 'start' : 'end',
      fill: FAINT_INK,
    }),
  ].join('');
}

function chancePanel(weeks: readonly ForecastWeek[], box: Box, xOf: Scale): string {
  const yOf = linearScale({ low: 0, high: 1 }, box.top + box.height, box.top);
  const ticks = [0, 0.5, 1].map((share) => ({ at: yOf(share), label: `${100 * share} %` }));
  const barWidth = Math.max(1, (xOf(1) - xOf(0)) * CHANCE_BAR_SHARE);
  return [
    leftAxis({ box, ticks, title: 'P(on chart)', lineColour: GRID }, AXIS_TITLE_X),
    ...weeks
      .filter(({ onChart }) => !Number.isNaN(onChart))
      .map(({ week, onChart }) => {
        const y = yOf(clamp(onChart, { low: 0, high: 1 }));
        return element('rect', {
          x: xOf(week) - barWidth / 2,
          y,
          width: barWidth,
          height: box.top + box.height - y,
          fill: COLOURS.forecast,
          'fill-opacity': 0.55,
        });
      }),
    outline(box),
  ].join('');
}

function legendOf({ observed, later, bands, median }: DrawnWeeks): LegendEntry[] {
  const lineWith = (kind: 'observed' | 'median' | 'later') => (x: number, y: number) =>
    polyline(
      [
        { x: x - SAMPLE_WIDTH_PX / 2, y },
        { x: x + SAMPLE_WIDTH_PX / 2, y },
      ],
      LINES[kind],
    ) + dot({ x, y }, DOTS[kind]);
  const isOff = [...observed, ...later].some(({ log10Streams }) => log10Streams === null);
  return [
    ...(observed.length === 0 ? [] : [{ label: 'observed', sample: lineWith('observed') }]),
    ...(later.length === 0 ? [] : [{ label: 'came later', sample: lineWith('later') }]),
    ...(isOff
      ? [{ label: 'off the chart', sample: (x: number, y: number) => cross({ x, y }, CROSS_PX, COLOURS.observed) }]
      : []),
    ...(median.length === 0 ? [] : [{ label: 'median forecast', sample: lineWith('median') }]),
    ...bands
      .toReversed()
      .map(({ label, legendFill }) => ({ label, sample: (x: number, y: number) => swatch(x, y, legendFill) })),
  ];
}

function swatch(x: number, y: number, opacity: number): string {
  const height = 14;
  return element('rect', {
    x: x - SAMPLE_WIDTH_PX / 2,
    y: y - height / 2,
    width: SAMPLE_WIDTH_PX,
    height,
    fill: COLOURS.forecast,
    'fill-opacity': opacity,
  });
}
