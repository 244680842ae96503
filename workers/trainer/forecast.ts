/** What a trained MP3 says of the weeks to come, in the trainer's process. */
import { WEEK_STATE } from '../../contracts/dataset.ts';
import type { ForecastWeek, TrackForecast } from '../../contracts/runRows.ts';
import { openMp3Forecaster } from '../../models/recipes/predict.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import { forEachBatch, type RowsToPredict } from './forEachBatch.ts';
import { weightsPathOf } from './runPaths.ts';
import { rowsOfPart, streamsStandard, unstandardise } from './trainingTable.ts';

export interface ForecastsOfRun {
  readonly quantileLevels: readonly number[];
  readonly forecasts: readonly TrackForecast[];
}

/** Weeks from the debut up to the last one that is known: what a forecast is told. */
export function numObservedWeeks(states: Uint8Array): number {
  return states.findLastIndex((state) => state !== WEEK_STATE.unseen) + 1;
}

/**
 * @param job every track of its data set is forecast; its regions are those that the run has learned
 * @throws ChartlifeError InvalidInput where the weights are damaged; LakeUnusable for a spectrogram that can't be read
 */
export async function forecastTracks(job: RowsToPredict & { readonly runDir: string }): Promise<ForecastsOfRun> {
  const { recipe, dataset, normalisers, regions, runDir } = job;
  const standard = streamsStandard(normalisers, recipe.decoder.head.kind === 'point');
  const rows = rowsOfPart(dataset, 'test');
  const numsObserved = rows.map(({ trajectory }) => numObservedWeeks(trajectory.states));
  const forecaster = await openMp3Forecaster(recipe, weightsPathOf(runDir, 'mp3'), regions.length);
  const forecasts: TrackForecast[] = [];
  try {
    await forEachBatch(job, 'test', (batch, numRows) => {
      const first = forecasts.length;
      const told = Array.from(batch.weight_B, (_, place) =>
        place < numRows ? (numsObserved[first + place] as number) : 0,
      );
      const { onChart, quantiles, numLevels } = forecaster.forecast(batch, told);
      for (let place = 0; place < numRows; place++) {
        const { track, trajectory } = rows[first + place] as (typeof rows)[number];
        const numObserved = told[place] as number;
        const weekAt = (week: number): ForecastWeek => {
          const at = place * recipe.decoder.numWeeks + week;
          const levels = quantiles.subarray(at * numLevels, (at + 1) * numLevels);
          return {
            onChart: onChart[at] as number,
            log10Streams: Array.from(levels, (value) => unstandardise(value, standard)),
          };
        };
        const numToCome = recipe.decoder.numWeeks - numObserved;
        forecasts.push({
          trackId: track.trackId,
          region: trajectory.region,
          debut: trajectory.debut,
          isSynthetic: track.isSynthetic,
          numObserved,
          weeks: Array.from({ length: numToCome }, (_, week) => weekAt(numObserved + week)),
        });
      }
    });
  } finally {
    forecaster.dispose();
  }
  return { quantileLevels: quantileLevelsOf(recipe), forecasts };
}

/** A point head's one figure stands for the median. */
function quantileLevelsOf({ decoder: { head } }: Recipe): readonly number[] {
  return head.kind === 'point' ? [0.5] : head.quantileLevels;
}
