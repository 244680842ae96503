/** Pages that bring names alone: totals (the largest list of a region's past tracks) and artists' songs. */
import type { PageProvenance } from '../../contracts/lake.ts';
import type { ArtistSongsPage, TotalsPage } from '../../contracts/pages.ts';
import type { SourceKind } from '../../contracts/settings.ts';
import type { PageCommitParts } from './commitTrack.ts';
import type { SeenNames } from './nameBook.ts';
import {
  insertPage,
  isSameVersion,
  NEWEST_VERSION_SQL,
  NO_SUBJECT,
  newestVersionOf,
  type PageSubject,
} from './pageRows.ts';
import type { NamesCommit } from './types.ts';

const NO_FORMER_NAMES = {
  formerTitles: new Map<string, string | null>(),
  formerArtistNames: new Map<string, string>(),
};

async function commitNames(
  parts: PageCommitParts,
  seen: SeenNames,
  subject: PageSubject,
  provenance: PageProvenance,
  source: SourceKind,
): Promise<NamesCommit> {
  const message = { author: 'names', text: `${provenance.pageKind} from ${provenance.url}` };
  const { value, snapshotId } = await parts.transaction(message, async (transaction) => {
    const newest = newestVersionOf(await transaction.rows(NEWEST_VERSION_SQL, [provenance.url]));
    if (isSameVersion(newest, provenance)) return null;
    const changes = await parts.names.write(transaction, seen, source);
    const hasNews = changes.numTracks + changes.numArtists > 0;
    await insertPage(transaction, provenance, subject, hasNews || newest === null ? 'parsed' : 'unchanged');
    return { changes, hasNews };
  });
  value?.changes.confirm();
  return {
    outcome: value?.hasNews ? 'committed' : 'unchanged',
    snapshotId,
    numTracks: value?.changes.numTracks ?? 0,
    numArtists: value?.changes.numArtists ?? 0,
  };
}

export function commitTotals(
  parts: PageCommitParts,
  page: TotalsPage,
  provenance: PageProvenance,
  source: SourceKind,
): Promise<NamesCommit> {
  const seen: SeenNames = {
    ...NO_FORMER_NAMES,
    tracks: page.rows.map(({ trackId, title }) => ({ trackId, title })),
    artists: page.rows
      .flatMap(({ artists, featured }) => [...artists, ...featured])
      .flatMap(({ id, name }) => (id === null ? [] : [{ artistId: id, name }])),
  };
  const chartKind = page.kind === 'daily-totals' ? 'daily' : 'weekly';
  return commitNames(parts, seen, { chartKind, region: page.region, chartDate: page.coversTo }, provenance, source);
}

export function commitArtistSongs(
  parts: PageCommitParts,
  page: ArtistSongsPage,
  provenance: PageProvenance,
  source: SourceKind,
): Promise<NamesCommit> {
  const seen: SeenNames = {
    ...NO_FORMER_NAMES,
    tracks: page.rows.map(({ trackId, title }) => ({ trackId, title })),
    artists: page.artistId === null ? [] : [{ artistId: page.artistId, name: page.artistName }],
  };
  return commitNames(parts, seen, NO_SUBJECT, provenance, source);
}
