/** MP2's targets on a part, beside the training part's mean. */
import type { SplitPart } from '../../contracts/dataset.ts';
import { openMp2Predictor } from '../../models/recipes/predict.ts';
import type { EvaluationJob } from './evaluate.ts';
import { type Mp2Evaluation, ofEachRegion, type TargetErrors } from './evaluation.ts';
import { forEachBatch } from './forEachBatch.ts';
import { weightsPathOf } from './runPaths.ts';
import { popularityOf, regionsOf, rowsOfPart, unstandardise } from './trainingTable.ts';

export async function evaluateMp2(job: EvaluationJob, part: SplitPart): Promise<Mp2Evaluation> {
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
  const rows = rowsOfPart(dataset, part).map(({ trajectory }, row) => ({
    region: trajectory.region,
    popularity: popularityOf(trajectory, recipe.sumWeeks),
    predicted: [predicted[2 * row], predicted[2 * row + 1]] as readonly number[],
  }));
  const targets = (['log10Sum', 'log10Debut'] as const).map((target, column) => {
    const standard = normalisers[target];
    const known = rows.flatMap(({ region, popularity, predicted }) => {
      const value = popularity[target];
      if (value === null) return [];
      const own = unstandardise(predicted[column] as number, standard) - value;
      return [{ region, own, mean: standard.mean - value }];
    });
    return { target, ...targetErrors(known), regions: ofEachRegion(known, targetErrors) };
  });
  return { stage: 'mp2', part, targets };
}

function targetErrors(errors: readonly { readonly own: number; readonly mean: number }[]): TargetErrors {
  const numRows = errors.length;
  if (numRows === 0) return { numRows, mae: null, r2: null };
  const sum = (of: (error: (typeof errors)[number]) => number): number => errors.reduce((all, one) => all + of(one), 0);
  const squares = sum(({ mean }) => mean ** 2);
  return {
    numRows,
    mae: sum(({ own }) => Math.abs(own)) / numRows,
    r2: squares === 0 ? null : 1 - sum(({ own }) => own ** 2) / squares,
  };
}
