/** A batch of sound into the lake: as one, or, where the lake refuses something in it, track by track. */
import { type ChartlifeError, isChartlifeError } from '../contracts/errors.ts';
import type { TrackId } from '../contracts/ids.ts';
import { type CommitSoundResult, MAX_MESSAGE_LENGTH, type SoundFailureCount } from '../contracts/payloads.ts';
import type { PreviewRecord, SoundBatch } from '../contracts/sound.ts';
import type { Lake } from '../data/lake/types.ts';

/**
 * One transaction, as a rule. If it fails for good, each track is committed by itself, so that one whose rows the lake
 * refuses does not hold the others; of that one the lake is told why, and it is asked for again when its time comes.
 *
 * @param brokenShards as `Lake.commitSound` takes them
 * @throws ChartlifeError what the lake threw, if trying again can help, or if it refuses the plainest rows as well
 */
export async function commitBatch(
  lake: Pick<Lake, 'commitSound'>,
  batch: SoundBatch,
  brokenShards: readonly string[],
): Promise<CommitSoundResult> {
  try {
    const { snapshotId } = await lake.commitSound(batch, brokenShards);
    return { snapshotId };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return commitSingly(lake, batch, brokenShards);
  }
}

async function commitSingly(
  lake: Pick<Lake, 'commitSound'>,
  batch: SoundBatch,
  brokenShards: readonly string[],
): Promise<CommitSoundResult> {
  const trackIds = [...new Set([...batch.previews, ...batch.spectrograms].map(({ trackId }) => trackId))];
  const refused = new Map<string, SoundFailureCount>();
  let snapshotId: number | null = null;
  for (const trackId of trackIds) {
    const part = partOf(batch, trackId);
    try {
      snapshotId = (await lake.commitSound(part, brokenShards)).snapshotId ?? snapshotId;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const { type: errorType, message } = error;
      // The plainest rows there are; if the lake refuses these as well, the fault is the lake's.
      const plain = { ...part, shard: null, spectrograms: [], previews: refusedPreviews(part, error) };
      snapshotId = (await lake.commitSound(plain, [])).snapshotId ?? snapshotId;
      const before = refused.get(errorType) ?? { message: message.slice(0, MAX_MESSAGE_LENGTH), numTracks: 0 };
      refused.set(errorType, { errorType, message: before.message, numTracks: before.numTracks + 1 });
    }
  }
  return { snapshotId, refused: [...refused.values()] };
}

function isRefusal(error: unknown): error is ChartlifeError {
  return isChartlifeError(error) && !error.retryable;
}

/** The shard is one file still, and has as many rows as before. */
function partOf(batch: SoundBatch, trackId: TrackId): SoundBatch {
  const { shard } = batch;
  const spectrograms = batch.spectrograms.filter((row) => row.trackId === trackId);
  return {
    ...batch,
    spectrograms,
    previews: batch.previews.filter((row) => row.trackId === trackId),
    shard: spectrograms.length === 0 || shard === null ? null : { numRows: batch.spectrograms.length, ...shard },
  };
}

function refusedPreviews({ previews }: SoundBatch, error: ChartlifeError): PreviewRecord[] {
  return previews.map(({ trackId, source }) => ({
    ...{ trackId, source, urlHost: null, match: null, details: null, isSynthetic: false, audio: null },
    outcome: 'failed',
    why: `${error.type}: what the source said could not be stored`,
  }));
}
