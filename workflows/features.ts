/** The sound of tracks: each one's preview is fetched, a shard's worth at a time becomes spectrograms. */
import { continueAsNew, defineQuery, proxyActivities, setHandler } from '@temporalio/workflow';
import type { ListenActivities } from '../activities/listen.ts';
import type { SoundActivities } from '../activities/sound.ts';
import type { SpectrogramActivities } from '../activities/spectrograms.ts';
import type { TrackId } from '../contracts/ids.ts';
import type {
  FeaturesInput,
  FeaturesProgress,
  FeaturesResult,
  FetchPreviewResult,
  SoundPlan,
} from '../contracts/payloads.ts';
import { LAKE_OPTIONS, previewOptions, SPECTROGRAM_OPTIONS } from './activityOptions.ts';
import { summarizeFailure } from './failures.ts';
import { forEachInWindow } from './fanOut.ts';

export const progressQuery = defineQuery<FeaturesProgress>('progress');

/** Shards under way at once: while one is computed, the previews of the next are fetched. */
const SHARD_WINDOW = 2;

const lake = proxyActivities<SoundActivities>(LAKE_OPTIONS);
const spectrograms = proxyActivities<SpectrogramActivities>(SPECTROGRAM_OPTIONS);

interface FeaturesState {
  readonly soFar: { -readonly [Count in keyof FeaturesResult]: number };
  numDone: number;
}

/**
 * Works through one listing of tracks, then continues as new from where the listing ended, so that no history grows
 * with the number of tracks.
 */
export async function features(input: FeaturesInput): Promise<FeaturesResult> {
  const soFar = { ...(input.continued?.soFar ?? NOTHING_YET) };
  const state: FeaturesState = { soFar, numDone: soFar.numListed };
  setHandler(progressQuery, () => ({ soFar: { ...state.soFar }, numDone: state.numDone }));
  return run(state, input);
}

async function run(state: FeaturesState, input: FeaturesInput): Promise<FeaturesResult> {
  const { nominalDate, enteredFrom, maxTracks } = input;
  const plan = input.plan ?? (await lake.planSound({ ...(maxTracks === undefined ? {} : { maxTracks }) }));
  const { batches, nextCursor } = await lake.listTracksToHear({
    ...{ nominalDate, enteredFrom, plan },
    cursor: input.continued?.cursor ?? null,
    numListed: state.soFar.numListed,
  });
  for (const batch of batches) state.soFar.numListed += batch.length;
  await forEachInWindow(batches, SHARD_WINDOW, (trackIds) => hear(state, input, plan, trackIds));
  if (nextCursor !== null) {
    return continueAsNew<typeof features>({ ...input, plan, continued: { cursor: nextCursor, soFar: state.soFar } });
  }
  return state.soFar;
}

/** One shard's worth of tracks: all fetched as fast as the queue lets them go, then computed and committed together. */
async function hear(
  state: FeaturesState,
  input: FeaturesInput,
  plan: SoundPlan,
  trackIds: readonly TrackId[],
): Promise<void> {
  const { soFar } = state;
  const { fetchPreview } = proxyActivities<ListenActivities>(previewOptions(plan.patience));
  const askedOn = input.nominalDate;
  const numOf: Record<FetchPreviewResult['outcome'], number> = { found: 0, absent: 0, kept: 0 };
  await Promise.all(
    trackIds.map(async (trackId) => {
      try {
        numOf[(await fetchPreview({ trackId, askedOn })).outcome]++;
      } catch (error) {
        summarizeFailure(error);
        soFar.numFailed++;
      }
    }),
  );
  soFar.numFound += numOf.found + numOf.kept;
  soFar.numAbsent += numOf.absent;
  try {
    const computed = await spectrograms.computeSpectrograms({ trackIds, askedOn, plan });
    soFar.numUndecodable += computed.numUndecodable;
    if (computed.batchSha256 !== null) {
      const { snapshotId } = await lake.commitSound({ batchSha256: computed.batchSha256 });
      if (snapshotId !== null) soFar.numSnapshots++;
      soFar.numSpectrograms += computed.numSpectrograms;
    }
  } catch (error) {
    summarizeFailure(error);
    soFar.numFailed += numOf.found + numOf.kept;
  }
  state.numDone += trackIds.length;
}

const NOTHING_YET: FeaturesResult = {
  numListed: 0,
  numFound: 0,
  numAbsent: 0,
  numUndecodable: 0,
  numSpectrograms: 0,
  numFailed: 0,
  numSnapshots: 0,
};
