/** What is published of a track beside its charts: how it sounds in figures, and when it came out. */
import type { ReleaseDate } from './previews.ts';

/** Spotify's audio features, which it published of every track until November 2024. */
export interface AudioDescriptors {
  readonly tempoBpm: number;
  readonly beatsPerBar: number;
  /** The tonic: 0 is C, 1 is C sharp, 11 is B. */
  readonly pitchClass: number;
  readonly isMajor: boolean;
  /** Over the whole track, in dB of Spotify's scale: mostly -20 to 0. */
  readonly loudnessDb: number;
  /** This and all that follow: from 0 to 1. */
  readonly energy: number;
  readonly valence: number;
  readonly danceability: number;
  readonly acousticness: number;
  readonly instrumentalness: number;
  readonly speechiness: number;
  readonly liveness: number;
}

export interface TrackFacts {
  readonly descriptors: AudioDescriptors;
  readonly releaseDate: ReleaseDate;
  readonly durationMs: number;
  readonly isExplicit: boolean;
}
