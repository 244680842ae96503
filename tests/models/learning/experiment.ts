/** One experiment: trains a network on some tracks and asks it about others. */
import { disposeParameters } from '../../../models/parameters.ts';
import {
  scalesOf,
  standardised,
  type Target,
  testExamples,
  trainingExamples,
  withScrambledFrames,
  withShuffledSound,
} from './examples.ts';
import type { HeardTrack } from './hearTracks.ts';
import { type Learner, predict, type TrainingSettings, train } from './training.ts';

export interface ExperimentSettings extends TrainingSettings {
  readonly batchSize: number;
  /** See trainingExamples(). */
  readonly maxSpeed: number;
}

/** Tracks, of which none is in both. */
export interface Split {
  readonly training: readonly HeardTrack[];
  readonly test: readonly HeardTrack[];
}

export interface Outcome {
  /**
   * On the test part: 1 less the squared error over that of the test part's own mean. 1 is perfect; who says the mean
   * whatever is heard has 0 or a little less.
   */
  readonly r2: Readonly<Partial<Record<Target, number>>>;
  readonly losses: readonly number[];
  readonly trainingSeconds: number;
}

export type OnStep = (step: number, loss: number) => void;

/** Where the cuts of a test track start; their predictions' mean is the track's. */
const TEST_SHARES = [0, 0.5, 1] as const;
const TEST_BATCH = 20;

/** Draws, initial values and dropout come from the seed: the same tracks and settings give the same outcome. */
export function runExperiment(learner: Learner, split: Split, settings: ExperimentSettings, onStep?: OnStep): Outcome {
  const { seed, batchSize, maxSpeed } = settings;
  const scales = scalesOf(split.training);
  const startMs = performance.now();
  const { parameters, losses } = train(
    learner,
    settings,
    (step) => {
      const tracks = learner.draw(split.training, scales, { seed, batchSize, step });
      return trainingExamples(learner, tracks, scales, { seed, firstExample: step * batchSize, maxSpeed });
    },
    onStep,
  );
  const trainingSeconds = (performance.now() - startMs) / 1000;
  const numTargets = learner.targets.length;
  const predicted = split.test.map(() => learner.targets.map(() => 0));
  for (let first = 0; first < split.test.length; first += TEST_BATCH) {
    const tracks = split.test.slice(first, first + TEST_BATCH);
    for (const share of TEST_SHARES) {
      const values = predict(learner, parameters, testExamples(learner, tracks, scales, share));
      for (const [cell, value] of values.entries()) {
        const own = predicted[first + Math.floor(cell / numTargets)] as number[];
        own[cell % numTargets] = (own[cell % numTargets] as number) + value / TEST_SHARES.length;
      }
    }
  }
  disposeParameters(parameters);
  const r2 = learner.targets.map((target, column) => [
    target,
    r2Of(
      predicted.map((own) => own[column] as number),
      split.test.map((track) => standardised(track, target, scales)),
    ),
  ]);
  return { r2: Object.fromEntries(r2), losses, trainingSeconds };
}

/** Sound and what is published of it no longer belong together, in both parts. */
export function shuffled({ training, test }: Split, seed: number): Split {
  return { training: withShuffledSound(training, seed), test: withShuffledSound(test, seed) };
}

/** The spectrum of each sound is left, its order in time is not, in both parts. */
export function scrambled({ training, test }: Split, seed: number): Split {
  return { training: withScrambledFrames(training, seed), test: withScrambledFrames(test, seed) };
}

export function r2Of(predicted: readonly number[], actual: readonly number[]): number {
  const mean = actual.reduce((sum, value) => sum + value, 0) / actual.length;
  const squares = (errors: readonly number[]): number => errors.reduce((sum, error) => sum + error * error, 0);
  return (
    1 -
    squares(actual.map((value, place) => value - (predicted[place] as number))) /
      squares(actual.map((value) => value - mean))
  );
}
