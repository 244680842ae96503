/** A stage's evaluation on a part. */
import type { SplitPart } from '../../contracts/dataset.ts';
import type { Dataset } from '../../data/dataset/dataset.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import { evaluateMp2 } from './evaluateMp2.ts';
import { evaluateMp3 } from './evaluateMp3.ts';
import type { Evaluation } from './evaluation.ts';
import type { StageName } from './runPaths.ts';
import type { Normalisers } from './trainingTable.ts';

export interface EvaluationJob {
  readonly recipe: Recipe;
  readonly dataset: Dataset;
  readonly normalisers: Normalisers;
  readonly spectrogramsDir: string;
  readonly runDir: string;
  /** Another build of batchThread.ts; tests make their own. */
  readonly threadPath?: string;
  /** After each batch. */
  readonly onProgress?: (numDone: number, numRows: number) => void;
}

/**
 * @returns of MP2 one; of MP3 one for each number of weeks that are told
 * @throws ChartlifeError InvalidInput where the weights are damaged; LakeUnusable for a spectrogram that can't be read
 */
export async function evaluate(job: EvaluationJob, stage: StageName, part: SplitPart): Promise<Evaluation[]> {
  return stage === 'mp2' ? [await evaluateMp2(job, part)] : evaluateMp3(job, part);
}
