/** A sweep: recipes trained over folds and seeds, as runs of their own, for what is common to them and how far they spread. */
import type { CalendarDate } from './dates.ts';
import type { RunId, TrainInput } from './runs.ts';

/** 16 hexadecimal digits: of the hash of its runs' ids. The same sweep has the same id. */
export type SweepId = string & { readonly [brand]: 'SweepId' };
declare const brand: unique symbol;

/** What the plan of a sweep and its history are made for. */
export const MAX_SWEEP_RUNS = 200;

/** What is chosen of a sweep. */
export interface SweepChoice {
  /** Names of presets, each once. */
  readonly recipes: readonly string[];
  /** Of every recipe, such as `mp2.numSteps=400`. */
  readonly changes: readonly string[];
  readonly firstSeed: number;
  readonly numSeeds: number;
  /** 1 leaves the recipes' own fold; more are the folds from 0. */
  readonly numFolds: number;
}

export interface SweepSpec extends SweepChoice {
  readonly snapshotId: number;
  readonly versions: TrainInput['versions'];
}

export interface SweepInput extends SweepSpec {
  readonly sweepId: SweepId;
  /** As in {@link TrainInput}. */
  readonly today: CalendarDate;
}

/** One of a sweep's runs, before it has an id. */
export interface SweepRun {
  readonly recipe: string;
  readonly changes: readonly string[];
  readonly seed: number;
}

export interface SweepPlan {
  /** In the order of {@link sweepRuns}. */
  readonly runIds: readonly RunId[];
}

/**
 * Every recipe and fold of the first seed, then of the next one: a sweep that is stopped half way has all of them in equal
 * numbers.
 */
export function sweepRuns({ recipes, changes, firstSeed, numSeeds, numFolds }: SweepChoice): SweepRun[] {
  const seeds = Array.from({ length: numSeeds }, (_, place) => firstSeed + place);
  const folds = Array.from({ length: numFolds }, (_, fold) => (numFolds === 1 ? [] : [`split.fold=${fold}`]));
  return seeds.flatMap((seed) =>
    folds.flatMap((fold) => recipes.map((recipe) => ({ recipe, changes: [...changes, ...fold], seed }))),
  );
}

/** @param runIds as planned, in the order of {@link sweepRuns} */
export function trainInputsOf(input: SweepInput, { runIds }: SweepPlan): TrainInput[] {
  const { snapshotId, versions, today } = input;
  return sweepRuns(input).map(({ recipe, changes, seed }, place) => ({
    ...{ runId: runIds[place] as RunId, seed, snapshotId, versions, today },
    recipe: { kind: 'preset', name: recipe, changes },
  }));
}

/** `elsewhere`: it was started by itself and goes on so; the sweep waits for it. */
export const SWEEP_RUN_STATES = ['waiting', 'going', 'elsewhere', 'done', 'failed', 'cancelled'] as const;
export type SweepRunState = (typeof SWEEP_RUN_STATES)[number];
export type SweepCounts = Readonly<Record<SweepRunState, number>>;

/** Why a run has no figures. */
export interface SweepProblem {
  readonly runId: RunId;
  /** A type of `contracts/errors.ts`, or `Cancelled`, `Timeout`, or the name of an error nobody foresaw. */
  readonly errorType: string;
  /** At most `MAX_MESSAGE_LENGTH` long. */
  readonly message: string;
}

/** The answer of the query `progress` of a sweep. */
export interface SweepProgress {
  readonly phase: 'plan' | 'runs' | 'done';
  readonly isPaused: boolean;
  readonly counts: SweepCounts;
  /** Those under way, elsewhere too, in their order. */
  readonly underWay: readonly RunId[];
  /** At most `MAX_PROBLEMS_NAMED`, in the order they came. */
  readonly problems: readonly SweepProblem[];
}

export interface SweepResult {
  readonly sweepId: SweepId;
  readonly counts: SweepCounts;
  readonly numPublished: number;
  /** At most `MAX_PROBLEMS_NAMED`, in the order they came. */
  readonly problems: readonly SweepProblem[];
  readonly numProblemsUnnamed: number;
}
