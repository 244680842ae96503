/** Bass, chords and the leading melody: key and mode, and the timbre that acousticness decides. */
import type { AudioDescriptors } from '../../../contracts/trackFacts.ts';
import { type Draw, drawsFor } from './draws.ts';
import { NUM_SAMPLES } from './format.ts';
import type { Beat, Score } from './score.ts';
import { addTone, frequencyOf } from './tone.ts';
import { type Timbre, tableFor } from './wavetables.ts';

const BASS_NOTE = 40;
const CHORD_NOTE = 57;
/** The melody's middle at valence 0, and how far it rises to valence 1, as MIDI notes: from G3 to G5. */
const LOWEST_LEAD_NOTE = 55;
const LEAD_RANGE_NOTES = 24;
/** Plucked notes are gone in this time; bowed ones hold. */
const PLUCK_SECONDS = { bass: 1.2, chord: 0.9, lead: 0.7 } as const;

interface Player {
  readonly out: Float32Array;
  readonly acousticness: number;
  /** The timbre of the part that is not acoustic. */
  readonly electric: Timbre;
}

export function playBand(trackId: string, descriptors: AudioDescriptors, score: Score): Float32Array {
  const { acousticness, energy, valence } = descriptors;
  const out = new Float32Array(NUM_SAMPLES);
  const choice = drawsFor(trackId, 'band');
  const electric: Timbre = choice(0) < 0.6 ? 'bright' : 'hollow';
  const player: Player = { out, acousticness, electric };
  const jitter = drawsFor(trackId, 'band/time');
  const rests = drawsFor(trackId, 'band/rests');
  const leadNote = LOWEST_LEAD_NOTE + LEAD_RANGE_NOTES * valence + 2 * choice(1);
  for (const beat of score.beats) {
    playBass(player, score, beat, jitter);
    playChord(player, score, beat, jitter);
    for (const half of [0, 1]) {
      if (rests(2 * beat.index + half) > 0.35 + 0.45 * energy) continue;
      const note = score.melodyNote(beat, half, leadNote);
      const start = score.onset(beat, 2 * half, jitter);
      playNote(player, start, 0.48 * score.beatSamples, note, 1, PLUCK_SECONDS.lead);
    }
  }
  return out;
}

function playBass(player: Player, score: Score, beat: Beat, jitter: Draw): void {
  const isStrong = beat.inBar === 0 || beat.inBar === 2;
  const note = score.noteNear(score.chordAt(beat), BASS_NOTE);
  playNote(
    player,
    score.onset(beat, 0, jitter),
    0.9 * score.beatSamples,
    note,
    isStrong ? 0.9 : 0.55,
    PLUCK_SECONDS.bass,
  );
}

/** All three notes held for the beat, or broken into one after the other: acoustic players break them. */
function playChord(player: Player, score: Score, beat: Beat, jitter: Draw): void {
  const step = score.chordAt(beat);
  const root = score.noteNear(step, CHORD_NOTE);
  const notes = [root, score.noteNear(step + 2, root + 4), score.noteNear(step + 4, root + 7)];
  for (const [place, note] of notes.entries()) {
    const start = score.onset(beat, 0, jitter) + (place * player.acousticness * score.beatSamples) / 4;
    playNote(player, start, score.beatSamples, note, 0.5, PLUCK_SECONDS.chord);
  }
}

/** A held tone of the electric timbre and a plucked one, as much of each as acousticness says. */
function playNote(
  { out, acousticness, electric }: Player,
  startSample: number,
  numSamples: number,
  note: number,
  gain: number,
  pluckSeconds: number,
): void {
  const frequencyHz = frequencyOf(note);
  const tone = { startSample, numSamples, frequencyHz };
  const held = gain * Math.sqrt(1 - acousticness);
  const plucked = 1.6 * gain * Math.sqrt(acousticness);
  if (held > 0.01)
    addTone(out, { ...tone, gain: held, table: tableFor(electric, frequencyHz), decaySeconds: Infinity });
  if (plucked > 0.01) {
    addTone(out, { ...tone, gain: plucked, table: tableFor('pure', frequencyHz), decaySeconds: pluckSeconds });
  }
}
