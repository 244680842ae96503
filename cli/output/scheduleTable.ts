/** Schedules, for people. */
import { formatDuration } from '../../runtime/progress.ts';
import type { ScheduleState } from '../../workers/control/schedules.ts';
import { count } from './numbers.ts';
import type { Styles } from './styles.ts';
import { renderTable } from './textTable.ts';

export interface ScheduleTableOptions {
  readonly now: Date;
  readonly styles: Styles;
  readonly width: number;
  readonly indent?: number;
}

export function renderSchedules(schedules: readonly ScheduleState[], options: ScheduleTableOptions): string[] {
  const { now, styles, width, indent = 0 } = options;
  return renderTable(
    [
      { header: 'schedule' },
      { header: 'at' },
      { header: 'next run (UTC)' },
      { header: '', canShrink: true },
      { header: 'runs', align: 'right' },
    ],
    schedules.map((schedule) => [
      schedule.cadence,
      `${schedule.at} ${schedule.timeZone}`,
      ...nextRun(schedule, now, styles),
      schedule.numRunsTaken === 0 ? '' : count(schedule.numRunsTaken),
    ]),
    { width, indent, styleHeader: styles.dim },
  );
}

function nextRun({ isPaused, note, nextRuns }: ScheduleState, now: Date, styles: Styles): [string, string] {
  if (isPaused) return [styles.yellow('paused'), note ?? ''];
  const [next] = nextRuns;
  return next === undefined ? ['', ''] : [instantText(next), `in ${formatDuration(next.getTime() - now.getTime())}`];
}

/** `2026-11-22 03:00`, UTC. */
export function instantText(instant: Date): string {
  return instant.toISOString().slice(0, 16).replace('T', ' ');
}
