/** Archived pages read again. Nothing here asks the source for anything. */
import { chartName } from '../contracts/charts.ts';
import { type CalendarDate, dateRange, endOfChartWeek } from '../contracts/dates.ts';
import { ChartlifeError } from '../contracts/errors.ts';
import type { CommitOutcome } from '../contracts/lake.ts';
import type { ParsedPage } from '../contracts/pages.ts';
import type {
  BackfillCounts,
  BackfillSelection,
  PageRef,
  PlanBackfillResult,
  ReparseInput,
  ReparseResult,
} from '../contracts/payloads.ts';
import type { ArchivedPage, ArchivedPageSelection } from '../data/lake/archivedPages.ts';
import { PARSER_VERSION } from '../sources/kworb/parsePage.ts';
import { describeUrl } from '../sources/kworb/urls.ts';
import { commitChartPage } from './commit.ts';
import { defineActivity } from './defineActivity.ts';
import { commitOrQuarantine, type IngestPorts, provenanceOf, quarantine, readArchivedPage } from './ingestPage.ts';

/** How many pages one activity reads again: a few seconds' work. */
const PAGES_PER_BATCH = 50;
/** How many dates a refusal names. */
const MAX_DATES_NAMED = 10;

export interface BackfillActivities {
  /** @throws ApplicationFailure BackfillRefused where a chart date of the selection was never fetched */
  planBackfill(selection: BackfillSelection): Promise<PlanBackfillResult>;
  reparsePages(input: ReparseInput): Promise<ReparseResult>;
}

export function createBackfillActivities(ports: IngestPorts): BackfillActivities {
  const { lake, archive } = ports;
  return {
    planBackfill: defineActivity(async (selection: BackfillSelection) => {
      if (selection.what === 'chart-dates') refuseUnfetched(selection, await lake.archivedPages({ selection }));
      return { numPages: await lake.countArchivedPages(asArchived(selection)) };
    }),

    reparsePages: defineActivity(async ({ selection, cursor }: ReparseInput, signal) => {
      const pages = await lake.archivedPages({
        selection: asArchived(selection),
        limit: PAGES_PER_BATCH,
        ...(cursor === null ? {} : { after: cursor }),
      });
      const tally = { committed: 0, replaced: 0, unchanged: 0, quarantined: 0, missing: 0 };
      for (const page of pages) {
        signal.throwIfAborted();
        const ref = pageRefOf(page);
        if (await archive.has(ref.sha256)) tally[await reparse(ports, ref)]++;
        else tally.missing++;
      }
      return {
        counts: countsOf(tally),
        nextCursor: pages.length < PAGES_PER_BATCH ? null : (pages.at(-1)?.cursor ?? null),
      };
    }),
  };
}

function asArchived(selection: BackfillSelection): ArchivedPageSelection {
  return selection.what === 'older-parser' ? { what: 'other-parser', parserVersion: PARSER_VERSION } : selection;
}

/** kworb shows the present alone: what was not fetched on its day can't be had from it any more. */
function refuseUnfetched(
  selection: Extract<BackfillSelection, { what: 'chart-dates' }>,
  pages: readonly ArchivedPage[],
): void {
  const { chart, firstDate, lastDate } = selection;
  const fetched = new Set(pages.map((page) => page.chartDate));
  const isChartDate = (date: CalendarDate): boolean => chart.kind === 'daily' || endOfChartWeek(date) === date;
  const wanted = dateRange(firstDate, lastDate).filter(isChartDate);
  const missing = wanted.filter((date) => !fetched.has(date));
  if (wanted.length > 0 && missing.length === 0) return;
  const named = missing.slice(0, MAX_DATES_NAMED).join(', ');
  const rest = missing.length > MAX_DATES_NAMED ? ` and ${missing.length - MAX_DATES_NAMED} more` : '';
  throw new ChartlifeError(
    'BackfillRefused',
    missing.length === 0
      ? `there is no ${chart.kind} chart date from ${firstDate} to ${lastDate}`
      : `${missing.length} of ${wanted.length} chart date${wanted.length === 1 ? '' : 's'} of ${chartName(chart)} ${missing.length === 1 ? 'was' : 'were'} never fetched: ${named}${rest}`,
    {
      next: 'kworb shows no past charts: import these dates from files (`chartlife import --help`), or leave them out.',
      details: { chart: chartName(chart), firstDate, lastDate, numMissing: missing.length },
    },
  );
}

/** What was asked for then follows from the address. */
function pageRefOf(page: ArchivedPage): PageRef {
  const { url, pageKind, sha256, fetchedAt, httpStatus, etag } = page;
  const address = describeUrl(url);
  return {
    ...{ url, pageKind, sha256, fetchedAt, httpStatus, etag },
    ...(address?.chart === undefined ? {} : { region: address.chart.region }),
    ...(address?.trackId === undefined ? {} : { trackId: address.trackId }),
  };
}

async function reparse(ports: IngestPorts, ref: PageRef): Promise<CommitOutcome | 'quarantined'> {
  const read = await readArchivedPage(ports.archive, ref);
  const { outcome } =
    read.outcome === 'unfit'
      ? await quarantine(ports, ref, read.reason, read.chart)
      : await commitOrQuarantine(ports, ref, read.page, () => commitAny(ports, ref, read.page));
  return outcome;
}

async function commitAny(
  ports: IngestPorts,
  ref: PageRef,
  page: ParsedPage,
): Promise<{ readonly outcome: CommitOutcome | 'quarantined' }> {
  const { lake, sourceKind: source } = ports;
  const provenance = provenanceOf(ref);
  switch (page.kind) {
    case 'daily':
    case 'weekly':
      return commitChartPage(ports, ref, page);
    case 'track':
      return lake.commitTrack(page, provenance, { source });
    case 'daily-totals':
    case 'weekly-totals':
      return lake.commitTotals(page, provenance, { source });
    case 'artist-songs':
      return lake.commitArtistSongs(page, provenance, { source });
    case 'regions':
      // The index of regions has no rows of its own in the lake.
      return { outcome: 'unchanged' };
  }
}

function countsOf(tally: Readonly<Record<CommitOutcome | 'quarantined' | 'missing', number>>): BackfillCounts {
  return {
    numPages: Object.values(tally).reduce((sum, count) => sum + count, 0),
    numCommitted: tally.committed,
    numReplaced: tally.replaced,
    numUnchanged: tally.unchanged,
    numQuarantined: tally.quarantined,
    numMissing: tally.missing,
  };
}
