/** Sound that waits in the inbox into one shard of spectrograms. Nothing here asks a source or writes to the lake. */

import type { AudioPool } from '../audio/decode/pool.ts';
import { describeFeatures, featureSettings } from '../audio/features.ts';
import { hear } from '../audio/hear.ts';
import type { ComputeSpectrogramsInput, ComputeSpectrogramsResult } from '../contracts/payloads.ts';
import type { Settings } from '../contracts/settings.ts';
import type { AudioArchive } from '../data/archive/audioArchive.ts';
import type { PreviewInbox, WaitingPreview } from '../data/inbox/previewInbox.ts';
import type { ShardStore } from '../data/shards/shardStore.ts';
import { type HeardPreview, writeSoundBatch } from '../data/shards/soundBatch.ts';
import { defineActivity } from './defineActivity.ts';

export interface SpectrogramPorts {
  readonly inbox: PreviewInbox;
  readonly audioArchive: AudioArchive;
  readonly shards: ShardStore;
  readonly pool: AudioPool;
  readonly readSettings: () => Promise<Settings>;
}

export interface SpectrogramActivities {
  computeSpectrograms(input: ComputeSpectrogramsInput): Promise<ComputeSpectrogramsResult>;
}

/** The same sound gives the same shard, byte for byte: run twice, it writes one file. */
export function createSpectrogramActivities(ports: SpectrogramPorts): SpectrogramActivities {
  return {
    computeSpectrograms: defineActivity(async ({ trackIds, askedOn, plan }: ComputeSpectrogramsInput, signal) => {
      const settings = featureSettings(plan);
      const { sound } = await ports.readSettings();
      const waiting = await Promise.all(trackIds.map((trackId) => ports.inbox.get(trackId)));
      const heard = await Promise.all(
        waiting
          .filter((preview) => preview !== null)
          .map(async (preview): Promise<HeardPreview | null> => {
            const { trackId, answers, audio } = preview;
            if (audio === null) return { trackId, answers, sound: null };
            const bytes = await bytesOf(ports, preview);
            // Gone between two looks, or damaged on this disk: listed and fetched again the next night.
            if (bytes === null) return null;
            const isKept = audio.isFromKept || sound.keepsAudio;
            const file = await hear(ports.pool, bytes, settings, isKept, { signal });
            if (file.audio.isKept) await ports.audioArchive.put(bytes);
            return { trackId, answers, sound: { source: audio.source, isSynthetic: audio.isSynthetic, ...file } };
          }),
      );
      const whole = heard.filter((preview) => preview !== null);
      if (whole.length === 0) return { batchSha256: null, numSpectrograms: 0, numUndecodable: 0 };
      const batch = await writeSoundBatch(ports.shards, { askedOn, feature: describeFeatures(settings), heard: whole });
      return {
        batchSha256: await ports.inbox.putBatch(batch),
        numSpectrograms: batch.spectrograms.length,
        numUndecodable: whole.filter(({ sound: heardSound }) => heardSound?.audio.error != null).length,
      };
    }),
  };
}

async function bytesOf(ports: SpectrogramPorts, preview: WaitingPreview): Promise<Uint8Array | null> {
  if (preview.audio?.isFromKept !== true) return ports.inbox.audio(preview);
  return ports.audioArchive.get(preview.audio.sha256);
}
