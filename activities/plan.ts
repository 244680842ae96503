/** What a night will do, decided from the settings of the moment and the lake. */
import { CHART_KINDS } from '../contracts/charts.ts';
import type { CalendarDate } from '../contracts/dates.ts';
import { ChartlifeError } from '../contracts/errors.ts';
import {
  type ListTracksInput,
  type ListTracksResult,
  type PlanRefreshInput,
  type RefreshPlan,
  TRACKS_PER_LISTING,
} from '../contracts/payloads.ts';
import { type Settings, type SourceSettings, whyNotFetching } from '../contracts/settings.ts';
import type { Lake } from '../data/lake/types.ts';
import { dateInZone } from '../runtime/zonedTime.ts';
import { defineActivity } from './defineActivity.ts';
import { FETCH_PATIENCE } from './patience.ts';
import { soundPlanOf } from './sound.ts';

export interface PlanPorts {
  readonly lake: Lake;
  /** Read anew for each night, so that a chart added by day is there at night. */
  readonly readSettings: () => Promise<Settings>;
  /** What this worker was started for. */
  readonly source: SourceSettings;
}

export interface PlanActivities {
  planRefresh(input: PlanRefreshInput): Promise<RefreshPlan>;
  listTracksToEnrich(input: ListTracksInput): Promise<ListTracksResult>;
}

export function createPlanActivities(ports: PlanPorts): PlanActivities {
  return {
    planRefresh: defineActivity(async (input: PlanRefreshInput) => {
      const settings = await ports.readSettings();
      expectFetching(settings);
      expectSameSource(settings.source, ports.source);
      const regions = settings.charts
        .filter((chart) => chart.kind === input.cadence)
        .map((chart) => chart.region)
        .filter((region) => input.regions?.includes(region) ?? true);
      if (regions.length === 0) {
        const others = CHART_KINDS.filter((kind) => kind !== input.cadence);
        throw new ChartlifeError('InvalidInput', `no ${input.cadence} chart is named in the settings`, {
          next: `Name one, or refresh the ${others.join(', ')} charts.`,
          details: { cadence: input.cadence },
        });
      }
      const sound = soundPlanOf(settings);
      const [published] = await ports.lake.publications();
      return {
        nominalDate: nominalDateOf(input, settings.timeZone),
        regions,
        fetchPatience: FETCH_PATIENCE[settings.source.kind],
        enrich: settings.enrich && settings.maxTracksPerNight > 0,
        ...(sound === null ? {} : { sound }),
        ...(published === undefined ? {} : { forecastBy: published.runId }),
      };
    }),

    listTracksToEnrich: defineActivity(async (input: ListTracksInput) => {
      const { maxTracksPerNight, refreshTracksAfterDays } = await ports.readSettings();
      const limit = Math.min(TRACKS_PER_LISTING, maxTracksPerNight - input.numListed);
      if (limit <= 0) return { trackIds: [], hasMore: false };
      const trackIds = await ports.lake.tracksToEnrich({
        enteredFrom: input.enteredFrom,
        asOf: input.nominalDate,
        refreshAfterDays: refreshTracksAfterDays,
        limit,
        ...(input.afterTrackId === null ? {} : { afterTrackId: input.afterTrackId }),
      });
      return { trackIds, hasMore: trackIds.length === limit };
    }),
  };
}

/** The night that is meant: the one asked for, else the schedule's nominal day in the user's time zone. */
function nominalDateOf(input: PlanRefreshInput, timeZone: string): CalendarDate {
  if (input.nominalDate !== null) return input.nominalDate;
  if (input.scheduledAt !== null) return dateInZone(new Date(input.scheduledAt), timeZone);
  throw new ChartlifeError('InvalidInput', 'the refresh was given no nominal date, and no schedule started it', {
    next: 'Start it with `chartlife ingest`, which gives the date.',
  });
}

function expectFetching(settings: Settings): void {
  const why = whyNotFetching(settings);
  if (why !== null) {
    throw new ChartlifeError('InvalidInput', why, {
      next: 'Name the regions and a contact: `chartlife schedule --help` says how.',
    });
  }
}

/** The pace and the label of a worker's rows belong to its source, so another source needs other workers. */
function expectSameSource(now: SourceSettings, atStart: SourceSettings): void {
  if (now.kind === atStart.kind && now.baseUrl === atStart.baseUrl && now.contact === atStart.contact) return;
  throw new ChartlifeError(
    'InvalidInput',
    `the settings name ${now.baseUrl} (${now.contact ?? 'no contact'}), this worker was started for ${atStart.baseUrl} (${atStart.contact ?? 'no contact'})`,
    { next: 'Stop `chartlife up` and start it again.', details: { now: now.baseUrl, atStart: atStart.baseUrl } },
  );
}
