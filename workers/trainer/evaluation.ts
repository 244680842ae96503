/** How good a stage's weights are on a part that they were not trained on, beside what needs no sound. */
import type { SplitPart } from '../../contracts/dataset.ts';
import type { Calibration } from '../../models/baselines/calibration.ts';
import type { HorizonError } from '../../models/baselines/errors.ts';
import type { Gain } from '../../models/baselines/gain.ts';

/** MP2 on a part, in log10 streams. */
export interface Mp2Evaluation {
  readonly stage: 'mp2';
  readonly part: SplitPart;
  readonly targets: readonly (TargetErrors & {
    readonly target: 'log10Sum' | 'log10Debut';
    readonly regions: Readonly<Record<string, TargetErrors>>;
  })[];
}

export interface TargetErrors {
  readonly numRows: number;
  /** null, as is `r2`, where the target of no row is known. */
  readonly mae: number | null;
  /** 1 less the squared error over that of the training part's mean: 0 is no better than it. null where that is without error. */
  readonly r2: number | null;
}

/** MP3 on a part beside the baselines: all are given the first weeks, or none. */
export interface Mp3Evaluation {
  readonly stage: 'mp3';
  readonly part: SplitPart;
  readonly numObserved: number;
  readonly models: readonly ModelErrors[];
  /** Over the best of the baselines on this part, all weeks; null where no week counts. */
  readonly gain: (Gain & { readonly baseline: string }) | null;
  /** By horizon; null of a head that gives a point alone. */
  readonly calibration: readonly Calibration[] | null;
}

export interface ModelErrors {
  /** `MP3`, or the baseline's. */
  readonly model: string;
  readonly errors: readonly HorizonError[];
  /** By region: all weeks, then each horizon of which a week counts. */
  readonly regions: Readonly<Record<string, readonly HorizonError[]>>;
}

export type Evaluation = Mp2Evaluation | Mp3Evaluation;

/**
 * Weeks that are told: the first charting, as the question is what comes after it; and none, as each new entry is forecast
 * when it comes. A run is judged by the first.
 */
export const NUMS_OBSERVED = [1, 0] as const;
export const MP3_NAME = 'MP3';

/** What a run is judged by: MP3 on the part, told the first week. */
export function judgedMp3(evaluations: readonly Evaluation[] | undefined, part: SplitPart): Mp3Evaluation | undefined {
  return evaluations
    ?.filter((one) => one.stage === 'mp3')
    .find((one) => one.part === part && one.numObserved === NUMS_OBSERVED[0]);
}

export function ofEachRegion<Row extends { readonly region: string }, Result>(
  rows: readonly Row[],
  of: (own: readonly Row[]) => Result,
): Record<string, Result> {
  const regions = [...new Set(rows.map(({ region }) => region))].sort();
  return Object.fromEntries(regions.map((region) => [region, of(rows.filter((one) => one.region === region))]));
}
