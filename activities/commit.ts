/** Archived pages into the lake: one chart date, or a batch of track pages, at a time. */
import { log } from '@temporalio/activity';
import type { ChartPage } from '../contracts/pages.ts';
import type {
  CommitPageInput,
  CommitPageResult,
  CommitTracksInput,
  CommitTracksResult,
  PageRef,
} from '../contracts/payloads.ts';
import type { TrackPageCommit } from '../data/lake/commitTrack.ts';
import { defineActivity } from './defineActivity.ts';
import { commitOrQuarantine, type IngestPorts, provenanceOf, quarantine, readArchivedPage } from './ingestPage.ts';

export interface CommitActivities {
  commitPage(input: CommitPageInput): Promise<CommitPageResult>;
  commitTrackPages(input: CommitTracksInput): Promise<CommitTracksResult>;
}

/** Safe to run twice: the same page again changes nothing, and says so. */
export function createCommitActivities(ports: IngestPorts): CommitActivities {
  return {
    commitPage: defineActivity(async ({ page: ref }: CommitPageInput) => {
      const read = await readArchivedPage(ports.archive, ref);
      if (read.outcome === 'unfit') return quarantine(ports, ref, read.reason, read.chart);
      const { page } = read;
      if (page.kind !== 'daily' && page.kind !== 'weekly') throw new Error(`${ref.url}: a ${page.kind} page`);
      return commitChartPage(ports, ref, page);
    }),

    commitTrackPages: defineActivity(async ({ pages }: CommitTracksInput, signal) => {
      const fit: TrackPageCommit[] = [];
      let numQuarantined = 0;
      const snapshotIds = new Set<number>();
      const note = ({ snapshotId }: { readonly snapshotId: number | null }): void => {
        if (snapshotId !== null) snapshotIds.add(snapshotId);
      };
      for (const ref of pages) {
        signal.throwIfAborted();
        const read = await readArchivedPage(ports.archive, ref);
        if (read.outcome === 'unfit') {
          note(await quarantine(ports, ref, read.reason, null));
          numQuarantined += 1;
        } else if (read.page.kind === 'track') fit.push({ page: read.page, provenance: provenanceOf(ref) });
        else throw new Error(`${ref.url}: a ${read.page.kind} page`);
      }
      const commits = await ports.lake.commitTracks(fit, { source: ports.sourceKind });
      commits.forEach(note);
      const numUnchanged = commits.filter(({ outcome }) => outcome === 'unchanged').length;
      return {
        numCommitted: commits.length - numUnchanged,
        numUnchanged,
        numQuarantined,
        numWeeks: commits.reduce((sum, { numWeeks }) => sum + numWeeks, 0),
        numSnapshots: snapshotIds.size,
      };
    }),
  };
}

/** Commits a chart and logs each of its checks with its figure. */
export async function commitChartPage(ports: IngestPorts, ref: PageRef, page: ChartPage): Promise<CommitPageResult> {
  return commitOrQuarantine(ports, ref, page, async () => {
    const commit = await ports.lake.commitChart(page, provenanceOf(ref), { source: ports.sourceKind });
    for (const check of commit.checks) {
      const line = { chart: `${page.region}/${page.kind}`, chartDate: page.chartDate, ...check };
      if (check.passed) log.debug(`check ${check.name}`, line);
      else log.warn(`check ${check.name} did not pass`, line);
    }
    return {
      outcome: commit.outcome,
      chartDate: commit.chartDate,
      snapshotId: commit.snapshotId,
      numRows: commit.numRows,
      numNewEntries: commit.numNewEntries,
      numReEntries: commit.numReEntries,
      numWarnings: commit.checks.filter((check) => !check.passed && !check.isBlocking).length,
    };
  });
}
