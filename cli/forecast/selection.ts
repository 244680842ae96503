/** Which trajectories a person asks to have forecast. */
import { ChartlifeError } from '../../contracts/errors.ts';
import type { TrackId } from '../../contracts/ids.ts';
import type { Region } from '../../contracts/regions.ts';
import type { ForecastSelection } from '../../workers/trainer/forecastRun.ts';

/** As the nightly forecasts have it. */
export const NEW_WITHIN_DAYS = 28;

export interface AskedForecasts {
  /** null for those that came lately. */
  readonly trackId: TrackId | null;
  readonly region: Region | undefined;
  /** Weeks from the debut that the model is told at most. */
  readonly told: number | undefined;
  /** From the debut: what the run forecasts. */
  readonly numWeeks: number;
}

export interface Selection extends ForecastSelection {
  /** Trajectories that were left out as far as it was asked: none of their weeks is to come. */
  numWhollyKnown(): number;
}

/** @throws ChartlifeError InvalidInput where the model would be told all weeks that it forecasts */
export function selectForecasts({ trackId, region, told, numWeeks }: AskedForecasts): Selection {
  if (told !== undefined && told >= numWeeks) {
    throw new ChartlifeError('InvalidInput', `--told ${told}: the run forecasts ${numWeeks} weeks from a debut`, {
      next: `Give at most ${numWeeks - 1}.`,
      details: { told, numWeeks },
    });
  }
  let numWhollyKnown = 0;
  return {
    select: trackId === null ? { debutWithinDays: NEW_WITHIN_DAYS } : { trackIds: [trackId] },
    isWanted: (chart, numObserved) => {
      if (region !== undefined && chart.region !== region) return false;
      const isWhollyKnown = (told ?? numObserved) >= numWeeks;
      if (isWhollyKnown) numWhollyKnown++;
      return !isWhollyKnown;
    },
    ...(told === undefined ? {} : { maxTold: told }),
    numWhollyKnown: () => numWhollyKnown,
  };
}
