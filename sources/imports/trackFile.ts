/** A file of facts about tracks, beside the charts: release dates and the lead artists' ids. */
import { ChartlifeError } from '../../contracts/errors.ts';
import type { FileHead, TrackFilePlan } from '../../contracts/imports.ts';
import { checkReadable, readHeader } from './header.ts';

/** Names in order of preference; in any case. */
const TRACK_ID = ['track_id', 'spotify_id', 'id', 'uri', 'track_uri', 'url'];
const TITLE = ['track', 'track_name', 'title', 'name'];
const ARTIST_ID = ['artist_id'];
const ARTIST_NAME = ['artist', 'artist_name'];
const RELEASE_DATE = ['album_release_date', 'release_date'];

/** @throws ChartlifeError ImportRejected: no column with track ids, or nothing else that is of use. */
export function planTrackFile(head: FileHead): TrackFilePlan {
  const header = readHeader(head);
  const lowerCase = header.names.map((name) => name.toLowerCase());
  const find = (wanted: readonly string[]): number | null => {
    const name = wanted.find((candidate) => lowerCase.includes(candidate));
    return name === undefined ? null : lowerCase.indexOf(name);
  };
  const trackId = find(TRACK_ID);
  const columns = {
    title: find(TITLE),
    artistId: find(ARTIST_ID),
    artistName: find(ARTIST_NAME),
    releaseDate: find(RELEASE_DATE),
  };
  if (trackId === null || (columns.releaseDate === null && columns.artistId === null)) {
    const missing = trackId === null ? TRACK_ID : [...RELEASE_DATE, ...ARTIST_ID];
    throw new ChartlifeError(
      'ImportRejected',
      `${header.path} has no column ${missing
        .slice(0, 3)
        .map((name) => `"${name}"`)
        .join(' or ')}; its columns are ${header.names.map((name) => `"${name}"`).join(', ')}`,
      {
        next: 'A file of tracks needs track_id and release_date (or artist_id): rename its columns.',
        details: { path: header.path, columns: header.names },
      },
    );
  }
  checkReadable(header, [trackId, ...Object.values(columns).filter((index) => index !== null)]);
  return {
    path: head.path,
    fileName: header.fileName,
    sizeBytes: head.sizeBytes,
    layout: header.layout,
    columnNames: header.names,
    columns: { trackId, ...columns },
  };
}
