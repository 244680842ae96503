/** The schedules `daily` and `weekly`: applied, paused, run for past nights. */
import {
  type Client,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleSpec,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { CHART_KINDS, type ChartKind } from '../../contracts/charts.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { RefreshInput } from '../../contracts/payloads.ts';
import type { Settings } from '../../contracts/settings.ts';
import { TASK_QUEUES } from '../../contracts/taskQueues.ts';
import { scheduledRefreshId, scheduledRefreshIdBase, scheduleId, WORKFLOW_TYPES } from '../../contracts/workflowIds.ts';
import { instantInZone, parseTimeOfDay, parseWeeklyTime, type TimeOfDay, WEEKDAYS } from '../../runtime/zonedTime.ts';
import type { refresh } from '../../workflows/refresh.ts';
import type { NightToAwait } from './nights.ts';

/** After an outage, nights missed for longer than this are let go: kworb no longer shows them. */
const CATCH_UP_MS = 2 * 86_400_000;
/** Long enough for the slowest night; a run that hangs must not hold all later ones. */
const LONGEST_NIGHT_MS = 20 * 3_600_000;

export interface ScheduleOptions {
  /** Apply them paused, and why; null to let them run. Left out: as they are. */
  readonly pausedBecause?: string | null;
}

export interface AppliedSchedule {
  readonly cadence: ChartKind;
  /** `removed` and `absent`: the settings name no chart of this kind. */
  readonly change: 'created' | 'updated' | 'unchanged' | 'removed' | 'absent';
}

export interface ScheduleState {
  readonly cadence: ChartKind;
  /** `03:00` or `saturday 04:00`. */
  readonly at: string;
  readonly timeZone: string;
  readonly isPaused: boolean;
  readonly note: string | null;
  readonly nextRuns: readonly Date[];
  readonly numRunsTaken: number;
}

/**
 * Makes the server's schedules what the settings say, and changes nothing where they are so already.
 *
 * Overlap is skipped (a night still at work is not disturbed), nights missed in the last two days are caught up, and
 * the hours are wall-clock hours in the settings' time zone.
 */
export async function applySchedules(
  client: Client,
  settings: Settings,
  options: ScheduleOptions = {},
): Promise<AppliedSchedule[]> {
  const applied: AppliedSchedule[] = [];
  for (const cadence of CHART_KINDS) {
    const isWanted = settings.charts.some((chart) => chart.kind === cadence);
    const change = isWanted ? await apply(client, cadence, settings, options) : await remove(client, cadence);
    applied.push({ cadence, change });
  }
  return applied;
}

/** Pauses (with the reason) or resumes whichever of the two schedules exist; gives their cadences. */
export async function setSchedulesPaused(client: Client, pausedBecause: string | null): Promise<ChartKind[]> {
  const changed: ChartKind[] = [];
  for (const cadence of CHART_KINDS) {
    const handle = client.schedule.getHandle(scheduleId(cadence));
    if ((await describe(handle)) === null) continue;
    if (pausedBecause === null) await handle.unpause('resumed');
    else await handle.pause(pausedBecause);
    changed.push(cadence);
  }
  return changed;
}

export async function describeSchedules(client: Client): Promise<ScheduleState[]> {
  const states: ScheduleState[] = [];
  for (const cadence of CHART_KINDS) {
    const description = await describe(client.schedule.getHandle(scheduleId(cadence)));
    if (description === null) continue;
    const { spec, state, info } = description;
    states.push({
      cadence,
      at: timeOf(spec.calendars?.[0]),
      timeZone: spec.timezone ?? 'UTC',
      isPaused: state.paused,
      note: state.note ?? null,
      nextRuns: info.nextActionTimes,
      numRunsTaken: info.numActionsTaken,
    });
  }
  return states;
}

/**
 * Has a schedule live through past nights, one after the other, each under its own nominal time. Works while the
 * schedule is paused.
 *
 * @throws ChartlifeError InvalidInput if the schedule was not applied, or none of its nights falls on the dates
 */
export async function backfillSchedule(
  client: Client,
  settings: Settings,
  cadence: ChartKind,
  dates: readonly CalendarDate[],
): Promise<NightToAwait[]> {
  const handle = client.schedule.getHandle(scheduleId(cadence));
  if ((await describe(handle)) === null) {
    throw new ChartlifeError('InvalidInput', `the schedule "${cadence}" was not applied`, {
      next: 'Apply it with `chartlife schedule apply`.',
      details: { cadence },
    });
  }
  const nights = [...new Set(dates)].sort().flatMap((nominalDate) => nightsOn(nominalDate, settings, cadence));
  if (nights.length === 0) {
    throw new ChartlifeError('InvalidInput', `no ${cadence} night falls on ${dates.join(', ')}`, {
      next: cadence === 'weekly' ? `Weekly nights are those of "${settings.weeklyAt}".` : 'Give at least one date.',
    });
  }
  // The latest run of each id before this, so that it is not taken for the new one.
  const awaited: NightToAwait[] = [];
  for (const { nominalDate, instant } of nights) {
    const workflowId = scheduledRefreshId(cadence, instant);
    awaited.push({ nominalDate, workflowId, formerRunId: await latestRunId(client, workflowId) });
  }
  await handle.backfill(
    // A time belongs to a backfill that starts before it and ends with it.
    nights.map(({ instant }) => ({
      start: new Date(instant.getTime() - 1_000),
      end: instant,
      overlap: ScheduleOverlapPolicy.BUFFER_ALL,
    })),
  );
  return awaited;
}

function nightsOn(
  nominalDate: CalendarDate,
  settings: Settings,
  cadence: ChartKind,
): { readonly nominalDate: CalendarDate; readonly instant: Date }[] {
  const { timeZone } = settings;
  if (cadence === 'daily') {
    return [{ nominalDate, instant: instantInZone(nominalDate, parseTimeOfDay(settings.dailyAt), timeZone) }];
  }
  const { weekday, ...time } = parseWeeklyTime(settings.weeklyAt);
  const isThatDay = WEEKDAYS[new Date(`${nominalDate}T00:00:00Z`).getUTCDay()] === weekday;
  return isThatDay ? [{ nominalDate, instant: instantInZone(nominalDate, time, timeZone) }] : [];
}

async function latestRunId(client: Client, workflowId: string): Promise<string | null> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).runId;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

async function apply(
  client: Client,
  cadence: ChartKind,
  settings: Settings,
  options: ScheduleOptions,
): Promise<AppliedSchedule['change']> {
  const handle = client.schedule.getHandle(scheduleId(cadence));
  const existing = await describe(handle);
  const spec = specOf(cadence, settings);
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP_MS };
  const input: RefreshInput = { cadence };
  const action = {
    type: 'startWorkflow' as const,
    workflowType: WORKFLOW_TYPES.refresh,
    workflowId: scheduledRefreshIdBase(cadence),
    taskQueue: TASK_QUEUES.ingest,
    args: [input] as Parameters<typeof refresh>,
    workflowExecutionTimeout: LONGEST_NIGHT_MS,
  };
  const { pausedBecause } = options;
  if (existing === null) {
    await client.schedule.create<typeof refresh>({
      scheduleId: scheduleId(cadence),
      spec,
      policies,
      action,
      state: pausedBecause ? { paused: true, note: pausedBecause } : { paused: false },
    });
    return 'created';
  }
  const state =
    pausedBecause === undefined
      ? existing.state
      : { paused: pausedBecause !== null, ...(pausedBecause === null ? {} : { note: pausedBecause }) };
  if (isAsWanted(existing, { cadence, settings, input, isPaused: state.paused })) return 'unchanged';
  await handle.update<typeof refresh>(() => ({ spec, policies, action, state }));
  return 'updated';
}

async function remove(client: Client, cadence: ChartKind): Promise<AppliedSchedule['change']> {
  const handle = client.schedule.getHandle(scheduleId(cadence));
  if ((await describe(handle)) === null) return 'absent';
  await handle.delete();
  return 'removed';
}

async function describe(handle: ScheduleHandle): Promise<ScheduleDescription | null> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

function specOf(cadence: ChartKind, settings: Settings): ScheduleSpec {
  const { timeZone: timezone } = settings;
  if (cadence === 'daily') return { calendars: [calendarOf(parseTimeOfDay(settings.dailyAt))], timezone };
  const { weekday, ...time } = parseWeeklyTime(settings.weeklyAt);
  return { calendars: [{ ...calendarOf(time), dayOfWeek: DAYS[weekday] }], timezone };
}

function calendarOf({ hour, minute }: TimeOfDay): { hour: number; minute: number; second: 0 } {
  return { hour, minute, second: 0 };
}

/** Temporal's names of the days. */
const DAYS = {
  sunday: 'SUNDAY',
  monday: 'MONDAY',
  tuesday: 'TUESDAY',
  wednesday: 'WEDNESDAY',
  thursday: 'THURSDAY',
  friday: 'FRIDAY',
  saturday: 'SATURDAY',
} as const;

interface Wanted {
  readonly cadence: ChartKind;
  readonly settings: Settings;
  readonly input: RefreshInput;
  readonly isPaused: boolean;
}

function isAsWanted({ spec, policies, action, state }: ScheduleDescription, wanted: Wanted): boolean {
  const { cadence, settings, input, isPaused } = wanted;
  return (
    spec.calendars?.length === 1 &&
    spec.intervals?.length === 0 &&
    timeOf(spec.calendars[0]) === (cadence === 'daily' ? settings.dailyAt : settings.weeklyAt.toLowerCase()) &&
    (spec.timezone ?? 'UTC') === settings.timeZone &&
    policies.overlap === ScheduleOverlapPolicy.SKIP &&
    policies.catchupWindow === CATCH_UP_MS &&
    action.workflowType === WORKFLOW_TYPES.refresh &&
    action.workflowId === scheduledRefreshIdBase(cadence) &&
    action.taskQueue === TASK_QUEUES.ingest &&
    JSON.stringify(action.args) === JSON.stringify([input]) &&
    state.paused === isPaused
  );
}

type Calendar = NonNullable<ScheduleDescription['spec']['calendars']>[number];

/** A calendar's time as the settings write it; empty where the settings can't say such a thing. */
function timeOf(calendar: Calendar | undefined): string {
  const only = <T>(ranges: readonly { readonly start: T; readonly end: T }[] | undefined): T | null => {
    const [range] = ranges ?? [];
    return ranges?.length === 1 && range !== undefined && range.start === range.end ? range.start : null;
  };
  const hour = only(calendar?.hour);
  const minute = only(calendar?.minute);
  if (hour === null || minute === null) return '';
  const day = only(calendar?.dayOfWeek);
  const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  return day === null ? time : `${day.toLowerCase()} ${time}`;
}
