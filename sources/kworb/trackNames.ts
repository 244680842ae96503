/** Which track a track page is about, and what it is called. */
import type { TrackId } from '../../contracts/ids.ts';
import { tryParseTrackId } from '../../contracts/ids.ts';
import type { ArtistCredit } from '../../contracts/pages.ts';
import { addUnlinked, linkTarget } from './credits.ts';
import type { PageHints, PageIdentity } from './identifyPage.ts';
import { layoutChanged, wrongPage } from './pageErrors.ts';
import type { PageReading, TextRun } from './pageReading.ts';
import { describeUrl } from './urls.ts';

export interface TrackNames {
  readonly title: string;
  readonly artistNames: readonly string[];
}

const TITLE = /^\s*Title:\s*(.*?)\s*(?:\bArtists?:.*)?$/s;
const ARTIST = /(?:^|\s)Artists?:\s*/;
const NAMES_SEPARATOR = ' - ';
const TRACK_FILE = /([A-Za-z0-9]{22})\.html?$/;

/**
 * From the lines `Title:` and `Artist:` and the heading `ARTIST - TITLE`. Where line and heading differ, the heading is
 * right: it stands in the head's title too, where a name such as `</3` can't be taken for markup. Without the lines, it
 * is cut at its first ` - `: titles hold that mark far more often than artists' names do.
 *
 * @throws ChartlifeError LayoutChanged if there is neither.
 */
export function readTrackNames(reading: PageReading, identity: PageIdentity): TrackNames {
  const heading = identity.subject;
  const title = firstMatch(reading.lines, (line) => TITLE.exec(line.text)?.[1] ?? null);
  const artistNames = firstMatch(reading.lines, readArtistLine);
  if (heading === null) {
    if (title === null) throw layoutChanged(identity.source, 'the page no longer names its track');
    return { title, artistNames: artistNames ?? [] };
  }
  const end = `${NAMES_SEPARATOR}${title}`;
  if (title !== null && heading.endsWith(end)) {
    return { title, artistNames: artistNames ?? [heading.slice(0, -end.length)] };
  }
  const start = `${artistNames?.join(', ') ?? ''}${NAMES_SEPARATOR}`;
  if (artistNames !== null && heading.startsWith(start)) return { title: heading.slice(start.length), artistNames };
  if (title !== null) return { title, artistNames: artistNames ?? [] };
  const cut = heading.indexOf(NAMES_SEPARATOR);
  if (cut < 0) return { title: heading, artistNames: artistNames ?? [] };
  return {
    title: heading.slice(cut + NAMES_SEPARATOR.length),
    artistNames: artistNames ?? [heading.slice(0, cut)],
  };
}

function readArtistLine(line: TextRun): string[] | null {
  const match = ARTIST.exec(line.text);
  if (match === null) return null;
  let position = match.index + match[0].length;
  const links = line.links.filter((link) => link.start >= position && linkTarget(link.href)?.kind === 'artist');
  if (links.length === 0) {
    const name = line.text.slice(position).trim();
    return name === '' ? null : [name];
  }
  const credits: ArtistCredit[] = [];
  for (const link of links) {
    addUnlinked(credits, line.text.slice(position, link.start));
    credits.push({ id: null, name: line.text.slice(link.start, link.end) });
    position = link.end;
  }
  addUnlinked(credits, line.text.slice(position));
  return credits.map((credit) => credit.name);
}

function firstMatch<Value>(lines: readonly TextRun[], read: (line: TextRun) => Value | null): Value | null {
  for (const line of lines) {
    const value = read(line);
    if (value !== null && value !== '') return value;
  }
  return null;
}

/**
 * The id of the one track that the page links to on Spotify, else the hint's, else that of the page's address or file
 * name; null if nothing says which track it is.
 *
 * @throws ChartlifeError WrongPage if page and hint differ.
 */
export function readTrackId(reading: PageReading, hints: PageHints, source: string): TrackId | null {
  const found = new Set(
    reading.addresses.filter((address) => address.length > 22).flatMap((a) => tryParseTrackId(a) ?? []),
  );
  const [only] = found.size === 1 ? found : [];
  if (only !== undefined && hints.trackId !== undefined && only !== hints.trackId) {
    throw wrongPage(source, `the page is of track ${only}, but ${hints.trackId} was asked for`, {
      found: only,
      expected: hints.trackId,
    });
  }
  return only ?? hints.trackId ?? describeUrl(source)?.trackId ?? tryParseTrackId(TRACK_FILE.exec(source)?.[1] ?? '');
}
