/** What the runs of a sweep come to: figures per recipe, with how far they spread over seeds and folds. */
import type { SplitPart } from '../../contracts/dataset.ts';
import { type Evaluation, judgedMp3, type Mp2Evaluation, type Mp3Evaluation } from './evaluation.ts';
import type { RunRecord } from './runFolder.ts';

/** Of as many values as there are: a run without the figure is not among them. */
export interface Spread {
  readonly numValues: number;
  /** null of no value. */
  readonly mean: number | null;
  /** Of the sample, so over one less than the number of values; null of fewer than two. */
  readonly standardDeviation: number | null;
}

/** Mean absolute errors of log10 streams over a horizon. */
export interface HorizonSummary {
  /** Weeks from the debut, such as `1-4`; `all` for all of them. */
  readonly horizon: string;
  readonly mp3: Spread;
  /** Of each run the baseline that is best at this horizon: it may be another in each. */
  readonly bestBaseline: Spread;
  /** MP3's less the best baseline's, run by run: below 0 is better than every baseline. */
  readonly difference: Spread;
  /** Runs in which MP3 is below every baseline. */
  readonly numBetter: number;
}

export interface PartSummary {
  readonly part: SplitPart;
  /** Those of which anything is known; `all` first. */
  readonly horizons: readonly HorizonSummary[];
  readonly mp2: readonly { readonly target: Mp2Target; readonly r2: Spread }[];
}

type Mp2Target = Mp2Evaluation['targets'][number]['target'];

export interface RecipeSummary {
  readonly recipe: string;
  readonly numRuns: number;
  /** Runs that were trained to the end and judged. */
  readonly numDone: number;
  readonly parts: readonly PartSummary[];
}

const PARTS = ['validation', 'test'] as const;
const TARGETS = ['log10Sum', 'log10Debut'] as const;

/** Per recipe, in the order in which they come first. */
export function summarizeSweep(
  records: readonly Pick<RunRecord, 'recipe' | 'evaluations' | 'decision'>[],
): RecipeSummary[] {
  const names = [...new Set(records.map(({ recipe }) => recipe.name))];
  return names.map((recipe) => {
    const own = records.filter((record) => record.recipe.name === recipe);
    return {
      recipe,
      numRuns: own.length,
      numDone: own.filter(({ decision }) => decision !== undefined).length,
      parts: PARTS.map((part) => ({
        part,
        horizons: horizonsOf(own.flatMap(({ evaluations }) => mp3Of(evaluations?.mp3, part))),
        mp2: TARGETS.map((target) => ({
          target,
          r2: spreadOf(own.flatMap(({ evaluations }) => r2Of(evaluations?.mp2, part, target))),
        })),
      })),
    };
  });
}

/** Two passes, so that values far from 0 keep their spread. */
export function spreadOf(values: readonly number[]): Spread {
  const numValues = values.length;
  if (numValues === 0) return { numValues, mean: null, standardDeviation: null };
  const mean = sumOf(values) / numValues;
  if (numValues === 1) return { numValues, mean, standardDeviation: null };
  const squares = sumOf(values.map((value) => (value - mean) ** 2));
  return { numValues, mean, standardDeviation: Math.sqrt(squares / (numValues - 1)) };
}

function horizonsOf(evaluations: readonly Mp3Evaluation[]): HorizonSummary[] {
  const horizons = new Set(
    evaluations.flatMap(({ models }) => models.flatMap(({ errors }) => errors.map(({ horizon }) => horizon))),
  );
  return [...horizons].flatMap((horizon) => {
    const pairs = evaluations.flatMap((evaluation) => pairAt(evaluation, horizon));
    if (pairs.length === 0) return [];
    return [
      {
        horizon,
        mp3: spreadOf(pairs.map(({ own }) => own)),
        bestBaseline: spreadOf(pairs.map(({ best }) => best)),
        difference: spreadOf(pairs.map(({ own, best }) => own - best)),
        numBetter: pairs.filter(({ own, best }) => own < best).length,
      },
    ];
  });
}

/** Of MP3, which an evaluation names first, and of the best baseline, over the same weeks; nothing where no week is known. */
function pairAt({ models }: Mp3Evaluation, horizon: string): { readonly own: number; readonly best: number }[] {
  const maeOf = (errors: (typeof models)[number]['errors']): number | null =>
    errors.find((error) => error.horizon === horizon)?.mae ?? null;
  const [own = null, ...baselines] = models.map(({ errors }) => maeOf(errors));
  const others = baselines.filter((mae) => mae !== null);
  return own === null || others.length === 0 ? [] : [{ own, best: Math.min(...others) }];
}

function mp3Of(evaluations: readonly Evaluation[] | undefined, part: SplitPart): Mp3Evaluation[] {
  const own = judgedMp3(evaluations, part);
  return own === undefined ? [] : [own];
}

function r2Of(evaluations: readonly Evaluation[] | undefined, part: SplitPart, target: Mp2Target): number[] {
  return (evaluations ?? [])
    .filter((one) => one.stage === 'mp2')
    .filter((one) => one.part === part)
    .flatMap(({ targets }) => targets)
    .flatMap((one) => (one.target === target && one.r2 !== null ? [one.r2] : []));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
