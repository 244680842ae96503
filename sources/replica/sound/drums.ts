/** Kick, snare and hats on the beats: tempo and metre are heard here first. */
import type { AudioDescriptors } from '../../../contracts/trackFacts.ts';
import { type Draw, drawsFor, noiseAt } from './draws.ts';
import { NUM_SAMPLES, SAMPLE_RATE_HZ, samplesIn } from './format.ts';
import type { Score } from './score.ts';

interface Kit {
  readonly kick: Float32Array;
  readonly snare: Float32Array;
  readonly hat: Float32Array;
}

/**
 * Danceability steadies the beat: the other beats come as strong as the first, and fewer drop out. Energy fills the
 * beats with hats, from one to four each.
 */
export function playDrums(trackId: string, { danceability, energy }: AudioDescriptors, score: Score): Float32Array {
  const out = new Float32Array(NUM_SAMPLES);
  const kit = buildKit(drawsFor(trackId, 'kit'));
  const jitter = drawsFor(trackId, 'drums/time');
  const chance = drawsFor(trackId, 'drums/chance');
  const hats = drawsFor(trackId, 'drums/hats');
  const lightBeat = 0.45 + 0.5 * danceability;
  const snareBeat = Math.max(1, Math.floor(score.beatsPerBar / 2));
  for (const beat of score.beats) {
    const isFirst = beat.inBar === 0;
    const isBackBeat = beat.inBar % 2 === 1 || (score.beatsPerBar > 1 && beat.inBar === snareBeat);
    const isDropped = !isFirst && chance(2 * beat.index) < 0.35 * (1 - danceability);
    const onset = score.onset(beat, 0, jitter);
    if (!isDropped) addHit(out, kit.kick, onset, isFirst ? 1 : lightBeat);
    if (isBackBeat && !isDropped) addHit(out, kit.snare, onset, 0.7);
    // A stray hit between the beats, where the track is no dance.
    if (chance(2 * beat.index + 1) < 0.4 * (1 - danceability) ** 2) {
      addHit(out, kit.snare, score.onset(beat, 3, jitter), 0.35);
    }
    addHit(out, kit.hat, onset, isFirst ? 1 : 0.6);
    for (let step = 1; step < 4; step += 1) {
      const likely = step === 2 ? 2.2 * energy - 0.2 : 2 * energy - 0.9;
      if (hats(beat.index * 4 + step) < likely)
        addHit(out, kit.hat, score.onset(beat, step, jitter), step === 2 ? 0.3 : 0.2);
    }
  }
  return out;
}

function addHit(out: Float32Array, hit: Float32Array, startSample: number, gain: number): void {
  const start = Math.max(0, Math.round(startSample));
  const numSamples = Math.min(hit.length, out.length - start);
  for (let i = 0; i < numSamples; i += 1) out[start + i]! += gain * hit[i]!;
}

/** Each track has drums of its own tuning. */
function buildKit(draw: Draw): Kit {
  return {
    kick: makeKick(42 + 16 * draw(0), 0.16 + 0.12 * draw(1)),
    snare: makeSnare(160 + 60 * draw(2), 0.12 + 0.08 * draw(3), Math.floor(draw(4) * 65_536)),
    hat: makeHat(0.03 + 0.03 * draw(5), Math.floor(draw(6) * 65_536)),
  };
}

/** A sine that falls to its pitch, after a click. */
function makeKick(pitchHz: number, seconds: number): Float32Array {
  let phase = 0;
  return Float32Array.from({ length: samplesIn(2 * seconds) }, (_, i) => {
    const atSeconds = i / SAMPLE_RATE_HZ;
    phase += (2 * Math.PI * pitchHz * (1 + 5 * Math.exp(-atSeconds / 0.015))) / SAMPLE_RATE_HZ;
    const click = 0.3 * noiseAt(i) * Math.exp(-atSeconds / 0.003);
    return Math.sin(phase) * Math.exp((-3 * atSeconds) / seconds) + click;
  });
}

function makeSnare(pitchHz: number, seconds: number, noisePlace: number): Float32Array {
  return Float32Array.from({ length: samplesIn(1.5 * seconds) }, (_, i) => {
    const atSeconds = i / SAMPLE_RATE_HZ;
    const skin = 0.5 * Math.sin(2 * Math.PI * pitchHz * atSeconds) * Math.exp(-atSeconds / 0.04);
    return skin + 0.6 * noiseAt(noisePlace + i) * Math.exp((-4 * atSeconds) / seconds);
  });
}

/** Noise without its low half: the difference of neighbours, twice. */
function makeHat(seconds: number, noisePlace: number): Float32Array {
  return Float32Array.from({ length: samplesIn(2 * seconds) }, (_, i) => {
    const place = noisePlace + i;
    const high = noiseAt(place) - 2 * noiseAt(place + 1) + noiseAt(place + 2);
    return 0.3 * high * Math.exp((-4 * i) / SAMPLE_RATE_HZ / seconds);
  });
}
