/** A page from the archive into the lake, or, if it does not fit, into quarantine: shared by every way in. */
import { isChartlifeError } from '../contracts/errors.ts';
import type { PageProvenance, QuarantineReason } from '../contracts/lake.ts';
import type { ParsedPage } from '../contracts/pages.ts';
import { MAX_MESSAGE_LENGTH, type PageRef, type QuarantineOutcome } from '../contracts/payloads.ts';
import type { SourceKind } from '../contracts/settings.ts';
import type { PageArchive } from '../data/archive/pageArchive.ts';
import type { StatedChart } from '../data/lake/quarantine.ts';
import type { Lake } from '../data/lake/types.ts';
import { PARSER_VERSION, parsePageBytes } from '../sources/kworb/parsePage.ts';
import { statedChart } from '../sources/kworb/statedChart.ts';

export interface IngestPorts {
  readonly lake: Lake;
  readonly archive: PageArchive;
  /** A replica's rows are told apart from live ones for ever. */
  readonly sourceKind: SourceKind;
}

export type ReadPage =
  | { readonly outcome: 'parsed'; readonly page: ParsedPage }
  | { readonly outcome: 'unfit'; readonly reason: QuarantineReason; readonly chart: StatedChart | null };

export function provenanceOf(page: PageRef): PageProvenance {
  const { url, pageKind, fetchedAt, httpStatus, etag, sha256 } = page;
  return { url, pageKind, fetchedAt, httpStatus, etag, sha256, parserVersion: PARSER_VERSION };
}

/**
 * Reads an archived page. Whatever the parser has against it makes it unfit, a defect of the parser too: trying again
 * would not help, and in quarantine the page waits, bytes and all, for a better parser.
 *
 * @throws ChartlifeError what the archive throws
 */
export async function readArchivedPage(archive: PageArchive, ref: PageRef): Promise<ReadPage> {
  const body = await archive.get(ref.sha256);
  const hints = { kind: ref.pageKind, region: ref.region, trackId: ref.trackId, source: ref.url };
  try {
    return { outcome: 'parsed', page: parsePageBytes(body, hints) };
  } catch (error) {
    return { outcome: 'unfit', reason: reasonOf(error), chart: statedChart(body, hints) };
  }
}

function reasonOf(error: unknown): QuarantineReason {
  if (isChartlifeError(error)) return { errorType: error.type, message: error.message };
  return { errorType: 'LayoutChanged', message: `the parser broke off: ${String(error)}` };
}

/**
 * Puts a page that does not fit aside. One that came cut short is asked for whole the next time: its server would say for
 * ever that it has not changed.
 */
export async function quarantine(
  { lake, archive }: Pick<IngestPorts, 'lake' | 'archive'>,
  ref: PageRef,
  reason: QuarantineReason,
  chart: StatedChart | null,
): Promise<QuarantineOutcome> {
  const latest = reason.errorType === 'PageTruncated' ? await archive.latest(ref.url) : null;
  if (latest?.sha256 === ref.sha256) await archive.setLatest(ref.url, { ...latest, etag: null, lastModified: null });
  const { outcome, snapshotId } = await lake.quarantinePage(provenanceOf(ref), reason, chart);
  return {
    outcome: 'quarantined',
    isNew: outcome === 'quarantined',
    snapshotId,
    errorType: reason.errorType,
    message: reason.message.slice(0, MAX_MESSAGE_LENGTH),
  };
}

/** Commits what a page parsed to; a page that a blocking check stops is put aside like one that does not parse. */
export async function commitOrQuarantine<T>(
  ports: Pick<IngestPorts, 'lake' | 'archive'>,
  ref: PageRef,
  page: ParsedPage,
  commit: () => Promise<T>,
): Promise<T | QuarantineOutcome> {
  try {
    return await commit();
  } catch (error) {
    if (!isChartlifeError(error, 'CheckFailed')) throw error;
    const chart = page.kind === 'daily' || page.kind === 'weekly' ? page : null;
    return quarantine(ports, ref, { errorType: error.type, message: error.message }, chart);
  }
}
