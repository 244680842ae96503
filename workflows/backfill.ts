/** Archived pages read again: after a parser was mended, or where the lake lacks what the archive has. */
import { continueAsNew, defineQuery, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { BackfillActivities } from '../activities/backfill.ts';
import type { BackfillCounts, BackfillInput, BackfillProgress, BackfillResult } from '../contracts/payloads.ts';
import { LAKE_OPTIONS } from './activityOptions.ts';

export const progressQuery = defineQuery<BackfillProgress>('progress');

const activities = proxyActivities<BackfillActivities>(LAKE_OPTIONS);

interface BackfillState {
  numPlanned: number;
  counts: BackfillCounts;
}

/**
 * Works through the selected pages batch by batch, the oldest fetch first. Asks the source for nothing.
 *
 * Fails with `BackfillRefused` where a chart date of the selection was never fetched: kworb shows the present alone,
 * and today's page must not stand in for another day's.
 */
export async function backfill(input: BackfillInput): Promise<BackfillResult> {
  const state: BackfillState = {
    numPlanned: input.continued?.soFar.numPlanned ?? 0,
    counts: input.continued?.soFar ?? NOTHING_YET,
  };
  setHandler(progressQuery, () => ({ numPlanned: state.numPlanned, counts: countsOf(state.counts) }));
  return run(state, input);
}

async function run(state: BackfillState, input: BackfillInput): Promise<BackfillResult> {
  if (input.continued === undefined) {
    state.numPlanned = (await activities.planBackfill(input.selection)).numPages;
  }
  let cursor = input.continued?.cursor ?? null;
  do {
    const batch = await activities.reparsePages({ selection: input.selection, cursor });
    state.counts = sumOf(state.counts, batch.counts);
    cursor = batch.nextCursor;
    if (cursor !== null && workflowInfo().continueAsNewSuggested) {
      return continueAsNew<typeof backfill>({
        selection: input.selection,
        continued: { cursor, soFar: { ...countsOf(state.counts), numPlanned: state.numPlanned } },
      });
    }
  } while (cursor !== null);
  return { ...countsOf(state.counts), numPlanned: state.numPlanned };
}

const NOTHING_YET: BackfillCounts = {
  numPages: 0,
  numCommitted: 0,
  numReplaced: 0,
  numUnchanged: 0,
  numQuarantined: 0,
  numMissing: 0,
};

function sumOf(a: BackfillCounts, b: BackfillCounts): BackfillCounts {
  return {
    numPages: a.numPages + b.numPages,
    numCommitted: a.numCommitted + b.numCommitted,
    numReplaced: a.numReplaced + b.numReplaced,
    numUnchanged: a.numUnchanged + b.numUnchanged,
    numQuarantined: a.numQuarantined + b.numQuarantined,
    numMissing: a.numMissing + b.numMissing,
  };
}

/** The counts alone, without what a wider value carries. */
function countsOf(counts: BackfillCounts): BackfillCounts {
  return sumOf(counts, NOTHING_YET);
}
