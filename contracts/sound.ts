/** What the lake is told of the sound of tracks: one batch is one shard of spectrograms and one transaction. */
import type { CalendarDate } from './dates.ts';
import type { ErrorType } from './errors.ts';
import type { TrackId } from './ids.ts';
import type { PreviewMatch, PreviewOrigin, TrackDetails } from './previews.ts';

/** A preview's file, and what decoding made of it. */
export interface PreviewAudio {
  /** Of the file's bytes. */
  readonly sha256: string;
  readonly numBytes: number;
  /** null where nothing of it could be decoded: then `error` says why. */
  readonly decoded: {
    readonly format: string;
    readonly sampleRateHz: number;
    readonly numChannels: number;
    readonly seconds: number;
    /** Damages that were passed over, in words. */
    readonly losses: readonly string[];
    readonly numLosses: number;
    /** Per channel, at the decoded rate. */
    readonly numSamplesLost: number;
  } | null;
  readonly error: { readonly errorType: ErrorType; readonly message: string } | null;
  /** Whether the file itself stays in the home. */
  readonly isKept: boolean;
}

/** What one source answered about one track. */
export interface PreviewRecord {
  readonly trackId: TrackId;
  readonly source: PreviewOrigin;
  /** Why there is none; null where one was found. */
  readonly why: string | null;
  /** `failed`: `why` is no answer but what went wrong. `unchanged`: the source has what it had. Absent: neither. */
  readonly outcome?: 'failed' | 'unchanged';
  /** Names the audio's address without telling it. Absent or null for a file of one's own, and where there is none. */
  readonly addressSha256?: string | null;
  readonly urlHost: string | null;
  readonly match: PreviewMatch | null;
  readonly details: TrackDetails | null;
  readonly isSynthetic: boolean;
  /** null where there is none. */
  readonly audio: PreviewAudio | null;
}

/** One row of a shard. */
export interface SpectrogramRecord {
  readonly trackId: TrackId;
  readonly source: PreviewOrigin;
  readonly isSynthetic: boolean;
  readonly audioSha256: string;
  readonly numFrames: number;
  readonly rowInShard: number;
  /** Of the float16 values, little-endian. */
  readonly valuesSha256: string;
}

/** The settings that spectrograms were computed with, and their name. */
export interface FeatureVersion {
  /** SHA-256 over every setting. */
  readonly version: string;
  readonly settingsJson: string;
  readonly numMelBins: number;
}

export interface SoundBatch {
  /** The night that is meant; asking again is counted from it. */
  readonly askedOn: CalendarDate;
  readonly feature: FeatureVersion;
  /** null where no spectrogram came of it. `numRows`: of the file; absent where all of them are in the batch. */
  readonly shard: { readonly sha256: string; readonly numBytes: number; readonly numRows?: number } | null;
  readonly spectrograms: readonly SpectrogramRecord[];
  readonly previews: readonly PreviewRecord[];
}

export interface SoundCommit {
  readonly outcome: 'committed' | 'unchanged';
  readonly snapshotId: number | null;
  readonly numSpectrograms: number;
}

/** A shard as the lake knows it. */
export interface ShardRecord {
  readonly sha256: string;
  readonly featureVersion: string;
  readonly numBytes: number;
  /** Of the file; the lake may refer to fewer. */
  readonly numRows: number;
  readonly numMelBins: number;
  readonly featureSettingsJson: string;
  /** Those that the lake refers to. */
  readonly rows: readonly SpectrogramRecord[];
}
