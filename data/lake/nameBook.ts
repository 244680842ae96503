/**
 * Names of tracks and artists: a row is added where there is none, and changed where a chart shows a new name in the
 * place of the stored one. Regions may write a name differently, so a difference alone is no change.
 */

import type { LakeTransaction } from './transaction.ts';
import type { ArtistName, TrackName } from './types.ts';
import { textOf, textOrNullOf } from './values.ts';

export interface SeenNames {
  readonly tracks: readonly TrackName[];
  readonly artists: readonly ArtistName[];
  /** What the same chart called them until now, by id. */
  readonly formerTitles: ReadonlyMap<string, string | null>;
  readonly formerArtistNames: ReadonlyMap<string, string>;
}

export interface NameChanges {
  readonly numTracks: number;
  readonly numArtists: number;
  /** To be called once the transaction is committed. */
  confirm(): void;
}

/** What one process knows of the names in the lake, so that a commit needs no look-up. */
export interface NameBook {
  /** To be called after a transaction of this process whose names, if it had any, are confirmed. */
  advance(fromSnapshotId: number, toSnapshotId: number): void;
  write(transaction: LakeTransaction, seen: SeenNames, source: string): Promise<NameChanges>;
}

const INSERT_TRACKS = `
  INSERT INTO track SELECT track_id, title, NULL, NULL, $2
  FROM (SELECT unnest(from_json($1, '[{"track_id":"VARCHAR","title":"VARCHAR"}]'), recursive := true))`;
const INSERT_ARTISTS = `
  INSERT INTO artist SELECT artist_id, name
  FROM (SELECT unnest(from_json($1, '[{"artist_id":"VARCHAR","name":"VARCHAR"}]'), recursive := true))`;

export function createNameBook(): NameBook {
  const titles = new Map<string, string | null>();
  const artistNames = new Map<string, string>();
  /** All names of this snapshot and those before it are in the maps. */
  let knownTo = -1;

  /** Reads what other transactions added or changed: usually nothing. */
  async function catchUp(transaction: LakeTransaction): Promise<void> {
    if (knownTo === transaction.baseSnapshotId) return;
    const since = `WHERE snapshot_id > ${knownTo}`;
    for (const row of await transaction.rows(`SELECT track_id, title FROM track ${since}`)) {
      titles.set(textOf(row, 'track_id'), textOrNullOf(row, 'title'));
    }
    for (const row of await transaction.rows(`SELECT artist_id, name FROM artist ${since}`)) {
      artistNames.set(textOf(row, 'artist_id'), textOf(row, 'name'));
    }
    knownTo = transaction.baseSnapshotId;
  }

  return {
    advance: (fromSnapshotId, toSnapshotId) => {
      if (knownTo === fromSnapshotId) knownTo = toSnapshotId;
    },
    write: async (transaction, seen, source) => {
      await catchUp(transaction);
      const newTracks = new Map<string, string | null>();
      const newTitles = new Map<string, string>();
      for (const { trackId, title } of seen.tracks) {
        const stored = titles.get(trackId);
        if (stored === undefined) newTracks.set(trackId, newTracks.get(trackId) ?? title);
        else if (title !== null && stored !== title && (stored === null || seen.formerTitles.get(trackId) === stored)) {
          newTitles.set(trackId, title);
        }
      }
      const newArtists = new Map<string, string>();
      const newArtistNames = new Map<string, string>();
      for (const { artistId, name } of seen.artists) {
        const stored = artistNames.get(artistId);
        if (stored === undefined) newArtists.set(artistId, name);
        else if (stored !== name && seen.formerArtistNames.get(artistId) === stored) newArtistNames.set(artistId, name);
      }
      if (newTracks.size > 0) {
        const rows = [...newTracks].map(([track_id, title]) => ({ track_id, title }));
        await transaction.run(INSERT_TRACKS, [JSON.stringify(rows), source]);
      }
      if (newArtists.size > 0) {
        const rows = [...newArtists].map(([artist_id, name]) => ({ artist_id, name }));
        await transaction.run(INSERT_ARTISTS, [JSON.stringify(rows)]);
      }
      for (const [trackId, title] of newTitles) {
        await transaction.run('UPDATE track SET title = $2 WHERE track_id = $1', [trackId, title]);
      }
      for (const [artistId, name] of newArtistNames) {
        await transaction.run('UPDATE artist SET name = $2 WHERE artist_id = $1', [artistId, name]);
      }
      return {
        numTracks: newTracks.size + newTitles.size,
        numArtists: newArtists.size + newArtistNames.size,
        confirm: () => {
          for (const [trackId, title] of [...newTracks, ...newTitles]) titles.set(trackId, title);
          for (const [artistId, name] of [...newArtists, ...newArtistNames]) artistNames.set(artistId, name);
        },
      };
    },
  };
}
