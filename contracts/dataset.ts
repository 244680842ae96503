/** What a run trains on: trajectories and spectrograms of a snapshot, split into parts. */
import type { CalendarDate } from './dates.ts';
import type { TrackId } from './ids.ts';
import type { Region } from './regions.ts';

export const TRAJECTORY_SOURCES = ['daily', 'weekly', 'track'] as const;
/** Which trajectories of the lake: see the view `trajectory`. */
export type TrajectorySource = (typeof TRAJECTORY_SOURCES)[number];

export const SPLIT_PARTS = ['training', 'validation', 'test'] as const;
export type SplitPart = (typeof SPLIT_PARTS)[number];

export const SPLIT_KINDS = ['debut-date', 'random-leaky'] as const satisfies readonly SplitSettings['kind'][];

export type SplitSettings = DebutDateSplit | RandomTrackSplit;

/**
 * Forward in time: the oldest debuts train, the newest test, and what is known of training tracks ends where the next
 * part begins. Versions of one song (the same name, and anybody in common) are in one part: where they fall into several,
 * they stay in the latest and are left out of the others. With `keepsArtistsTogether` so are all songs of a lead artist,
 * and nobody of a test track, lead or featured, is heard in training.
 */
export interface DebutDateSplit {
  readonly kind: 'debut-date';
  /** Of the tracks, by debut. */
  readonly validationShare: number;
  readonly testShare: number;
  /** Debuts of so many days before a part begins are in no part. */
  readonly embargoDays: number;
  readonly keepsArtistsTogether: boolean;
  /** From 0: so many test parts are left off at the new end, as if the charts had ended earlier. */
  readonly fold: number;
}

/** The original's: by track at random. It leaks: versions, artists and calendar are in all parts. */
export interface RandomTrackSplit {
  readonly kind: 'random-leaky';
  readonly validationShare: number;
  readonly testShare: number;
  /** From 0: the test part of each fold is another. */
  readonly fold: number;
}

/** How often training draws a region, of those where a track charted: a share of the sum of their weights. */
export interface RegionWeights {
  /** From 0; a region that is not named has `otherWeight`. */
  readonly weights: Readonly<Record<string, number>>;
  readonly otherWeight: number;
}

/** What the lake knows of a week: nothing; that the track was off the chart; that it was on it, with its streams. */
export const WEEK_STATE = { unseen: 0, off: 1, on: 2 } as const;

/** A track in a region, from its debut there. */
export interface Trajectory {
  readonly region: Region;
  readonly debut: CalendarDate;
  /** A {@link WEEK_STATE} per week. */
  readonly states: Uint8Array;
  /** log10 of the week's streams; 0 where it is not on the chart. */
  readonly log10Streams: Float32Array;
}

/** Of the tracks that charted in a region, how many can be trained on, and why others can't. */
export interface RegionCoverage {
  readonly numCharted: number;
  /** A spectrogram of the feature version: for most sources, a preview was found. */
  readonly numWithSound: number;
  /** Not left-censored. */
  readonly numDebutKnown: number;
  readonly numWithBoth: number;
}

/** A track with its sound and its trajectories. */
export interface TrackExample {
  readonly trackId: TrackId;
  readonly title: string | null;
  /**
   * Lead artists in whatever chart, in the order of the texts: the id, or `name:` and the name in lower case where the
   * lake has no id and not exactly one artist of that name. Empty where no chart names one.
   */
  readonly artists: readonly string[];
  /** Featured artists who are never a lead of the track, in the same form. */
  readonly featured: readonly string[];
  readonly isSynthetic: boolean;
  readonly shardSha256: string;
  readonly rowInShard: number;
  readonly valuesSha256: string;
  /** In the order of their regions; at least one. */
  readonly trajectories: readonly Trajectory[];
}
