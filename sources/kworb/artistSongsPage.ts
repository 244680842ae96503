/** An artist's songs with their streams in all, charted or not. */
import type { CalendarDate } from '../../contracts/dates.ts';
import { tryParseDate } from '../../contracts/dates.ts';
import type { ArtistId } from '../../contracts/ids.ts';
import type { ArtistSongRow, ArtistSongsPage } from '../../contracts/pages.ts';
import { ARTIST_SONGS_COLUMNS } from './columns.ts';
import { linkTarget } from './credits.ts';
import { findColumns, headerTexts } from './headers.ts';
import type { PageHints, PageIdentity } from './identifyPage.ts';
import { layoutChanged, quote, wrongPage } from './pageErrors.ts';
import type { PageReading } from './pageReading.ts';
import { RowReader } from './rowReader.ts';
import { selectTable } from './selectTable.ts';
import { describeUrl } from './urls.ts';

type SongReader = RowReader<keyof typeof ARTIST_SONGS_COLUMNS>;

const LAST_UPDATED = /Last updated:\s*(\S+)/;
/** The tabs of an artist's own pages: songs, albums, peaks. */
const ARTIST_TAB = /(?:^|\/)artist\/([A-Za-z0-9]{22})(?:_songs|_albums)?\.html$/;

/** @throws ChartlifeError PageTruncated, LayoutChanged; WrongPage if the page is another artist's than the hint's. */
export function parseArtistSongsPage(reading: PageReading, identity: PageIdentity, hints: PageHints): ArtistSongsPage {
  const { source } = identity;
  const table = selectTable(reading, ARTIST_SONGS_COLUMNS, source);
  const columns = findColumns(headerTexts(table) ?? [], ARTIST_SONGS_COLUMNS, source);
  const reader = new RowReader(table, columns, ARTIST_SONGS_COLUMNS, source);
  const rows = table.rows.map((_, index): ArtistSongRow => {
    reader.moveTo(index);
    return { ...readSong(reader), total: reader.count('total'), daily: reader.count('daily') };
  });
  if (rows.length === 0) throw layoutChanged(source, 'the table of songs has no rows');
  if (identity.subject === null) throw layoutChanged(source, 'the page has no title "ARTIST - Spotify Top Songs"');
  return {
    kind: 'artist-songs',
    artistId: readArtistId(reading, hints, source),
    artistName: identity.subject,
    lastUpdated: readLastUpdated(reading, identity),
    rows,
  };
}

/** `* ` before the link marks a song that the artist is a guest of. */
function readSong(reader: SongReader): Pick<ArtistSongRow, 'trackId' | 'title' | 'isFeature'> {
  const { text, links } = reader.run('song');
  const [link, ...others] = links;
  const target = link === undefined ? null : linkTarget(link.href);
  if (link === undefined || others.length > 0 || target?.kind !== 'track') {
    throw reader.fail('song', 'a cell with one link, to a track');
  }
  const mark = text.slice(0, link.start).trim();
  if ((mark !== '' && mark !== '*') || text.slice(link.end).trim() !== '') {
    throw reader.fail('song', 'a title, alone or after "* "');
  }
  return { trackId: target.id, title: text.slice(link.start, link.end), isFeature: mark === '*' };
}

/** From the page's own tabs, else from the hints; null if neither names the artist. */
function readArtistId(reading: PageReading, hints: PageHints, source: string): ArtistId | null {
  const found = new Set(reading.addresses.flatMap((address) => ARTIST_TAB.exec(address)?.[1] ?? []));
  const [only] = found.size === 1 ? found : [];
  const target = only === undefined ? null : linkTarget(`artist/${only}`);
  const own = target?.kind === 'artist' ? target.id : null;
  const hint = hints.artistId ?? (hints.source === undefined ? undefined : describeUrl(hints.source)?.artistId);
  if (own !== null && hints.artistId !== undefined && own !== hints.artistId) {
    throw wrongPage(source, `the page is of artist ${own}, but ${hints.artistId} was asked for`, {
      found: own,
      expected: hints.artistId,
    });
  }
  return own ?? hint ?? null;
}

function readLastUpdated(reading: PageReading, identity: PageIdentity): CalendarDate {
  for (const line of reading.lines) {
    const text = LAST_UPDATED.exec(line.text)?.[1];
    if (text === undefined) continue;
    const date = tryParseDate(text);
    if (date === null)
      throw layoutChanged(identity.source, `"Last updated: " is followed by ${quote(text)}, not a date`);
    return date;
  }
  if (identity.chartDate === null) throw layoutChanged(identity.source, 'the page no longer says "Last updated: DATE"');
  return identity.chartDate;
}
