/** From tracks that were heard to what a network trains on: standardised targets, normalised and stretched cuts. */
import { fromFloat16 } from '../../../data/shards/float16.ts';
import { Draws } from '../../../runtime/philox.ts';
import type { HeardTrack } from './hearTracks.ts';
import type { Examples, Learner } from './training.ts';

/** `tempo` is the binary logarithm of beats per minute: a track played faster is moved, and not widened too. */
export type Target = 'tempo' | 'energy';

/** (value - mean) / scale. */
export interface Scale {
  readonly mean: number;
  readonly scale: number;
}

/** Measured on the training part alone. */
export interface Scales {
  /** Of log-mel energies: the mean and twice the standard deviation, as AST has it. */
  readonly sound: Scale;
  readonly targets: Readonly<Record<Target, Scale>>;
}

/** Which track, and what of its sound. */
interface Cut {
  readonly track: HeardTrack;
  readonly startFrame: number;
  /** Above 1 is faster: so many frames become one. The tempo is as much higher. */
  readonly speed: number;
}

/** Of the run's draws, beside those of models/training/purposes.ts. */
const PURPOSE = { shuffle: 32, start: 33, speed: 34, scramble: 35 } as const;

export function scalesOf(training: readonly HeardTrack[]): Scales {
  let [sum, sumOfSquares, count] = [0, 0, 0];
  for (const { sound } of training) {
    for (const value of fromFloat16(sound.halves)) {
      sum += value;
      sumOfSquares += value * value;
    }
    count += sound.halves.length;
  }
  const mean = sum / count;
  const ofTarget = (target: Target): Scale => {
    const values = training.map((track) => publishedOf(track, target));
    const own = meanOf(values);
    return { mean: own, scale: Math.sqrt(meanOf(values.map((value) => (value - own) ** 2))) };
  };
  return {
    sound: { mean, scale: 2 * Math.sqrt(sumOfSquares / count - mean * mean) },
    targets: { tempo: ofTarget('tempo'), energy: ofTarget('energy') },
  };
}

/** In units of the training part's standard deviation, from its mean. */
export function standardised(track: HeardTrack, target: Target, { targets }: Scales): number {
  return (publishedOf(track, target) - targets[target].mean) / targets[target].scale;
}

/** The same tracks, each with the sound of another of them: what is published no longer tells how it sounds. */
export function withShuffledSound(tracks: readonly HeardTrack[], seed: number): HeardTrack[] {
  const order = oneCycle(tracks.length, new Draws(seed, 0, PURPOSE.shuffle));
  return tracks.map((track, place) => ({ ...track, sound: (tracks[order[place] as number] as HeardTrack).sound }));
}

/** The same tracks, the frames of each in an order of their own: its spectrum is left, its rhythm is not. */
export function withScrambledFrames(tracks: readonly HeardTrack[], seed: number): HeardTrack[] {
  return tracks.map((track, place) => {
    const { numFrames, numMelBins, halves } = track.sound;
    const order = oneCycle(numFrames, new Draws(seed, place, PURPOSE.scramble));
    const scrambled = new Uint16Array(halves.length);
    for (const [frame, from] of order.entries()) {
      scrambled.set(halves.subarray(from * numMelBins, (from + 1) * numMelBins), frame * numMelBins);
    }
    return { ...track, sound: { numFrames, numMelBins, halves: scrambled } };
  });
}

/** A drawn permutation of 0 .. length - 1 that is one cycle (Sattolo's way): none keeps its place. */
function oneCycle(length: number, draws: Draws): number[] {
  const order = Array.from({ length }, (_, place) => place);
  for (let last = length - 1; last > 0; last--) {
    const other = draws.integer(0, last - 1);
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return order;
}

/**
 * Cuts from drawn places, played faster or slower by a drawn factor: the tempo changes by it, the energy does not
 * (Schreiber and Müller 2018, ISMIR, augment so for tempo).
 *
 * @param firstExample in the run's order, from 0
 * @param maxSpeed the speed is drawn from 1 / this to this, evenly on a logarithmic scale
 */
export function trainingExamples(
  learner: Learner,
  tracks: readonly HeardTrack[],
  scales: Scales,
  { seed, firstExample, maxSpeed }: { readonly seed: number; readonly firstExample: number; readonly maxSpeed: number },
): Examples {
  const cuts = tracks.map((track, place) => {
    const speed = maxSpeed ** new Draws(seed, firstExample + place, PURPOSE.speed).between(-1, 1);
    const lastStart = Math.max(0, track.sound.numFrames - 1 - learner.numFrames * speed);
    return { track, speed, startFrame: new Draws(seed, firstExample + place, PURPOSE.start).between(0, lastStart) };
  });
  return examplesOf(learner, cuts, scales);
}

/** Cuts as they are. @param share where they start: 0 the first frames, 1 the last */
export function testExamples(learner: Learner, tracks: readonly HeardTrack[], scales: Scales, share: number): Examples {
  const cuts = tracks.map((track) => ({
    track,
    speed: 1,
    startFrame: Math.floor(share * (track.sound.numFrames - learner.numFrames)),
  }));
  return examplesOf(learner, cuts, scales);
}

function examplesOf({ numFrames, numMelBins, targets }: Learner, cuts: readonly Cut[], scales: Scales): Examples {
  const x = new Float32Array(cuts.length * numFrames * numMelBins);
  const size = numFrames * numMelBins;
  for (const [place, cut] of cuts.entries()) fillCut(x.subarray(place * size, (place + 1) * size), cut, scales.sound);
  const y = cuts.flatMap(({ track, speed }) =>
    targets.map(
      (target) =>
        standardised(track, target, scales) + (target === 'tempo' ? Math.log2(speed) / scales.targets.tempo.scale : 0),
    ),
  );
  return { batchSize: cuts.length, x, y: Float32Array.from(y) };
}

/** Between two frames of the sound lies a straight line. */
function fillCut(out: Float32Array, { track: { sound }, startFrame, speed }: Cut, { mean, scale }: Scale): void {
  const { numFrames, numMelBins } = sound;
  const first = Math.floor(startFrame);
  const end = Math.min(numFrames, Math.ceil(startFrame + (out.length / numMelBins) * speed) + 1);
  const values = fromFloat16(sound.halves.subarray(first * numMelBins, end * numMelBins));
  const lastRow = values.length - numMelBins;
  for (let frame = 0; frame * numMelBins < out.length; frame++) {
    const at = startFrame - first + frame * speed;
    const before = Math.min(lastRow, Math.floor(at) * numMelBins);
    const after = Math.min(lastRow, before + numMelBins);
    const share = at - Math.floor(at);
    for (let bin = 0; bin < numMelBins; bin++) {
      const value = (values[before + bin] as number) * (1 - share) + (values[after + bin] as number) * share;
      out[frame * numMelBins + bin] = (value - mean) / scale;
    }
  }
}

function publishedOf({ descriptors: { tempoBpm, energy } }: HeardTrack, target: Target): number {
  return target === 'tempo' ? Math.log2(tempoBpm) : energy;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
