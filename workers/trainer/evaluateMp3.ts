/** MP3's forecasts of a part, told the first week or none, beside the baselines that are told the same. */
import type { SplitPart } from '../../contracts/dataset.ts';
import { BASELINES } from '../../models/baselines/baselines.ts';
import { fitByRegion } from '../../models/baselines/byRegion.ts';
import { calibrationByHorizon, shareOnChart } from '../../models/baselines/calibration.ts';
import { errorsByHorizon } from '../../models/baselines/errors.ts';
import { gainOver } from '../../models/baselines/gain.ts';
import { openMp3Forecaster, type WeeklyForecast } from '../../models/recipes/predict.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import type { EvaluationJob } from './evaluate.ts';
import { type ModelErrors, MP3_NAME, type Mp3Evaluation, NUMS_OBSERVED, ofEachRegion } from './evaluation.ts';
import { forEachBatch } from './forEachBatch.ts';
import { weightsPathOf } from './runPaths.ts';
import {
  regionsOf,
  rowsOfPart,
  type Standard,
  streamsStandard,
  type TableRow,
  unstandardise,
} from './trainingTable.ts';

export async function evaluateMp3(job: EvaluationJob, part: SplitPart): Promise<Mp3Evaluation[]> {
  const { recipe, dataset, normalisers, runDir } = job;
  const regions = regionsOf(dataset);
  const standard = streamsStandard(normalisers, recipe.decoder.head.kind === 'point');
  const forecaster = await openMp3Forecaster(recipe, weightsPathOf(runDir, 'mp3'), regions.length);
  const rows = rowsOfPart(dataset, part);
  const bands = NUMS_OBSERVED.map((): Band[] => []);
  try {
    await forEachBatch({ ...job, regions }, part, (batch, numRows) => {
      for (const [place, numObserved] of NUMS_OBSERVED.entries()) {
        const told = Array<number>(batch.weight_B.length).fill(numObserved);
        bands[place]?.push(...bandsOf(forecaster.forecast(batch, told), numRows, recipe, standard));
      }
    });
  } finally {
    forecaster.dispose();
  }
  const training = rowsOfPart(dataset, 'training').map(({ trajectory }) => trajectory);
  const baselines = BASELINES.map(({ name, fit }) => ({ model: name, forecasterOf: fitByRegion(training, fit) }));
  const shareOf = fitByRegion(training, shareOnChart);
  return NUMS_OBSERVED.map((numObserved, place) => {
    const own = bands[place] as readonly Band[];
    const all: readonly ModelForecasts[] = [
      { model: MP3_NAME, forecasts: own.map(({ median }) => median) },
      ...baselines.map(({ model, forecasterOf }) => ({
        model,
        forecasts: rows.map(({ trajectory }) => forecasterOf(trajectory.region)(trajectory, numObserved)),
      })),
    ];
    const models = all.map((one) => errorsOf(one, rows, numObserved));
    const forecasted = rows.map(({ trajectory }, row) => ({
      ...(own[row] as Band),
      ...{ series: trajectory, shareOnChart: shareOf(trajectory.region) },
    }));
    const calibration = recipe.decoder.head.kind === 'point' ? null : calibrationByHorizon(forecasted, numObserved);
    return {
      ...({ stage: 'mp3', part, numObserved, models, calibration } as const),
      gain: gainOverBest(all, models, rows, numObserved),
    };
  });
}

/** A row's forecast, week by week: P(on chart), and log10 streams. */
interface Band {
  readonly onChart: Float32Array;
  readonly low: Float32Array;
  readonly median: Float32Array;
  readonly high: Float32Array;
}

function bandsOf(
  { onChart, quantiles, numLevels }: WeeklyForecast,
  numRows: number,
  { decoder: { numWeeks, head } }: Recipe,
  standard: Standard,
): Band[] {
  const levels = head.kind === 'point' ? [0, 0, 0] : [0, head.quantileLevels.indexOf(0.5), numLevels - 1];
  return Array.from({ length: numRows }, (_, row) => {
    const [low, median, high] = levels.map((level) =>
      Float32Array.from({ length: numWeeks }, (_, week) =>
        unstandardise(quantiles[(row * numWeeks + week) * numLevels + level] as number, standard),
      ),
    ) as [Float32Array, Float32Array, Float32Array];
    return { onChart: onChart.slice(row * numWeeks, (row + 1) * numWeeks), low, median, high };
  });
}

interface ModelForecasts {
  readonly model: string;
  /** Row by row. */
  readonly forecasts: readonly Float32Array[];
}

function errorsOf({ model, forecasts }: ModelForecasts, rows: readonly TableRow[], numObserved: number): ModelErrors {
  const forecasted = rows.map(({ trajectory }, row) => ({
    series: trajectory,
    region: trajectory.region,
    forecast: forecasts[row] as Float32Array,
  }));
  const regions = ofEachRegion(forecasted, (own) =>
    errorsByHorizon(own, numObserved).filter(({ horizon, numWeeks }) => horizon === 'all' || numWeeks > 0),
  );
  return { model, errors: errorsByHorizon(forecasted, numObserved), regions };
}

/** The baseline is chosen on the part itself, in its favour. */
function gainOverBest(
  [own, ...others]: readonly ModelForecasts[],
  models: readonly ModelErrors[],
  rows: readonly TableRow[],
  numObserved: number,
): Mp3Evaluation['gain'] {
  const maeOf = (name: string): number =>
    models.find(({ model }) => model === name)?.errors[0]?.mae ?? Number.POSITIVE_INFINITY;
  const best = [...others].sort((a, b) => maeOf(a.model) - maeOf(b.model))[0];
  if (own === undefined || best === undefined) return null;
  const pairs = rows.map(({ track, trajectory }, row) => ({
    trackId: track.trackId,
    series: trajectory,
    own: own.forecasts[row] as Float32Array,
    other: best.forecasts[row] as Float32Array,
  }));
  const gain = gainOver(pairs, numObserved);
  return gain === null ? null : { baseline: best.model, ...gain };
}
