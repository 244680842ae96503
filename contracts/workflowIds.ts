/**
 * Names of workflow types and schedules, and workflow ids made from business keys: starting the same thing twice while
 * it runs is one run. These names are in recorded histories and in running servers: never rename one.
 */
import type { ChartKind } from './charts.ts';
import { type Chart, chartName } from './charts.ts';
import type { CalendarDate } from './dates.ts';
import type { Region } from './regions.ts';
import type { RunId } from './runs.ts';
import type { SweepId } from './sweeps.ts';

export const WORKFLOW_TYPES = {
  refresh: 'refresh',
  enrich: 'enrich',
  features: 'features',
  backfill: 'backfill',
  train: 'train',
  sweep: 'sweep',
} as const;

export type WorkflowType = (typeof WORKFLOW_TYPES)[keyof typeof WORKFLOW_TYPES];

/** A schedule is named by its cadence: charts of that kind are refreshed. */
export function scheduleId(cadence: ChartKind): string {
  return cadence;
}

/** `refresh/2026-11-22/daily`: a refresh that a person asked for; of some regions `refresh/2026-11-22/daily/gb+us`. */
export function refreshId(nominalDate: CalendarDate, cadence: ChartKind, regions?: readonly Region[]): string {
  const all = `${WORKFLOW_TYPES.refresh}/${nominalDate}/${cadence}`;
  return regions === undefined ? all : `${all}/${[...regions].sort().join('+')}`;
}

/**
 * What a schedule's own refreshes begin with. The server appends the nominal time:
 * `refresh/daily-2026-11-22T03:00:00Z`.
 */
export function scheduledRefreshIdBase(cadence: ChartKind): string {
  return `${WORKFLOW_TYPES.refresh}/${cadence}`;
}

/** The id of the refresh that a schedule starts for a nominal instant, as the server makes it. */
export function scheduledRefreshId(cadence: ChartKind, nominalInstant: Date): string {
  return `${scheduledRefreshIdBase(cadence)}-${nominalInstant.toISOString().replace('.000Z', 'Z')}`;
}

/** `enrich/2026-11-22/daily`: the child of the refresh of that night. */
export function enrichId(nominalDate: CalendarDate, cadence: ChartKind): string {
  return `${WORKFLOW_TYPES.enrich}/${nominalDate}/${cadence}`;
}

/** `features/2026-11-22/daily`: the child of the refresh of that night that turns its entries' sound into spectrograms. */
export function featuresId(nominalDate: CalendarDate, cadence: ChartKind): string {
  return `${WORKFLOW_TYPES.features}/${nominalDate}/${cadence}`;
}

/** `features/since-2026-01-01`, `features/all`: what a person asked for, of all tracks that charted since, or ever. */
export function askedFeaturesId(enteredFrom: CalendarDate | null): string {
  return `${WORKFLOW_TYPES.features}/${enteredFrom === null ? 'all' : `since-${enteredFrom}`}`;
}

/** `train/0123456789abcdef`: starting a run twice is one run. */
export function trainId(runId: RunId): string {
  return `${WORKFLOW_TYPES.train}/${runId}`;
}

/** `sweep/0123456789abcdef`: starting a sweep twice is one sweep. */
export function sweepWorkflowId(sweepId: SweepId): string {
  return `${WORKFLOW_TYPES.sweep}/${sweepId}`;
}

/** What a backfill works on; see `BackfillSelection`. */
export function backfillId(
  selection:
    | { readonly what: 'quarantined' | 'older-parser' }
    | {
        readonly what: 'chart-dates';
        readonly chart: Chart;
        readonly firstDate: CalendarDate;
        readonly lastDate: CalendarDate;
      },
): string {
  const key =
    selection.what === 'chart-dates'
      ? `${chartName(selection.chart)}/${selection.firstDate}..${selection.lastDate}`
      : selection.what;
  return `${WORKFLOW_TYPES.backfill}/${key}`;
}
