/** The sound of tracks: each one's preview is fetched, a shard's worth at a time becomes spectrograms. */
import { continueAsNew, defineQuery, proxyActivities, setHandler } from '@temporalio/workflow';
import type { ListenActivities } from '../activities/listen.ts';
import type { SoundActivities } from '../activities/sound.ts';
import type { SpectrogramActivities } from '../activities/spectrograms.ts';
import type { TrackId } from '../contracts/ids.ts';
import {
  type FeaturesInput,
  type FeaturesProgress,
  type FeaturesResult,
  type FetchPreviewResult,
  MAX_FAILURE_TYPES,
  type SoundFailure,
  type SoundFailureCount,
  type SoundPlan,
} from '../contracts/payloads.ts';
import { LAKE_OPTIONS, previewOptions, SPECTROGRAM_OPTIONS } from './activityOptions.ts';
import { summarizeFailure } from './failures.ts';
import { forEachInWindow } from './fanOut.ts';

export const progressQuery = defineQuery<FeaturesProgress>('progress');

/** Shards under way at once: while one is computed, the previews of the next are fetched. */
const SHARD_WINDOW = 2;
/** One preview, with all its attempts, the pauses that its source asks for, and its wait in the queue: never the night. */
const LONGEST_FETCH = '2 hours';
/** A batch whose file was damaged on the disk between two activities is computed again, but not for ever. */
const MAX_COMPUTATIONS = 3;

const lake = proxyActivities<SoundActivities>(LAKE_OPTIONS);
const spectrograms = proxyActivities<SpectrogramActivities>(SPECTROGRAM_OPTIONS);

type Counts = Omit<FeaturesResult, 'failures' | 'numUnchanged'> & { readonly numUnchanged: number };

interface FeaturesState {
  readonly soFar: { -readonly [Count in keyof Counts]: number };
  /** By type, in the order in which they came first. */
  readonly failures: Map<string, SoundFailureCount>;
  numDone: number;
}

/** Some tracks, and what is wanted of them. */
interface Lot {
  readonly trackIds: readonly TrackId[];
  /** They have their spectrogram: their source is asked whether it has the preview still. */
  readonly isCheck: boolean;
}

/**
 * Works through one listing of tracks, then continues as new from where the listing ended, so that no history grows
 * with the number of tracks.
 */
export async function features(input: FeaturesInput): Promise<FeaturesResult> {
  const before: FeaturesResult = input.continued?.soFar ?? NOTHING_YET;
  const { failures = [], ...counts } = before;
  const soFar = { ...NOTHING_YET, ...counts };
  const byType = new Map(failures.map((failure) => [failure.errorType, failure]));
  const state: FeaturesState = { soFar, failures: byType, numDone: soFar.numListed };
  setHandler(progressQuery, () => ({ soFar: { ...state.soFar }, numDone: state.numDone }));
  return run(state, input);
}

async function run(state: FeaturesState, input: FeaturesInput): Promise<FeaturesResult> {
  const { nominalDate, enteredFrom, maxTracks } = input;
  const plan = input.plan ?? (await lake.planSound({ ...(maxTracks === undefined ? {} : { maxTracks }) }));
  const {
    batches,
    checks = [],
    nextCursor,
  } = await lake.listTracksToHear({
    ...{ nominalDate, enteredFrom, plan },
    cursor: input.continued?.cursor ?? null,
    numListed: state.soFar.numListed,
  });
  const lots: Lot[] = [
    ...batches.map((trackIds) => ({ trackIds, isCheck: false })),
    ...checks.map((trackIds) => ({ trackIds, isCheck: true })),
  ];
  for (const { trackIds } of lots) state.soFar.numListed += trackIds.length;
  await forEachInWindow(lots, SHARD_WINDOW, (lot) => hear(state, input, plan, lot));
  const result = resultOf(state);
  if (nextCursor !== null) {
    return continueAsNew<typeof features>({ ...input, plan, continued: { cursor: nextCursor, soFar: result } });
  }
  return result;
}

/** One shard's worth of tracks: all fetched as fast as the queue lets them go, then computed and committed together. */
async function hear(state: FeaturesState, input: FeaturesInput, plan: SoundPlan, lot: Lot): Promise<void> {
  const { soFar } = state;
  const { trackIds, isCheck } = lot;
  const { fetchPreview } = proxyActivities<ListenActivities>({
    ...previewOptions(plan.patience),
    scheduleToCloseTimeout: LONGEST_FETCH,
  });
  const askedOn = input.nominalDate;
  const numOf: Record<FetchPreviewResult['outcome'], number> = {
    ...{ found: 0, absent: 0, kept: 0, unchanged: 0, failed: 0 },
  };
  await Promise.all(
    trackIds.map(async (trackId) => {
      try {
        const { outcome, failure } = await fetchPreview({ trackId, askedOn, ...(isCheck ? { isCheck } : {}) });
        numOf[outcome]++;
        if (failure !== undefined) noteFailure(state, failure, 1);
      } catch (error) {
        noteFailure(state, summarizeFailure(error), 1);
      }
    }),
  );
  soFar.numFound += numOf.found + numOf.kept;
  soFar.numAbsent += numOf.absent;
  soFar.numUnchanged += numOf.unchanged;
  try {
    await computeAndCommit(state, { trackIds, askedOn, plan });
  } catch (error) {
    noteFailure(state, summarizeFailure(error), numOf.found + numOf.kept);
  }
  state.numDone += trackIds.length;
}

async function computeAndCommit(
  state: FeaturesState,
  input: Parameters<SpectrogramActivities['computeSpectrograms']>[0],
): Promise<void> {
  const { soFar } = state;
  for (let numComputations = 1; ; numComputations++) {
    const computed = await spectrograms.computeSpectrograms(input);
    if (computed.batchSha256 !== null) {
      const { snapshotId, isDamaged, refused = [] } = await lake.commitSound({ batchSha256: computed.batchSha256 });
      if (isDamaged === true && numComputations < MAX_COMPUTATIONS) continue;
      if (snapshotId !== null) soFar.numSnapshots++;
      for (const { numTracks, ...failure } of refused) noteFailure(state, failure, numTracks);
      if (isDamaged === true) noteFailure(state, DAMAGED_AGAIN, computed.numSpectrograms);
      else soFar.numSpectrograms += computed.numSpectrograms - sumOf(refused);
    }
    soFar.numUndecodable += computed.numUndecodable;
    return;
  }
}

const DAMAGED_AGAIN: SoundFailure = {
  errorType: 'LakeUnusable',
  message: 'the batch in the inbox was damaged on the disk, again and again',
};

/** Counts tracks that failed, under the type of it; of each type the first message is kept. */
function noteFailure(state: FeaturesState, { errorType, message }: SoundFailure, numTracks: number): void {
  state.soFar.numFailed += numTracks;
  const before = state.failures.get(errorType);
  // Nothing was lost with it, or there are more types than anybody would read.
  if (numTracks === 0 || (before === undefined && state.failures.size >= MAX_FAILURE_TYPES)) return;
  state.failures.set(errorType, {
    errorType,
    message: before?.message ?? message,
    numTracks: (before?.numTracks ?? 0) + numTracks,
  });
}

function resultOf({ soFar, failures }: FeaturesState): FeaturesResult {
  if (failures.size === 0) return { ...soFar };
  const byNumber = [...failures.values()].sort((a, b) => b.numTracks - a.numTracks);
  return { ...soFar, failures: byNumber };
}

function sumOf(counts: readonly SoundFailureCount[]): number {
  return counts.reduce((sum, { numTracks }) => sum + numTracks, 0);
}

const NOTHING_YET: Counts = {
  numListed: 0,
  numFound: 0,
  numAbsent: 0,
  numUndecodable: 0,
  numSpectrograms: 0,
  numFailed: 0,
  numSnapshots: 0,
  numUnchanged: 0,
};
