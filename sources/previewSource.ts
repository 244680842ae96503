/**
 * The port through which the sound of a track comes in. Behind it: Spotify's embed page, the searches of Deezer and of
 * iTunes, a folder of the user's own files (all in previews/).
 */
import type { PreviewMatch, PreviewOrigin, TrackDetails, TrackToHear } from '../contracts/previews.ts';

export interface FoundPreview {
  readonly outcome: 'found';
  /** The file as it came; its format is told by its bytes. */
  readonly bytes: Uint8Array;
  /** Where the bytes came from, without the path: addresses of previews are temporary. null for a file. */
  readonly urlHost: string | null;
  /** Tells whether a later address is the same one (`addressKey`). null for a file. */
  readonly addressSha256: string | null;
  /** null where the source knows the track by its id. */
  readonly match: PreviewMatch | null;
  readonly details: TrackDetails | null;
  /** Made by a machine from descriptors: labelled so wherever it goes. */
  readonly isSynthetic: boolean;
}

/** A normal answer, not a failure: many tracks have no preview. */
export interface AbsentPreview {
  readonly outcome: 'absent';
  /** As a short sentence without a full stop, such as `the track is not playable`. */
  readonly why: string;
  readonly details: TrackDetails | null;
}

/** The source still offers what it offered before, at the same address: the file was not asked for again. */
export interface UnchangedPreview {
  readonly outcome: 'unchanged';
  readonly details: TrackDetails | null;
}

export type PreviewAnswer = FoundPreview | AbsentPreview | UnchangedPreview;

/** What is known of a preview that this source had before. */
export interface KnownPreview {
  /** As {@link FoundPreview} has it. */
  readonly addressSha256: string;
}

export interface PreviewSource {
  readonly origin: PreviewOrigin;
  /**
   * @param known if it is given, and the source has the preview still, the answer may be `unchanged`.
   * @throws ChartlifeError RateLimited, SourceUnavailable, RequestRefused, RobotsDisallowed, HostNotAllowed,
   *   ResponseTooLarge, LayoutChanged. An aborted search rejects with its signal's reason.
   */
  find(track: TrackToHear, signal: AbortSignal, known?: KnownPreview): Promise<PreviewAnswer>;
  close(): Promise<void>;
}
