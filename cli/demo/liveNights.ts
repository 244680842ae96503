/** The demo's nights: the Schedule's own backfill, one refresh each. */
import type { CalendarDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { RefreshResult } from '../../contracts/payloads.ts';
import type { Settings } from '../../contracts/settings.ts';
import type { Control } from '../../workers/control/control.ts';
import type { CommandContext } from '../context.ts';
import { plural } from '../output/numbers.ts';
import { DEMO_PAUSE } from '../sampleHome.ts';
import { watchNights } from '../watchNights.ts';
import { nominalNights } from './nights.ts';

/** @throws ChartlifeError CheckFailed if a night failed */
export async function liveNights(
  context: CommandContext,
  control: Control,
  settings: Settings,
  chartDates: readonly CalendarDate[],
  onNight: () => void,
): Promise<void> {
  if (chartDates.length === 0) return;
  // Paused, so that a night of today's date does not come between.
  const applied = await control.applySchedules(settings, { pausedBecause: DEMO_PAUSE });
  await context.print(`Schedules: ${applied.map(({ cadence, change }) => `${cadence} ${change}`).join(', ')}`);
  const nights = await control.backfillSchedule(settings, 'daily', nominalNights(chartDates));
  const outcomes = await watchNights(context, control, nights, onNight);
  const failed = outcomes.filter(({ outcome }) => outcome === 'failed');
  if (failed.length > 0) {
    throw new ChartlifeError(
      'CheckFailed',
      `${failed.length} of ${plural(outcomes.length, 'night')} failed, the first of ${failed[0]?.nominalDate}`,
      {
        next: `See the reasons above, and the logs in ${context.home.logsDir}.`,
        details: { numFailed: failed.length },
      },
    );
  }
  const results = outcomes.flatMap((night) => (night.outcome === 'completed' ? [night.result] : []));
  await context.print(['', ...summary(results)]);
}

function summary(results: readonly RefreshResult[]): string[] {
  const sum = (value: (night: RefreshResult) => number): number =>
    results.reduce((total, night) => total + value(night), 0);
  const entries = plural(
    sum((night) => night.numNewEntries),
    'new entry',
    'new entries',
  );
  const reEntries = plural(
    sum((night) => night.numReEntries),
    're-entry',
    're-entries',
  );
  const trackPages = plural(
    sum((night) => night.tracks?.numCommitted ?? 0),
    'track page',
  );
  const numSounds = sum((night) => night.sound?.numSpectrograms ?? 0);
  const snapshots = plural(
    sum((night) => night.numSnapshots),
    'new snapshot',
  );
  const sounds = numSounds === 0 ? '' : `${plural(numSounds, 'spectrogram')}, `;
  return [`${plural(results.length, 'night')}: ${entries}, ${reEntries}, ${trackPages}, ${sounds}${snapshots}`];
}
