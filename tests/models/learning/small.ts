/** Networks and settings with which it learns within seconds: what the test runs, and the bench for many seeds. */
import type { ExperimentSettings } from './experiment.ts';
import type { HearingSettings } from './hearTracks.ts';
import { HEARING, mp2Learner, SIAMESE_HEARING, siameseLearner } from './learners.ts';
import type { Learner } from './training.ts';

/** A network, and how it is trained but for the seed. */
export interface PlannedExperiment {
  readonly learner: Learner;
  readonly settings: Omit<ExperimentSettings, 'seed'>;
}

export const SMALL_TRACKS = { numTest: 60, numTraining: 120 } as const;
/** Of half a minute 6.4 s at a time. */
const NUM_FRAMES = 640;
/** Without the way through an MP3, which takes as long again. */
export const SMALL_SOUND: HearingSettings = { numMelBins: HEARING.numMelBins, throughMp3: false };

const COMMON = { weightDecay: 0.05, maxGradientNorm: 1, maxSpeed: 1.25 } as const;

export const SMALL_MP2: readonly PlannedExperiment[] = [
  {
    learner: mp2Learner({ ...HEARING, numFrames: NUM_FRAMES }),
    settings: { ...COMMON, numSteps: 500, warmupSteps: 50, batchSize: 16, peakLearningRate: 2e-3 },
  },
];

/** Energy is heard sooner than tempo. */
export const SMALL_SIAMESE: readonly PlannedExperiment[] = [
  {
    learner: siameseLearner(SIAMESE_HEARING, 'tempo', NUM_FRAMES),
    settings: { ...COMMON, numSteps: 500, warmupSteps: 50, batchSize: 32, peakLearningRate: 3e-3 },
  },
  {
    learner: siameseLearner(SIAMESE_HEARING, 'energy', NUM_FRAMES),
    settings: { ...COMMON, numSteps: 200, warmupSteps: 50, batchSize: 32, peakLearningRate: 3e-3 },
  },
];
