/** Pages that do not fit: recorded with the reason, and listed until what they should have brought has come in. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { ERROR_TYPES, type ErrorType } from '../../contracts/errors.ts';
import type { PageProvenance, QuarantineReason } from '../../contracts/lake.ts';
import { type ChartPage, PAGE_KINDS, type PageKind } from '../../contracts/pages.ts';
import type { PageCommitParts } from './commitTrack.ts';
import { insertPage, NO_SUBJECT, newestVersionOf } from './pageRows.ts';
import type { QuarantineCommit, QuarantinedPage } from './types.ts';
import { readRows, textOf } from './values.ts';

/** What a chart page states of itself, although the rest of it does not fit. */
export type StatedChart = Pick<ChartPage, 'kind' | 'region' | 'chartDate'>;

const NEWEST_RECORD_SQL =
  'SELECT sha256, parser_version, state FROM page WHERE url = $1 AND sha256 = $2 ORDER BY recorded_at DESC LIMIT 1';

/** The same page, parsed by the same parser, is recorded once. */
export async function quarantinePage(
  parts: PageCommitParts,
  provenance: PageProvenance,
  reason: QuarantineReason,
  chart: StatedChart | null,
): Promise<QuarantineCommit> {
  const message = { author: 'quarantine', text: `${reason.errorType}: ${provenance.url}` };
  const { snapshotId } = await parts.transaction(message, async (transaction) => {
    const newest = newestVersionOf(await transaction.rows(NEWEST_RECORD_SQL, [provenance.url, provenance.sha256]));
    const isKnown = newest?.state === 'quarantined' && newest.parserVersion === provenance.parserVersion;
    const subject = chart === null ? NO_SUBJECT : { ...chart, chartKind: chart.kind };
    if (!isKnown) await insertPage(transaction, provenance, subject, 'quarantined', reason);
  });
  return { outcome: snapshotId === null ? 'unchanged' : 'quarantined', snapshotId };
}

function isErrorType(value: string): value is ErrorType {
  return value in ERROR_TYPES;
}

/** A page kind as the lake stores it. */
export function pageKindOf(value: string): PageKind {
  const kind = PAGE_KINDS.find((known) => known === value);
  if (kind === undefined) throw new TypeError(`the lake has a page of the kind "${value}"`);
  return kind;
}

/**
 * A chart's address shows another date each day: its page of Tuesday is missing until that very page, or another of the
 * same chart date, is parsed, whatever Wednesday's was. A page of another kind holds all there is to know, so a later one
 * makes good for it.
 */
const OPEN_PAGES = `
  WITH version AS (
    FROM page QUALIFY row_number() OVER (PARTITION BY url, sha256 ORDER BY recorded_at DESC) = 1
  )
  SELECT url, page_kind, fetched_at, sha256, parser_version, error_type, why
  FROM version AS bad
  WHERE state = 'quarantined' AND NOT EXISTS (
    FROM version AS good
    WHERE good.state <> 'quarantined' AND good.recorded_at > bad.recorded_at
      AND CASE
        WHEN bad.chart_date IS NOT NULL
        THEN good.chart_kind = bad.chart_kind AND good.region = bad.region AND good.chart_date = bad.chart_date
        ELSE bad.page_kind NOT IN ('daily', 'weekly') AND good.url = bad.url
      END
  )
  ORDER BY fetched_at, url`;

export async function readQuarantinedPages(connection: DuckDBConnection): Promise<QuarantinedPage[]> {
  const rows = await readRows(connection, OPEN_PAGES);
  return rows.map((row) => {
    const errorType = textOf(row, 'error_type');
    return {
      url: textOf(row, 'url'),
      pageKind: pageKindOf(textOf(row, 'page_kind')),
      fetchedAt: textOf(row, 'fetched_at'),
      sha256: textOf(row, 'sha256'),
      parserVersion: textOf(row, 'parser_version'),
      errorType: isErrorType(errorType) ? errorType : 'LayoutChanged',
      why: textOf(row, 'why'),
    };
  });
}
