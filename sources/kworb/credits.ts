/** Who made a track and what it is called, from a cell such as `A - Title (w/ B, C)` with a link for each name. */
import type { ArtistId, TrackId } from '../../contracts/ids.ts';
import { tryParseArtistId, tryParseTrackId } from '../../contracts/ids.ts';
import type { ArtistCredit } from '../../contracts/pages.ts';
import type { CellPlace } from './pageErrors.ts';
import { badCell } from './pageErrors.ts';
import type { Link, TextRun } from './pageReading.ts';

export interface TrackCredit {
  readonly trackId: TrackId;
  readonly title: string;
  readonly artists: readonly ArtistCredit[];
  readonly featured: readonly ArtistCredit[];
}

const NOBODY: readonly ArtistCredit[] = [];
/** `../track/ID.html`, the same from the site's root or whole, an artist's tabs, and open.spotify.com/track/ID. */
const LINK_TARGET = /(?:^|\/)(track|artist)\/([A-Za-z0-9]+)(?:_songs|_albums)?(?:\.html)?(?:[?#].*)?$/;
const BEFORE_TITLE = /\s+-\s*$/;
const SEPARATORS = /^[\s,&]*$/;
const EDGE_SEPARATORS = /^[\s,&]+|[\s,&]+$/g;

type Target =
  | { readonly kind: 'track'; readonly id: TrackId }
  | { readonly kind: 'artist'; readonly id: ArtistId }
  | null;

/** What a link of kworb's or Spotify's leads to; null for any other. */
export function linkTarget(href: string): Target {
  const match = LINK_TARGET.exec(href);
  const text = match?.[2] ?? '';
  if (match?.[1] === 'track') {
    const id = tryParseTrackId(text);
    return id === null ? null : { kind: 'track', id };
  }
  const id = match === null ? null : tryParseArtistId(text);
  return id === null ? null : { kind: 'artist', id };
}

/**
 * Reads a title cell. Names are never cut out of text at a ` - `, which both names and titles hold: they are the links'
 * texts, exactly.
 *
 * @throws ChartlifeError LayoutChanged if the cell is not of this form.
 */
export function readTrackCredit(cell: TextRun, place: CellPlace): TrackCredit {
  let track: Link | undefined;
  let trackId: TrackId | undefined;
  const artists: ArtistCredit[] = [];
  let featured: ArtistCredit[] | undefined;
  let position = 0;
  for (const link of cell.links) {
    const target = linkTarget(link.href);
    const between = cell.text.slice(position, link.start);
    position = link.end;
    const name = cell.text.slice(link.start, link.end);
    if (target === null) throw badCell(place, link.href, "a link to a track's or an artist's page");
    if (target.kind === 'track') {
      if (track !== undefined) throw badCell(place, cell.text, 'one track');
      addUnlinked(artists, between.replace(BEFORE_TITLE, ''));
      if (artists.length === 0 || !BEFORE_TITLE.test(between)) throw badCell(place, cell.text, 'artists - title');
      track = link;
      trackId = target.id;
    } else if (track === undefined) {
      addUnlinked(artists, between);
      artists.push({ id: target.id, name });
    } else if (featured === undefined) {
      const opening = /^\s*\(w\/ ?/.exec(between);
      if (opening === null) throw badCell(place, cell.text, 'a title and then "(w/ …)"');
      featured = [];
      addUnlinked(featured, between.slice(opening[0].length));
      featured.push({ id: target.id, name });
    } else {
      addUnlinked(featured, between);
      featured.push({ id: target.id, name });
    }
  }
  if (track === undefined || trackId === undefined)
    throw badCell(place, cell.text, "a cell with a link to a track's page");
  const rest = cell.text.slice(position);
  if (featured === undefined) featured = readUnlinkedFeatures(rest);
  else if (/^.*\)\s*$/s.test(rest)) addUnlinked(featured, rest.slice(0, rest.lastIndexOf(')')));
  else featured = undefined;
  if (featured === undefined) throw badCell(place, cell.text, 'a title, alone or followed by "(w/ …)"');
  return {
    trackId,
    title: cell.text.slice(track.start, track.end),
    artists,
    featured: featured.length === 0 ? NOBODY : featured,
  };
}

/** Adds the name in the text between links, if there is one: kworb does not link artists that it does not know. */
export function addUnlinked(credits: ArtistCredit[], text: string): void {
  if (SEPARATORS.test(text)) return;
  credits.push({ id: null, name: text.replace(EDGE_SEPARATORS, '') });
}

/** What follows a title without a further link: nothing, or features that are not linked. undefined if neither. */
function readUnlinkedFeatures(text: string): ArtistCredit[] | undefined {
  if (text.trim() === '') return [];
  const match = /^\s*\(w\/ ?(.+)\)\s*$/s.exec(text);
  const features: ArtistCredit[] = [];
  if (match === null) return undefined;
  addUnlinked(features, match[1] ?? '');
  return features;
}
