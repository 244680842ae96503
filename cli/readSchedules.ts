/** The schedules of a home: the server's where it runs, else what the settings would make of them. */
import { CHART_KINDS } from '../contracts/charts.ts';
import { readSettings } from '../runtime/settings.ts';
import type { ScheduleState } from '../workers/control/schedules.ts';
import type { CommandContext } from './context.ts';
import { isSystemRunning, withControl } from './homeSystem.ts';

export interface SchedulesReading {
  /** False: nothing runs, so there are no next runs, and what is shown is what `chartlife up` would apply. */
  readonly isRunning: boolean;
  readonly schedules: readonly ScheduleState[];
}

export async function readSchedules(context: CommandContext): Promise<SchedulesReading> {
  if (await isSystemRunning(context)) {
    return { isRunning: true, schedules: await withControl(context, (control) => control.describeSchedules()) };
  }
  const settings = await readSettings(context.home);
  const cadences = CHART_KINDS.filter((kind) => settings.charts.some((chart) => chart.kind === kind));
  return {
    isRunning: false,
    schedules: cadences.map((cadence) => ({
      cadence,
      at: cadence === 'daily' ? settings.dailyAt : settings.weeklyAt,
      timeZone: settings.timeZone,
      isPaused: false,
      note: null,
      nextRuns: [],
      numRunsTaken: 0,
    })),
  };
}
