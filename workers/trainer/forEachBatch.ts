/** Rows of a data set as batches, for what predicts: each row once, in order, as it is. */
import type { SplitPart } from '../../contracts/dataset.ts';
import type { Region } from '../../contracts/regions.ts';
import type { Dataset } from '../../data/dataset/dataset.ts';
import type { PlainBatch } from '../../models/recipes/batchTensors.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import { numEvaluationSteps } from './assembleBatch.ts';
import { openBatchPipeline } from './batchPipeline.ts';
import { type Normalisers, trainingTable } from './trainingTable.ts';

export interface RowsToPredict {
  readonly recipe: Recipe;
  readonly dataset: Dataset;
  /** In the order of their numbers: those of the data set that was trained on. */
  readonly regions: readonly Region[];
  readonly normalisers: Normalisers;
  readonly spectrogramsDir: string;
  /** Another build of batchThread.ts; tests make their own. */
  readonly threadPath?: string;
  /** After each batch. */
  readonly onProgress?: (numDone: number, numRows: number) => void;
}

const BATCH_SIZE = 16;

/** Every row of the part once, in order. @param work gets how many of the batch's rows are rows of the part */
export async function forEachBatch(
  { recipe, dataset, regions, normalisers, spectrogramsDir, threadPath, onProgress }: RowsToPredict,
  part: SplitPart,
  work: (batch: PlainBatch, numRows: number) => void,
): Promise<void> {
  const { sumWeeks, decoder } = recipe;
  const isPointHead = decoder.head.kind === 'point';
  const table = trainingTable(dataset, part, normalisers, { regions, sumWeeks, isPointHead });
  const pipeline = openBatchPipeline({
    spectrogramsDir,
    table,
    settings: {
      batchSize: BATCH_SIZE,
      seed: 0,
      augment: recipe.augment,
      normalize: normalisers.sound,
      purpose: 'evaluation',
      regions: recipe.regions,
    },
    numThreads: 1,
    ...(threadPath === undefined ? {} : { threadPath }),
  });
  let numDone = 0;
  try {
    for await (const batch of pipeline.batches(0, numEvaluationSteps(table, BATCH_SIZE))) {
      const numRows = batch.weight_B.filter((weight) => weight > 0).length;
      work(batch, numRows);
      numDone += numRows;
      onProgress?.(numDone, table.regions.length);
    }
  } finally {
    await pipeline.close();
  }
}
