/** What the trainer's process is told, and what it says: one JSON object a line on its stdout. */
import type { SplitPart } from '../../contracts/dataset.ts';
import type { SentError } from '../../contracts/sentError.ts';
import type { BackendDescription } from '../../models/backend/loadTensorflow.ts';
import type { Recipe } from '../../models/recipes/recipe.ts';
import type { TensorflowVariant } from '../../runtime/nativeParts.ts';
import type { Evaluation } from './evaluation.ts';
import type { LeaseNumber } from './lease.ts';
import type { StepMetrics } from './metricsFile.ts';
import type { StageName } from './runPaths.ts';
import type { Normalisers } from './trainingTable.ts';
import type { StageResult } from './trainStage.ts';

/** A file, whose path is the process's argument. */
export interface TrainerJob {
  /**
   * Train the stage; say how good its weights are on the validation and the test part; or forecast the tracks of
   * `examplesPath` into `forecastsPath`.
   */
  readonly task: 'train' | 'evaluate' | 'forecast';
  /** A data set of which every track is in the test part. */
  readonly examplesPath?: string;
  readonly forecastsPath?: string;
  readonly stage: StageName;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly datasetPath: string;
  readonly normalisers: Normalisers;
  readonly spectrogramsDir: string;
  readonly runDir: string;
  readonly facts: Readonly<Record<string, string>>;
  /** Of this attempt: see lease.ts. null where nothing of the run is written. */
  readonly lease: LeaseNumber | null;
  readonly checkpointEverySteps: number;
  readonly checkpointEverySeconds: number;
  readonly numThreads: number;
  readonly variant: TensorflowVariant;
  readonly nativeCacheRoot: string;
  /** Another build of batchThread.ts; tests make their own. */
  readonly threadPath?: string;
}

export type TrainerMessage =
  | { readonly type: 'start'; readonly step: number; readonly numSteps: number; readonly backend: BackendDescription }
  | ({ readonly type: 'step'; readonly memoryBytes: number } & StepMetrics)
  | { readonly type: 'checkpoint'; readonly step: number }
  /** Of an evaluation or a forecast: rows of a part. */
  | { readonly type: 'progress'; readonly part: SplitPart; readonly numDone: number; readonly numRows: number }
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'result'; readonly result: StageResult }
  | { readonly type: 'evaluated'; readonly evaluations: readonly Evaluation[] }
  | { readonly type: 'forecasted'; readonly numForecasts: number }
  | { readonly type: 'error'; readonly error: SentError };
