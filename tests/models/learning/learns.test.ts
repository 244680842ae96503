/**
 * The whole stack at once: synthetic sound of real tracks' published descriptors, its filterbank, shards, a compiled
 * training step, predictions for tracks that were never heard. With sounds shuffled between tracks nothing is learned.
 *
 * Figures of six seeds, and what of the code was broken to see it fail, stand in docs/learning.md.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectNoLeak, useTensorflow } from '../tensorflow.ts';
import type { Target } from './examples.ts';
import { runExperiment, type Split, shuffled } from './experiment.ts';
import { chooseTracks, readSounds, writeSounds } from './hearTracks.ts';
import { type PlannedExperiment, SMALL_MP2, SMALL_SIAMESE, SMALL_SOUND, SMALL_TRACKS } from './small.ts';

const SEED = 1;
const NUM_THREADS = 2;
const TIMEOUT_MS = 300_000;
/** Far below the worst of six seeds. */
const LEAST_R2 = {
  MP2: { tempo: 0.7, energy: 0.85 },
  siamese: { tempo: 0.8, energy: 0.85 },
} as const satisfies Readonly<Record<string, Readonly<Record<Target, number>>>>;
/** What nothing was learned from. */
const MOST_SHUFFLED_R2 = 0.15;

useTensorflow();
expectNoLeak();

let split: Split;

beforeAll(async () => {
  const { numTest, numTraining } = SMALL_TRACKS;
  const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-learning-'));
  try {
    const tracks = await chooseTracks(numTest + numTraining);
    const refs = await writeSounds(folder, tracks, SMALL_SOUND, NUM_THREADS);
    const heard = await readSounds(folder, tracks, refs);
    split = { test: heard.slice(0, numTest), training: heard.slice(numTest) };
  } finally {
    await rm(folder, { recursive: true });
  }
}, TIMEOUT_MS);

test('no track is in both parts', () => {
  const ids = [...split.training, ...split.test].map(({ trackId }) => trackId);
  expect(new Set(ids).size).toBe(SMALL_TRACKS.numTest + SMALL_TRACKS.numTraining);
});

test('shuffling leaves every sound in its part, and none to its own track', () => {
  const other = shuffled(split, SEED);
  for (const part of ['training', 'test'] as const) {
    const own = new Set(split[part].map(({ sound }) => sound));
    const given = new Set(other[part].map(({ sound }) => sound));
    expect(given.size === own.size && [...given].every((sound) => own.has(sound))).toBe(true);
    expect(other[part].map(({ trackId }) => trackId)).toEqual(split[part].map(({ trackId }) => trackId));
    expect(other[part].filter(({ sound }, place) => sound === split[part][place]?.sound)).toHaveLength(0);
  }
});

describe.each([
  ['MP2', SMALL_MP2, LEAST_R2.MP2],
  ['the siamese network', SMALL_SIAMESE, LEAST_R2.siamese],
] satisfies [string, readonly PlannedExperiment[], Readonly<Record<Target, number>>][])(
  '%s',
  (name, experiments, leastR2) => {
    test.each(experiments)(
      'hears $learner.targets of tracks it never heard, and not in shuffled sound',
      ({ learner, settings }) => {
        const heard = runExperiment(learner, split, { ...settings, seed: SEED });
        const blind = runExperiment(learner, shuffled(split, SEED), { ...settings, seed: SEED });
        for (const target of learner.targets) {
          const [own = Number.NaN, other = Number.NaN] = [heard.r2[target], blind.r2[target]];
          console.log(`${name}: R² of ${target} ${own.toFixed(3)}; of shuffled sound ${other.toFixed(3)}`);
          expect(own, `R² of ${target}`).toBeGreaterThan(leastR2[target]);
          expect(other, `R² of ${target}, shuffled`).toBeLessThan(MOST_SHUFFLED_R2);
        }
      },
      TIMEOUT_MS,
    );
  },
);
