/**
 * Half a minute of sound from what was published of a track: a stand-in for a preview that can't be handed on. Never a
 * recording, nor like one; every descriptor can be heard and measured in it.
 *
 * | descriptor | what it decides |
 * |---|---|
 * | tempo, time signature | the grid of beats and bars, exactly |
 * | danceability | how near the onsets keep to the grid, how even the beats are, how loud the drums |
 * | key, mode | scale, chords and bass |
 * | valence | how high the melody lies; cheerful or sombre chords within the mode |
 * | energy | events per beat, distortion, and the power above 1.5 and 5 kHz |
 * | acousticness | decaying tones of few harmonics instead of held ones of many |
 * | instrumentalness | how much of the sung line is left out |
 * | speechiness | how loud syllables are, out of step with the beat |
 * | liveness | reverberation and a crowd |
 * | loudness | the RMS of the whole |
 *
 * The id decides the rest: melody, progression, tuning of drums, vowels, timings. The same id and descriptors give the
 * same samples, to the last bit.
 */
import { ChartlifeError } from '../../../contracts/errors.ts';
import type { AudioDescriptors } from '../../../contracts/trackFacts.ts';
import { playBand } from './band.ts';
import { drawsFor } from './draws.ts';
import { playDrums } from './drums.ts';
import { NUM_SAMPLES, SAMPLE_RATE_HZ } from './format.ts';
import { addPart, distort, rmsOf, setBrightness, setLoudness } from './mastering.ts';
import { cheer, reverberate } from './room.ts';
import { writeScore } from './score.ts';
import { sing, speak } from './voices.ts';

export interface RenderedSound {
  /** Mono, within -1 to 1. */
  readonly samples: Float32Array;
  readonly sampleRateHz: number;
}

/**
 * The RMS of the sound in dB of full scale is the descriptor's loudness less this, exactly: Spotify's scale ends near 0,
 * and peaks need room.
 */
export const LOUDNESS_TO_RMS_DB = 12;

const SLOWEST_BPM = 20;
const FASTEST_BPM = 400;
/** The power above a frequency at energy 0, in dB of the power below, and how much more it is at energy 1. */
const BRIGHTNESS = [
  { splitHz: 5_000, dullestDb: -36, rangeDb: 25 },
  { splitHz: 1_500, dullestDb: -21, rangeDb: 19 },
] as const;

/** @throws ChartlifeError InvalidInput for descriptors that can't be */
export function renderPreview(trackId: string, descriptors: AudioDescriptors): RenderedSound {
  requirePossible(trackId, descriptors);
  const { energy, danceability, instrumentalness, speechiness, liveness, loudnessDb } = descriptors;
  const score = writeScore(trackId, descriptors);
  const level = drawsFor(trackId, 'levels');
  const vary = (place: number): number => 0.9 + 0.2 * level(place);

  const mix = playBand(trackId, descriptors, score);
  distort(mix, 0.25 + 2.5 * energy * energy);
  const samples = new Float32Array(NUM_SAMPLES);
  addPart(samples, mix, 1);
  addPart(samples, playDrums(trackId, descriptors, score), (0.5 + 0.7 * danceability) * vary(0));
  addPart(samples, sing(trackId, score), 0.9 * (1 - instrumentalness) * vary(1));
  addPart(samples, speak(trackId), 2 * speechiness * vary(2));
  addPart(samples, cheer(trackId), 0.7 * liveness * vary(3));
  addPart(samples, reverberate(samples, 0.5 + 2.5 * liveness), (0.05 + 0.7 * liveness) * rmsOf(samples));
  for (const { splitHz, dullestDb, rangeDb } of BRIGHTNESS)
    setBrightness(samples, splitHz, dullestDb + rangeDb * energy);
  setLoudness(samples, loudnessDb - LOUDNESS_TO_RMS_DB);
  return { samples, sampleRateHz: SAMPLE_RATE_HZ };
}

function requirePossible(trackId: string, descriptors: AudioDescriptors): void {
  const { tempoBpm, beatsPerBar, pitchClass, isMajor: _, loudnessDb, ...shares } = descriptors;
  const isWhole = (value: number, least: number, most: number): boolean =>
    Number.isInteger(value) && value >= least && value <= most;
  const isPossible =
    tempoBpm >= SLOWEST_BPM &&
    tempoBpm <= FASTEST_BPM &&
    isWhole(beatsPerBar, 1, 16) &&
    isWhole(pitchClass, 0, 11) &&
    loudnessDb >= -80 &&
    loudnessDb <= 6 &&
    Object.values(shares).every((share) => share >= 0 && share <= 1);
  if (isPossible) return;
  throw new ChartlifeError('InvalidInput', `track ${trackId} can't sound like ${JSON.stringify(descriptors)}`, {
    next: `Give ${SLOWEST_BPM} to ${FASTEST_BPM} beats a minute, a pitch class from 0 to 11, shares from 0 to 1.`,
    details: { trackId },
  });
}
