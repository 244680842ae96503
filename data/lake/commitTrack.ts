/** A track page's weekly history into the lake: one transaction, and the track's rows replaced only if they differ. */
import { ChartlifeError } from '../../contracts/errors.ts';
import type { PageProvenance, TrackCommit } from '../../contracts/lake.ts';
import type { TrackPage, TrackPeriod } from '../../contracts/pages.ts';
import type { SourceKind } from '../../contracts/settings.ts';
import type { NameBook, NameChanges } from './nameBook.ts';
import { insertPage, isSameVersion, NEWEST_VERSION_SQL, NO_SUBJECT, newestVersionOf } from './pageRows.ts';
import { sqlText } from './sqlText.ts';
import type { LakeTransaction, TransactionMessage, TransactionResult } from './transaction.ts';
import type { PlainRow } from './values.ts';

export interface PageCommitParts {
  readonly transaction: <T>(
    message: TransactionMessage,
    work: (transaction: LakeTransaction) => Promise<T>,
  ) => Promise<TransactionResult<T>>;
  readonly names: NameBook;
}

const INSERT_WEEKS = `
  INSERT INTO track_week SELECT $2, region, week_end, rank, streams, $3
  FROM (
    SELECT unnest(
      from_json($1, '[{"region":"VARCHAR","week_end":"DATE","rank":"INTEGER","streams":"BIGINT"}]'),
      recursive := true
    )
  )`;

function weekKey(region: string, weekEnd: string, rank: number, streams: number | null): string {
  return `${region} ${weekEnd} ${rank} ${streams}`;
}

function isSameHistory(weeks: readonly TrackPeriod[], stored: readonly PlainRow[]): boolean {
  if (weeks.length !== stored.length) return false;
  const known = new Set(
    stored.map((row) =>
      weekKey(
        String(row.region),
        String(row.week_end),
        Number(row.rank),
        row.streams === null ? null : Number(row.streams),
      ),
    ),
  );
  return weeks.every(({ region, date, rank, streams }) => known.has(weekKey(region, date, rank, streams)));
}

interface Work {
  readonly outcome: TrackCommit['outcome'];
  readonly names: NameChanges | null;
}

async function write(
  transaction: LakeTransaction,
  names: NameBook,
  page: TrackPage,
  provenance: PageProvenance,
  source: SourceKind,
): Promise<Work> {
  const newest = newestVersionOf(await transaction.rows(NEWEST_VERSION_SQL, [provenance.url]));
  if (isSameVersion(newest, provenance)) return { outcome: 'unchanged', names: null };
  const { trackId } = page;
  if (trackId === null) {
    throw new ChartlifeError('InvalidInput', `${provenance.url}: nothing says which track the page is of`, {
      next: 'Parse it with the id of the track that was asked for.',
      details: { url: provenance.url },
    });
  }
  const ofTrack = `track_id = ${sqlText(trackId)}`;
  const stored = await transaction.rows(`SELECT region, week_end, rank, streams FROM track_week WHERE ${ofTrack}`);
  const isSame = isSameHistory(page.weeks, stored);
  if (!isSame) {
    if (stored.length > 0) await transaction.run(`DELETE FROM track_week WHERE ${ofTrack}`);
    const rows = page.weeks.map(({ region, date, rank, streams }) => ({ region, week_end: date, rank, streams }));
    if (rows.length > 0) await transaction.run(INSERT_WEEKS, [JSON.stringify(rows), trackId, provenance.sha256]);
  }
  // A page without weeks, seen for the first time, is news all the same: the track has no weekly history.
  const isFirst = newest === null;
  const isUnchanged = isSame && !isFirst;
  await insertPage(transaction, provenance, NO_SUBJECT, isUnchanged ? 'unchanged' : 'parsed');
  const seen = {
    tracks: [{ trackId, title: page.title }],
    artists: [],
    formerTitles: new Map<string, string | null>(),
    formerArtistNames: new Map<string, string>(),
  };
  const changes = await names.write(transaction, seen, source);
  if (isUnchanged) return { outcome: 'unchanged', names: changes };
  return { outcome: stored.length === 0 ? 'committed' : 'replaced', names: changes };
}

/** A track page and where it came from. */
export interface TrackPageCommit {
  readonly page: TrackPage;
  readonly provenance: PageProvenance;
}

/**
 * All of the pages or none, in one transaction: a night brings hundreds, and a snapshot for each would be too many.
 * Pages of different tracks.
 *
 * @throws ChartlifeError InvalidInput, LakeConflict, DiskFull, LakeUnusable.
 */
export async function commitTracks(
  parts: PageCommitParts,
  pages: readonly TrackPageCommit[],
  source: SourceKind,
): Promise<TrackCommit[]> {
  const [first] = pages;
  if (first === undefined) return [];
  const text =
    pages.length === 1
      ? `track ${first.page.trackId} from ${first.provenance.url}`
      : `${pages.length} tracks, the first from ${first.provenance.url}`;
  const { value: works, snapshotId } = await parts.transaction({ author: 'tracks', text }, async (transaction) => {
    const done: Work[] = [];
    for (const { page, provenance } of pages) {
      done.push(await write(transaction, parts.names, page, provenance, source));
    }
    return done;
  });
  return pages.map(({ page }, index) => {
    const work = works[index] as Work;
    work.names?.confirm();
    return { outcome: work.outcome, snapshotId, numWeeks: page.weeks.length };
  });
}
