/**
 * Does it learn? MP2's encoder, or with `siamese` the siamese network, is trained to tell tempo and energy from the
 * replica's synthetic sound, and asked about tracks it never heard; then the same with the sounds shuffled between
 * tracks, or with `--scrambled` the frames within each sound.
 *
 * `learn [siamese] [--tracks N] [--minutes M] [--seeds N] [--size small | hearing | nano] [--scrambled]`
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { AST_PRESETS } from '../models/ast/presets.ts';
import { loadTensorflow } from '../models/backend/loadTensorflow.ts';
import { countParameters } from '../models/parameters.ts';
import { nativeCacheAt, nativeCacheRoot } from '../runtime/nativeParts.ts';
import type { Target } from '../tests/models/learning/examples.ts';
import { type Outcome, runExperiment, scrambled, shuffled } from '../tests/models/learning/experiment.ts';
import { HEARING, mp2Learner, SIAMESE_HEARING, siameseLearner } from '../tests/models/learning/learners.ts';
import {
  type PlannedExperiment,
  SMALL_MP2,
  SMALL_SIAMESE,
  SMALL_SOUND,
  SMALL_TRACKS,
} from '../tests/models/learning/small.ts';
import type { Learner } from '../tests/models/learning/training.ts';
import { keptSounds } from './lib/learnSounds.ts';

const NUM_THREADS = 2;
const TEST_SHARE = 0.2;
/** Steps whose pace decides how many fit into the minutes given. */
const PACE_STEPS = 8;
const CURVE_POINTS = 10;

const { values: given, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    tracks: { type: 'string' },
    minutes: { type: 'string' },
    seeds: { type: 'string', default: '1' },
    size: { type: 'string', default: 'hearing' },
    scrambled: { type: 'boolean', default: false },
  },
});
const control = given.scrambled ? { name: 'scrambled', of: scrambled } : { name: 'shuffled', of: shuffled };
const isSiamese = positionals.includes('siamese');

/** Networks with their settings; those of `small` are the test's. */
interface Plan {
  readonly experiments: readonly PlannedExperiment[];
  readonly numTracks: number;
  readonly throughMp3: boolean;
}

const COMMON = { warmupSteps: 60, weightDecay: 0.05, maxGradientNorm: 1, maxSpeed: 1.25 } as const;
/** Without `small`: through the replica's own files. */
const USUAL = { numTracks: 500, throughMp3: true } as const;

function planOf(size: string): Plan {
  if (size === 'small') {
    const { numTraining, numTest } = SMALL_TRACKS;
    return {
      experiments: isSiamese ? SMALL_SIAMESE : SMALL_MP2,
      numTracks: numTraining + numTest,
      throughMp3: SMALL_SOUND.throughMp3,
    };
  }
  if (isSiamese) {
    const settings = { ...COMMON, numSteps: 800, batchSize: 32, peakLearningRate: 3e-3 };
    const ofTarget = (target: Target): PlannedExperiment => ({
      learner: siameseLearner(SIAMESE_HEARING, target, HEARING.numFrames),
      settings,
    });
    return { ...USUAL, experiments: [ofTarget('tempo'), ofTarget('energy')] };
  }
  const isNano = size === 'nano';
  const sizes = isNano ? AST_PRESETS.nano : { ...HEARING, numLayers: AST_PRESETS.nano.numLayers };
  const pace = { numSteps: isNano ? 1_000 : 600, peakLearningRate: 2e-3 };
  return { ...USUAL, experiments: [{ learner: mp2Learner(sizes), settings: { ...COMMON, ...pace, batchSize: 16 } }] };
}

function describe(what: string, { r2, losses, trainingSeconds }: Outcome): void {
  const length = Math.ceil(losses.length / CURVE_POINTS);
  const curve = Array.from({ length: Math.ceil(losses.length / length) }, (_, point) => {
    const own = losses.slice(point * length, (point + 1) * length);
    return (own.reduce((sum, loss) => sum + loss, 0) / own.length).toFixed(3);
  });
  const scores = Object.entries(r2).map(([target, value]) => `R² of ${target} ${value.toFixed(3)}`);
  const rate = (losses.length / trainingSeconds).toFixed(1);
  console.log(`${what.padEnd(18)} ${scores.join(', ')}`);
  console.log(`  ${losses.length} steps, ${trainingSeconds.toFixed(0)} s, ${rate} steps/s; loss ${curve.join(' ')}`);
}

const backend = loadTensorflow({
  cache: nativeCacheAt(nativeCacheRoot(process.env)),
  variant: 'cpu',
  numThreads: NUM_THREADS,
  environment: process.env,
});
const { experiments, numTracks: usualTracks, throughMp3 } = planOf(given.size);
const numTracks = given.tracks === undefined ? usualTracks : Number(given.tracks);
const numMelBins = experiments[0]?.learner.numMelBins ?? 0;
const tracks = await keptSounds(numTracks, { numMelBins, throughMp3 }, NUM_THREADS);
const numTest = given.size === 'small' ? SMALL_TRACKS.numTest : Math.round(TEST_SHARE * numTracks);
const split = { test: tracks.slice(0, numTest), training: tracks.slice(numTest) };
console.log(`TensorFlow ${backend.tensorflowVersion}, fused ops ${backend.fusedOps}, ${NUM_THREADS} threads`);
console.log(`load ${os.loadavg()[0]?.toFixed(1)} on ${os.cpus().length} processors`);
console.log(`synthetic sound of ${numTracks} tracks by their published descriptors, ${numMelBins} mel bins`);
console.log(`${split.training.length} to learn from, ${numTest} to be asked about, none in both`);
for (const { learner, settings } of experiments) {
  const frames = `${learner.numFrames} frames`;
  console.log(`\n${learner.targets.join(' and ')}: ${countParameters(learner.task.shapes)} parameters, ${frames}`);
  const own =
    given.minutes === undefined ? settings : inTime(learner, settings, Number(given.minutes) / experiments.length);
  for (let seed = 1; seed <= Number(given.seeds); seed++) {
    describe(`seed ${seed}`, runExperiment(learner, split, { ...own, seed }));
    describe(`seed ${seed}, ${control.name}`, runExperiment(learner, control.of(split, seed), { ...own, seed }));
  }
}
console.log(`\nload ${os.loadavg()[0]?.toFixed(1)} at the end`);

/** As many steps as fit into the minutes, half of them for the control. */
function inTime(
  learner: Learner,
  settings: PlannedExperiment['settings'],
  minutes: number,
): PlannedExperiment['settings'] {
  const few = { ...settings, seed: 0, warmupSteps: 0 };
  const seconds = (numSteps: number): number =>
    runExperiment(learner, { ...split, test: [] }, { ...few, numSteps }).trainingSeconds;
  const perStep = Math.max(1e-3, (seconds(2 * PACE_STEPS) - seconds(PACE_STEPS)) / PACE_STEPS);
  return { ...settings, numSteps: Math.max(2 * settings.warmupSteps, Math.floor((30 * minutes) / perStep)) };
}
