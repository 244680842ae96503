/** What a chart is: a kind (how long a period it counts) and a region. */
import { ChartlifeError } from './errors.ts';
import type { Region } from './regions.ts';
import { parseRegion } from './regions.ts';

export const CHART_KINDS = ['daily', 'weekly'] as const;
export type ChartKind = (typeof CHART_KINDS)[number];

/** How many ranks a full Spotify chart has. Small regions have fewer. */
export const CHART_DEPTH = 200;

export interface Chart {
  readonly kind: ChartKind;
  readonly region: Region;
}

export function parseChartKind(value: string): ChartKind {
  const kind = CHART_KINDS.find((k) => k === value);
  if (kind === undefined) {
    throw new ChartlifeError('InvalidInput', `"${value}" is not a chart kind`, {
      next: `Give one of: ${CHART_KINDS.join(', ')}.`,
      details: { value },
    });
  }
  return kind;
}

/** `us/daily`, the chart's name in ids, logs and tables. */
export function chartName(chart: Chart): string {
  return `${chart.region}/${chart.kind}`;
}

export function parseChartName(value: string): Chart {
  const [region, kind, ...rest] = value.split('/');
  if (region === undefined || kind === undefined || rest.length > 0) {
    throw new ChartlifeError('InvalidInput', `"${value}" is not a chart`, {
      next: 'Give REGION/KIND, such as us/daily.',
      details: { value },
    });
  }
  return { region: parseRegion(region), kind: parseChartKind(kind) };
}
