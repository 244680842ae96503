/** Draws the spectrogram that the lake has of a track. */
import { renderSpectrogramPng } from '../../audio/picture/spectrogramPicture.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { TrackId } from '../../contracts/ids.ts';
import type { FoundSpectrogram } from '../../data/lake/soundReads.ts';
import type { Lake } from '../../data/lake/types.ts';
import { fromFloat16 } from '../../data/shards/float16.ts';
import { openShardReader } from '../../data/shards/shardReader.ts';
import { openShardStore } from '../../data/shards/shardStore.ts';
import { writeFileAtomic } from '../../runtime/files.ts';
import type { CommandContext } from '../context.ts';

/** Nobody may take the replica's sound for a recording. */
const SYNTHETIC_NOTE = 'SYNTHETIC: rendered from published descriptors by the replica; not a recording of the track';

/** @throws ChartlifeError InvalidInput where the lake has none of the track; LakeUnusable; DiskFull */
export async function drawTrack(
  context: CommandContext,
  lake: Lake,
  trackId: TrackId,
  outputPath: string,
): Promise<FoundSpectrogram> {
  const found = await lake.spectrogramOf(trackId);
  if (found === null) {
    throw new ChartlifeError('InvalidInput', `the lake has no spectrogram of track ${trackId}`, {
      next: 'Fetch its sound (chartlife audio fetch), add a file of your own (chartlife audio add), or give a file.',
      details: { trackId },
    });
  }
  const reader = openShardReader(openShardStore(context.home.spectrogramsDir));
  try {
    const { numFrames, numMelBins, halves } = await reader.readOne(found);
    const labels = {
      title: found.title ?? trackId,
      subtitle: `${trackId}; from ${found.source}; feature version ${found.featureVersion.slice(0, 12)}`,
      notes: found.isSynthetic ? [SYNTHETIC_NOTE] : [],
    };
    const png = await renderSpectrogramPng({ numFrames, numMelBins, values: fromFloat16(halves) }, labels);
    await writeFileAtomic(outputPath, png);
    return found;
  } finally {
    await reader.close();
  }
}
