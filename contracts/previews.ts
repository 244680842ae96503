/** The sound of a track: where it may come from, and what is known of it. */
import type { CalendarDate } from './dates.ts';
import type { TrackId } from './ids.ts';
import type { ArtistCredit } from './pages.ts';

/** The places a user may turn on, in the order in which they are asked. */
export const PREVIEW_SOURCES = ['spotify', 'deezer', 'itunes', 'folder'] as const;
export type PreviewSourceName = (typeof PREVIEW_SOURCES)[number];

/** What binds the user of a source, in one line: said when a source is turned on. */
export const PREVIEW_TERMS: Readonly<Record<PreviewSourceName, string>> = {
  spotify: 'Spotify allows personal, non-commercial use; its developer policy bars training models on Spotify content.',
  deezer: 'Deezer’s terms of use bind whoever fetches its previews: read them before you use any.',
  itunes: 'Apple allows previews only to promote the store’s content, beside a link to it, not for entertainment.',
  folder: 'Your own files: you must hold the rights that your use of them needs.',
};

/** As the lake tells them apart. `replica`: rendered on this machine from published descriptors, never a recording. */
export type PreviewOrigin = PreviewSourceName | 'replica';

/**
 * `gone`: it was found once, and the source has it no longer. `failed`: the source did not say, and asking it again the
 * next night would not help.
 */
export const PREVIEW_STATES = ['found', 'absent', 'gone', 'failed'] as const;
export type PreviewState = (typeof PREVIEW_STATES)[number];

/** A track as a source is asked for it: by its id where the source knows ids, else by what it is called. */
export interface TrackToHear {
  readonly trackId: TrackId;
  /** null where no page named it. */
  readonly title: string | null;
  /** In the charts' order; empty where no page named any. */
  readonly artistNames: readonly string[];
}

export const RELEASE_DATE_PRECISIONS = ['day', 'month', 'year'] as const;
export type ReleaseDatePrecision = (typeof RELEASE_DATE_PRECISIONS)[number];

export interface ReleaseDate {
  /** The first day of the stated day, month or year. */
  readonly date: CalendarDate;
  readonly precision: ReleaseDatePrecision;
}

/** What a source says of a track beside its sound. */
export interface TrackDetails {
  readonly title: string | null;
  /** All of them, in the source's order. */
  readonly artists: readonly ArtistCredit[];
  readonly releaseDate: ReleaseDate | null;
  readonly durationMs: number | null;
  readonly isExplicit: boolean | null;
}

/** How well what a search found fits what was searched for. */
export interface PreviewMatch {
  /** 0 to 1; what fits less than the source's threshold is no match. */
  readonly score: number;
  readonly title: string;
  readonly artistName: string;
}
