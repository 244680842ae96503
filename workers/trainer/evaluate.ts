/** How good a stage's weights are on a part that they were not trained on, beside what needs no sound. */
import type { SplitPart } from '../../contracts/dataset.ts';
import type { Dataset } from '../../data/dataset/dataset.ts';
import { BASELINES, type Series } from '../../models/baselines/baselines.ts';
import { errorsByHorizon, type Forecasted, type HorizonError } from '../../models/baselines/errors.ts';
import { type Gain, gainOver } from '../../models/baselines/gain.ts';
import { openMp2Predictor, openMp3Forecaster } from '../../models/recipes/predict.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import { forEachBatch } from './forEachBatch.ts';
import { type StageName, weightsPathOf } from './runPaths.ts';
import {
  type Normalisers,
  popularityOf,
  regionsOf,
  rowsOfPart,
  streamsStandard,
  type TableRow,
  unstandardise,
} from './trainingTable.ts';

export interface EvaluationJob {
  readonly recipe: Recipe;
  readonly dataset: Dataset;
  readonly normalisers: Normalisers;
  readonly spectrogramsDir: string;
  readonly runDir: string;
  /** Another build of batchThread.ts; tests make their own. */
  readonly threadPath?: string;
}

/** MP2 on a part, in log10 streams. */
export interface Mp2Evaluation {
  readonly stage: 'mp2';
  readonly part: SplitPart;
  readonly targets: readonly {
    readonly target: 'log10Sum' | 'log10Debut';
    readonly numRows: number;
    /** null, as is `r2`, where the target of no row is known. */
    readonly mae: number | null;
    /** 1 less the squared error over that of the training part's mean: 0 is no better than it. */
    readonly r2: number | null;
  }[];
}

/** MP3 on a part beside the baselines: all are given the first weeks. */
export interface Mp3Evaluation {
  readonly stage: 'mp3';
  readonly part: SplitPart;
  readonly numObserved: number;
  readonly models: readonly ModelErrors[];
  /** Over the best of the baselines on this part, all weeks; null where no week counts. */
  readonly gain: (Gain & { readonly baseline: string }) | null;
}

export interface ModelErrors {
  /** `MP3`, or the baseline's. */
  readonly model: string;
  readonly errors: readonly HorizonError[];
  /** Over all weeks, by region. */
  readonly regions: Readonly<Record<string, HorizonError>>;
}

export type Evaluation = Mp2Evaluation | Mp3Evaluation;

/** The first charting is known: the question is what comes after it. */
const NUM_OBSERVED = 1;
export const MP3_NAME = 'MP3';

/** @throws ChartlifeError InvalidInput where the weights are damaged; LakeUnusable for a spectrogram that can't be read */
export function evaluate(job: EvaluationJob, stage: StageName, part: SplitPart): Promise<Evaluation> {
  return stage === 'mp2' ? evaluateMp2(job, part) : evaluateMp3(job, part);
}

async function evaluateMp2(job: EvaluationJob, part: SplitPart): Promise<Mp2Evaluation> {
  const { recipe, dataset, normalisers, runDir } = job;
  const predictor = await openMp2Predictor(recipe, weightsPathOf(runDir, 'mp2'));
  const predicted: number[] = [];
  try {
    await forEachBatch({ ...job, regions: regionsOf(dataset) }, part, (batch, numRows) => {
      predicted.push(...predictor.predict(batch).subarray(0, 2 * numRows));
    });
  } finally {
    predictor.dispose();
  }
  const actual = rowsOfPart(dataset, part).map(({ trajectory }) => popularityOf(trajectory, recipe.sumWeeks));
  const targets = (['log10Sum', 'log10Debut'] as const).map((target, column) => {
    const standard = normalisers[target];
    const errors = actual.flatMap((popularity, row) => {
      const value = popularity[target];
      if (value === null) return [];
      return [
        { own: unstandardise(predicted[2 * row + column] as number, standard) - value, mean: standard.mean - value },
      ];
    });
    const sum = (of: (error: (typeof errors)[number]) => number): number =>
      errors.reduce((all, one) => all + of(one), 0);
    if (errors.length === 0) return { target, numRows: 0, mae: null, r2: null };
    return {
      target,
      numRows: errors.length,
      mae: sum(({ own }) => Math.abs(own)) / errors.length,
      r2: 1 - sum(({ own }) => own ** 2) / sum(({ mean }) => mean ** 2),
    };
  });
  return { stage: 'mp2', part, targets };
}

async function evaluateMp3(job: EvaluationJob, part: SplitPart): Promise<Mp3Evaluation> {
  const { recipe, dataset, normalisers, runDir } = job;
  const { numWeeks, head } = recipe.decoder;
  const regions = regionsOf(dataset);
  const standard = streamsStandard(normalisers, head.kind === 'point');
  const level = head.kind === 'point' ? 0 : head.quantileLevels.indexOf(0.5);
  const forecaster = await openMp3Forecaster(recipe, weightsPathOf(runDir, 'mp3'), regions.length);
  const rows = rowsOfPart(dataset, part);
  const forecasts: Float32Array[] = [];
  try {
    await forEachBatch({ ...job, regions }, part, (batch, numRows) => {
      const numsObserved = Array<number>(batch.weight_B.length).fill(NUM_OBSERVED);
      const { quantiles, numLevels } = forecaster.forecast(batch, numsObserved);
      for (let row = 0; row < numRows; row++) {
        forecasts.push(
          Float32Array.from({ length: numWeeks }, (_, week) =>
            unstandardise(quantiles[(row * numWeeks + week) * numLevels + level] as number, standard),
          ),
        );
      }
    });
  } finally {
    forecaster.dispose();
  }
  const training: Series[] = rowsOfPart(dataset, 'training').map(({ trajectory }) => trajectory);
  const all: readonly ModelForecasts[] = [
    { model: MP3_NAME, forecasts },
    ...BASELINES.map((baseline) => {
      const forecast = baseline.fit(training);
      return {
        model: baseline.name,
        forecasts: rows.map(({ trajectory }) => forecast(trajectory, NUM_OBSERVED)),
      };
    }),
  ];
  const models = all.map((one) => errorsOf(one, rows));
  return { stage: 'mp3', part, numObserved: NUM_OBSERVED, models, gain: gainOverBest(all, models, rows) };
}

interface ModelForecasts {
  readonly model: string;
  /** Row by row. */
  readonly forecasts: readonly Float32Array[];
}

function errorsOf({ model, forecasts }: ModelForecasts, rows: readonly TableRow[]): ModelErrors {
  const forecasted = rows.map(({ trajectory }, row) => ({
    series: trajectory,
    region: trajectory.region,
    forecast: forecasts[row] as Float32Array,
  }));
  return { model, errors: errorsByHorizon(forecasted, NUM_OBSERVED), regions: byRegion(forecasted) };
}

/** The baseline is chosen on the part itself, in its favour. */
function gainOverBest(
  [own, ...others]: readonly ModelForecasts[],
  models: readonly ModelErrors[],
  rows: readonly TableRow[],
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
  const gain = gainOver(pairs, NUM_OBSERVED);
  return gain === null ? null : { baseline: best.model, ...gain };
}

function byRegion(forecasted: readonly (Forecasted & { readonly region: string })[]): Record<string, HorizonError> {
  const regions = [...new Set(forecasted.map(({ region }) => region))].sort();
  return Object.fromEntries(
    regions.map((region) => {
      const own = forecasted.filter((one) => one.region === region);
      return [region, errorsByHorizon(own, NUM_OBSERVED)[0] as HorizonError];
    }),
  );
}
