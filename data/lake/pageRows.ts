/** The table `page`: one row per fetched version. */

import type { PageProvenance, PageState, QuarantineReason } from '../../contracts/lake.ts';
import type { ChartPage } from '../../contracts/pages.ts';
import type { SourceKind } from '../../contracts/settings.ts';
import type { LakeTransaction } from './transaction.ts';
import { type PlainRow, textOf } from './values.ts';

/** What a page is about, as far as it is known. */
export interface PageSubject {
  readonly chartKind: ChartPage['kind'] | null;
  readonly region: string | null;
  readonly chartDate: string | null;
}

export const NO_SUBJECT: PageSubject = { chartKind: null, region: null, chartDate: null };

export async function insertPage(
  transaction: LakeTransaction,
  provenance: PageProvenance,
  subject: PageSubject,
  state: PageState,
  reason: QuarantineReason | null = null,
): Promise<void> {
  await transaction.run(
    `INSERT INTO page VALUES ($1, $2, $3, $4, $5::DATE, $6::TIMESTAMP, $7, $8, $9, $10, $11, $12, $13, $14::TIMESTAMP)`,
    [
      provenance.url,
      provenance.pageKind,
      subject.chartKind,
      subject.region,
      subject.chartDate,
      provenance.fetchedAt,
      provenance.httpStatus,
      provenance.etag,
      provenance.sha256,
      provenance.parserVersion,
      state,
      reason?.errorType ?? null,
      reason?.message ?? null,
      new Date().toISOString(),
    ],
  );
}

/** The version of an address that was recorded last. */
export interface NewestVersion {
  readonly sha256: string;
  readonly parserVersion: string;
  readonly state: string;
}

export function newestVersionOf(rows: readonly PlainRow[]): NewestVersion | null {
  const [row] = rows;
  return row === undefined
    ? null
    : {
        sha256: textOf(row, 'sha256'),
        parserVersion: textOf(row, 'parser_version'),
        state: textOf(row, 'state'),
      };
}

export const NEWEST_VERSION_SQL =
  'SELECT sha256, parser_version, state FROM page WHERE url = $1 ORDER BY recorded_at DESC LIMIT 1';

/** The same among the versions of one chart date: an address shows another chart every day. */
export const NEWEST_OF_DATE_SQL = `
  SELECT sha256, parser_version, state FROM page
  WHERE url = $1 AND chart_date = $2::DATE ORDER BY recorded_at DESC LIMIT 1`;

/** True if these bytes, read by this parser, are the last that was recorded of their address, and were parsed. */
export function isSameVersion(newest: NewestVersion | null, provenance: PageProvenance): boolean {
  return (
    newest !== null &&
    newest.sha256 === provenance.sha256 &&
    newest.parserVersion === provenance.parserVersion &&
    newest.state !== 'quarantined'
  );
}

const KWORB_HOSTS = ['kworb.net', 'www.kworb.net'];

/** Whose numbers a page's are, where nobody says: kworb's own host serves live ones, every other a replica's. */
export function sourceOf(provenance: PageProvenance): SourceKind {
  const host = URL.canParse(provenance.url) ? new URL(provenance.url).hostname : '';
  return KWORB_HOSTS.includes(host) ? 'kworb' : 'replica';
}
