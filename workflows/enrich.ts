/** Track pages of the tracks that entered or came back: their whole weekly history. */
import { continueAsNew, defineQuery, proxyActivities, setHandler } from '@temporalio/workflow';
import type { CommitActivities } from '../activities/commit.ts';
import type { FetchActivities } from '../activities/fetch.ts';
import type { PlanActivities } from '../activities/plan.ts';
import type { TrackId } from '../contracts/ids.ts';
import {
  type EnrichInput,
  type EnrichProgress,
  type EnrichResult,
  type PageRef,
  TRACKS_PER_COMMIT,
} from '../contracts/payloads.ts';
import { fetchOptions, LAKE_OPTIONS } from './activityOptions.ts';
import { summarizeFailure } from './failures.ts';

export const progressQuery = defineQuery<EnrichProgress>('progress');

const plan = proxyActivities<PlanActivities>(LAKE_OPTIONS);
const lake = proxyActivities<CommitActivities>(LAKE_OPTIONS);

interface EnrichState {
  soFar: EnrichResult;
  numDone: number;
}

/**
 * Works through one listing of tracks, then continues as new from where the listing ended, so that no history grows
 * with the number of tracks.
 */
export async function enrich(input: EnrichInput): Promise<EnrichResult> {
  const soFar = input.continued?.soFar ?? NOTHING_YET;
  const state: EnrichState = { soFar, numDone: soFar.numListed };
  setHandler(progressQuery, () => ({ soFar: state.soFar, numDone: state.numDone }));
  return run(state, input);
}

async function run(state: EnrichState, input: EnrichInput): Promise<EnrichResult> {
  const { trackIds, hasMore } = await plan.listTracksToEnrich({
    enteredFrom: input.enteredFrom,
    nominalDate: input.nominalDate,
    afterTrackId: input.continued?.afterTrackId ?? null,
    numListed: state.soFar.numListed,
  });
  state.soFar = { ...state.soFar, numListed: state.soFar.numListed + trackIds.length };

  for (let start = 0; start < trackIds.length; start += TRACKS_PER_COMMIT) {
    const batch = trackIds.slice(start, start + TRACKS_PER_COMMIT);
    await enrichBatch(state, input, batch);
    state.numDone += batch.length;
  }

  const lastTrackId = trackIds.at(-1);
  if (hasMore && lastTrackId !== undefined) {
    return continueAsNew<typeof enrich>({
      ...input,
      continued: { afterTrackId: lastTrackId, soFar: state.soFar },
    });
  }
  return state.soFar;
}

/** One commit's worth of tracks: all fetched at once, as fast as the queue lets them go. */
async function enrichBatch(state: EnrichState, input: EnrichInput, trackIds: readonly TrackId[]): Promise<void> {
  const { fetchPage } = proxyActivities<FetchActivities>(fetchOptions(input.fetchPatience));
  let numAbsent = 0;
  let numFailed = 0;
  const fetched = await Promise.all(
    trackIds.map(async (trackId): Promise<PageRef | null> => {
      try {
        const result = await fetchPage({ target: { kind: 'track', trackId }, nominalDate: input.nominalDate });
        if (result.outcome !== 'absent') return result.page;
        numAbsent++;
      } catch (error) {
        summarizeFailure(error);
        numFailed++;
      }
      return null;
    }),
  );
  const pages = fetched.filter((page) => page !== null);
  let committed = NOTHING_COMMITTED;
  if (pages.length > 0) {
    try {
      committed = await lake.commitTrackPages({ pages });
    } catch (error) {
      summarizeFailure(error);
      numFailed += pages.length;
    }
  }
  const { soFar } = state;
  state.soFar = {
    numListed: soFar.numListed,
    numAbsent: soFar.numAbsent + numAbsent,
    numFailed: soFar.numFailed + numFailed,
    numCommitted: soFar.numCommitted + committed.numCommitted,
    numUnchanged: soFar.numUnchanged + committed.numUnchanged,
    numQuarantined: soFar.numQuarantined + committed.numQuarantined,
    numWeeks: soFar.numWeeks + committed.numWeeks,
    numSnapshots: soFar.numSnapshots + committed.numSnapshots,
  };
}

const NOTHING_COMMITTED = { numCommitted: 0, numUnchanged: 0, numQuarantined: 0, numWeeks: 0, numSnapshots: 0 };
const NOTHING_YET: EnrichResult = { ...NOTHING_COMMITTED, numListed: 0, numAbsent: 0, numFailed: 0 };
