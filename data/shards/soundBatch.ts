/** What was heard of a few tracks: one shard, and what the lake is to be told of it. */
import type { CalendarDate } from '../../contracts/dates.ts';
import type { TrackId } from '../../contracts/ids.ts';
import type { PreviewOrigin } from '../../contracts/previews.ts';
import type { FeatureVersion, PreviewAudio, PreviewRecord, SoundBatch } from '../../contracts/sound.ts';
import type { ShardRow, ShardStore } from './shardStore.ts';

export interface HeardSound {
  readonly source: PreviewOrigin;
  readonly isSynthetic: boolean;
  readonly audio: PreviewAudio;
  /** null where `audio.error` says why. Values: natural logarithms, frame after frame. */
  readonly spectrogram: { readonly numFrames: number; readonly values: Float32Array } | null;
}

export interface HeardPreview {
  readonly trackId: TrackId;
  /** What the sources answered, one each; empty where none was asked, since the audio was here already. */
  readonly answers: readonly Omit<PreviewRecord, 'audio'>[];
  /** null where no source had any. */
  readonly sound: HeardSound | null;
}

export interface HeardPreviews {
  readonly askedOn: CalendarDate;
  readonly feature: FeatureVersion;
  readonly heard: readonly HeardPreview[];
}

/**
 * Writes the shard, in the order given: the same sound gives the same file. Without a spectrogram there is no shard.
 *
 * @throws ChartlifeError DiskFull
 */
export async function writeSoundBatch(
  store: ShardStore,
  { askedOn, feature, heard }: HeardPreviews,
): Promise<SoundBatch> {
  const rows = heard.flatMap(({ trackId, sound }): ShardRow[] =>
    sound?.spectrogram == null
      ? []
      : [
          {
            trackId,
            source: sound.source,
            isSynthetic: sound.isSynthetic,
            audioSha256: sound.audio.sha256,
            ...sound.spectrogram,
          },
        ],
  );
  const previews = heard.flatMap(({ answers, sound }) =>
    answers.map(
      (answer): PreviewRecord => ({
        ...answer,
        audio: answer.why === null && sound?.source === answer.source ? sound.audio : null,
      }),
    ),
  );
  if (rows.length === 0) return { askedOn, feature, shard: null, spectrograms: [], previews };
  const written = await store.write(rows, {
    featureVersion: feature.version,
    featureSettingsJson: feature.settingsJson,
    numMelBins: feature.numMelBins,
  });
  return {
    askedOn,
    feature,
    shard: { sha256: written.sha256, numBytes: written.numBytes },
    spectrograms: written.rows.map((row, index) => {
      const { source, isSynthetic, audioSha256 } = rows[index] as ShardRow;
      return { ...row, source, isSynthetic, audioSha256 };
    }),
    previews,
  };
}
