/** Spotify's 22-character base-62 ids, told apart by type so that a track id can't be passed for an artist's. */
import { ChartlifeError } from './errors.ts';

declare const brand: unique symbol;
export type TrackId = string & { readonly [brand]: 'TrackId' };
export type ArtistId = string & { readonly [brand]: 'ArtistId' };

const BASE62_22 = /^[A-Za-z0-9]{22}$/;
const SPOTIFY_REFERENCE =
  /^(?:spotify:|(?:https?:\/\/)?open\.spotify\.com\/(?:intl-[a-z-]+\/)?(?:embed\/)?)(track|artist)[:/]([A-Za-z0-9]{22})(?:[?#/].*)?$/;

function parseId(value: string, kind: 'track' | 'artist'): string | null {
  const text = value.trim();
  if (BASE62_22.test(text)) return text;
  const match = SPOTIFY_REFERENCE.exec(text);
  return match !== null && match[1] === kind ? (match[2] ?? null) : null;
}

/** A track id from a bare id, a `spotify:track:` URI or an open.spotify.com address; null if it is none of them. */
export function tryParseTrackId(value: string): TrackId | null {
  return parseId(value, 'track') as TrackId | null;
}

/** An artist id from a bare id, a `spotify:artist:` URI or an open.spotify.com address; null if it is none of them. */
export function tryParseArtistId(value: string): ArtistId | null {
  return parseId(value, 'artist') as ArtistId | null;
}

/** As {@link tryParseTrackId}; throws `InvalidInput` where that gives null. */
export function parseTrackId(value: string): TrackId {
  const id = tryParseTrackId(value);
  if (id === null) throw invalidId('track', value);
  return id;
}

/** As {@link tryParseArtistId}; throws `InvalidInput` where that gives null. */
export function parseArtistId(value: string): ArtistId {
  const id = tryParseArtistId(value);
  if (id === null) throw invalidId('artist', value);
  return id;
}

function invalidId(kind: 'track' | 'artist', value: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', `"${value}" is not a Spotify ${kind} id`, {
    next: `Give 22 letters and digits, a spotify:${kind}: URI or an open.spotify.com/${kind}/ address.`,
    details: { value },
  });
}
