/** The tune: beats, bars, chords and a melody of one track, from its tempo, key, mode, valence and id. */
import type { AudioDescriptors } from '../../../contracts/trackFacts.ts';
import { type Draw, drawsFor } from './draws.ts';
import { NUM_SAMPLES, SAMPLE_RATE_HZ } from './format.ts';

/** Each beat is divided in four. */
export const STEPS_PER_BEAT = 4;
/** Chords change with the bars, but not faster than this. */
const LEAST_CHORD_SECONDS = 1.4;
/** The C from which tonics are counted, as a MIDI note. */
const LOWEST_TONIC = 36;
/** The melody walks over the steps from 0 to twice this. */
const MELODY_MIDDLE = 3;
const EIGHTHS_IN_MOTIF_BAR = 16;
/** How far an onset may stray from the grid where danceability is 0, as a share of a beat. */
const MOST_JITTER_BEATS = 0.07;

const MAJOR_SCALE = [0, 2, 4, 5, 7, 9, 11] as const;
const MINOR_SCALE = [0, 2, 3, 5, 7, 8, 10] as const;
/** Steps of the scale on which chords stand, from the tonic: what cheers and what does not, in either mode. */
const PROGRESSIONS = {
  majorBright: [0, 3, 4, 3, 0, 4, 3, 4],
  majorDark: [0, 5, 1, 5, 0, 2, 5, 1],
  minorBright: [0, 5, 2, 6, 0, 2, 5, 6],
  minorDark: [0, 3, 0, 4, 0, 1, 3, 4],
} as const;

export interface Beat {
  readonly index: number;
  /** From 0 in its bar. */
  readonly inBar: number;
  readonly bar: number;
  readonly startSample: number;
}

export interface Score {
  readonly beatSamples: number;
  readonly beats: readonly Beat[];
  readonly beatsPerBar: number;
  /** The samples at which a step of a beat sounds: near the grid, the nearer the more danceable. */
  onset(beat: Beat, step: number, player: Draw): number;
  /** The chord at a beat: the scale's step on which it stands, from the tonic. */
  chordAt(beat: Beat): number;
  /** The MIDI note number nearest to `near` that has the pitch class of a step of the scale from the tonic. */
  noteNear(scaleStep: number, near: number): number;
  /** The melody's note in an eighth of a beat's bar, around a MIDI note: on the beat one of the chord's. Comes again every two bars, and varies. */
  melodyNote(beat: Beat, half: number, around: number): number;
}

export function writeScore(trackId: string, descriptors: AudioDescriptors): Score {
  const { tempoBpm, pitchClass, isMajor, valence, danceability } = descriptors;
  const beatSamples = (60 / tempoBpm) * SAMPLE_RATE_HZ;
  const beatsPerBar = Math.max(1, descriptors.beatsPerBar);
  const beats = Array.from({ length: Math.ceil(NUM_SAMPLES / beatSamples) }, (_, index) => ({
    index,
    inBar: index % beatsPerBar,
    bar: Math.floor(index / beatsPerBar),
    startSample: index * beatSamples,
  }));
  const jitterSamples = (1 - danceability) * MOST_JITTER_BEATS * beatSamples;
  const scale = isMajor ? MAJOR_SCALE : MINOR_SCALE;
  const barsPerChord = Math.ceil((LEAST_CHORD_SECONDS * SAMPLE_RATE_HZ) / (beatsPerBar * beatSamples));
  const bright = isMajor ? PROGRESSIONS.majorBright : PROGRESSIONS.minorBright;
  const dark = isMajor ? PROGRESSIONS.majorDark : PROGRESSIONS.minorDark;
  const mood = drawsFor(trackId, 'mood');
  const turn = 2 * Math.floor(2 * drawsFor(trackId, 'progression')(0));
  const melody = writeMelody(trackId);
  const tonic = LOWEST_TONIC + pitchClass;
  const noteNear = (scaleStep: number, near: number): number => {
    const note = tonic + scale[modulo(scaleStep, scale.length)]!;
    return note + 12 * Math.round((near - note) / 12);
  };
  const chordAt = ({ bar }: Beat): number => {
    const place = Math.floor(bar / barsPerChord) % bright.length;
    // The first of four is the tonic's, whatever the mood.
    if (place % 4 === 0) return 0;
    return (mood(place) < valence ? bright : dark)[(place + turn) % bright.length]!;
  };
  return {
    beatSamples,
    beats,
    beatsPerBar,
    onset: ({ index, startSample }, step, player) =>
      startSample +
      (step / STEPS_PER_BEAT) * beatSamples +
      jitterSamples * (2 * player(index * STEPS_PER_BEAT + step) - 1),
    chordAt,
    noteNear,
    melodyNote: (beat, half, around) => {
      const lowest = tonic + 12 * Math.floor((around - tonic) / 12);
      const stepsUp = scale.filter((semitones) => lowest + semitones <= around).length - 1;
      const step = stepsUp + melody(beat.bar, 2 * beat.inBar + half) - MELODY_MIDDLE;
      const note = lowest + 12 * Math.floor(step / scale.length) + scale[modulo(step, scale.length)]!;
      if (half !== 0) return note;
      const chord = [0, 2, 4].map((third) => noteNear(chordAt(beat) + third, note));
      return chord.reduce((best, tone) => (Math.abs(tone - note) < Math.abs(best - note) ? tone : best));
    },
  };
}

/** A walk over an octave of the scale: which step in which eighth of which bar. */
function writeMelody(trackId: string): (bar: number, eighth: number) => number {
  const walk = drawsFor(trackId, 'melody');
  const change = drawsFor(trackId, 'melody/change');
  const motif: number[] = [];
  let step = MELODY_MIDDLE;
  for (let place = 0; place < 2 * EIGHTHS_IN_MOTIF_BAR; place += 1) {
    motif.push(step);
    const move = Math.floor(5 * walk(place)) - 2;
    step += step + move < 0 || step + move > 2 * MELODY_MIDDLE ? -move : move;
  }
  return (bar, eighth) => {
    const place = (bar % 2) * EIGHTHS_IN_MOTIF_BAR + (eighth % EIGHTHS_IN_MOTIF_BAR);
    const variation = bar % 4 === 3 ? Math.floor(3 * change(place)) - 1 : 0;
    return motif[place]! + variation;
  };
}

function modulo(value: number, base: number): number {
  return ((value % base) + base) % base;
}
