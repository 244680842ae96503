/** What is to be heard, and what was heard into the lake. */
import { featureSettings, featureVersion } from '../audio/features.ts';
import { ChartlifeError } from '../contracts/errors.ts';
import { parseTrackId, type TrackId } from '../contracts/ids.ts';
import {
  type CommitSoundInput,
  type CommitSoundResult,
  type ListTracksToHearInput,
  type ListTracksToHearResult,
  SHARDS_PER_LISTING,
  type SoundPlan,
  TRACKS_PER_SHARD,
} from '../contracts/payloads.ts';
import type { PreviewOrigin } from '../contracts/previews.ts';
import type { Settings, SourceKind } from '../contracts/settings.ts';
import type { PreviewInbox } from '../data/inbox/previewInbox.ts';
import type { Lake } from '../data/lake/types.ts';
import { findBrokenShards } from '../data/shards/brokenShards.ts';
import type { ShardStore } from '../data/shards/shardStore.ts';
import { defineActivity } from './defineActivity.ts';
import { FETCH_PATIENCE } from './patience.ts';

export interface SoundLakePorts {
  readonly lake: Lake;
  readonly inbox: PreviewInbox;
  readonly shards: ShardStore;
  readonly readSettings: () => Promise<Settings>;
}

export interface PlanSoundInput {
  /** At most so many tracks; the settings' figure where nobody said. */
  readonly maxTracks?: number;
}

export interface SoundActivities {
  /** @throws ApplicationFailure InvalidInput where no source of sound is turned on */
  planSound(input: PlanSoundInput): Promise<SoundPlan>;
  listTracksToHear(input: ListTracksToHearInput): Promise<ListTracksToHearResult>;
  commitSound(input: CommitSoundInput): Promise<CommitSoundResult>;
}

/** The plan of a night; null where no source of sound is turned on. */
export function soundPlanOf(settings: Settings, maxTracks = settings.sound.maxTracksPerNight): SoundPlan | null {
  const { sources, window, channels } = settings.sound;
  if (sources.length === 0 || maxTracks === 0) return null;
  return { window, channels, maxTracks, patience: FETCH_PATIENCE[settings.source.kind] };
}

export function createSoundActivities(ports: SoundLakePorts): SoundActivities {
  const { lake, inbox, shards } = ports;
  return {
    planSound: defineActivity(async ({ maxTracks }: PlanSoundInput) => {
      const plan = soundPlanOf(await ports.readSettings(), maxTracks);
      if (plan !== null) return plan;
      throw new ChartlifeError('InvalidInput', 'no source of sound is turned on', {
        next: 'Turn one on: `chartlife audio source --help` says how, and under which terms.',
      });
    }),

    listTracksToHear: defineActivity(async (input: ListTracksToHearInput) => {
      const { sound, source } = await ports.readSettings();
      const version = featureVersion(featureSettings(input.plan));
      const numLeft = input.plan.maxTracks - input.numListed;
      if (numLeft <= 0) return { batches: [], nextCursor: null };
      const cursor = parseCursor(input.cursor);

      // First what was lost: the tracks of a broken shard together, in its order, so that the same file comes of it.
      const batches: TrackId[][] = [];
      if (cursor.kind === 'repair') {
        const asked = originsOf(sound.sources, source.kind);
        // What came from elsewhere, such as the user's own files, is not replaced by what these sources have.
        const broken = (await findBrokenShards(lake, shards)).filter(
          ({ featureVersion: of, sha256, rows }) =>
            of === version && sha256 > cursor.after && rows.every((row) => asked.includes(row.source)),
        );
        for (const { rows, sha256 } of broken.slice(0, SHARDS_PER_LISTING)) {
          batches.push(rows.map(({ trackId }) => trackId));
          cursor.after = sha256;
        }
        if (broken.length >= SHARDS_PER_LISTING) return { batches, nextCursor: `repair:${cursor.after}` };
      }

      // A broken shard is made again whole, even where that is more than was asked for.
      const numMore = Math.min(
        (SHARDS_PER_LISTING - batches.length) * TRACKS_PER_SHARD,
        numLeft - batches.flat().length,
      );
      if (numMore <= 0) return { batches, nextCursor: null };
      const trackIds = await lake.tracksToHear({
        featureVersion: version,
        sources: originsOf(sound.sources, source.kind),
        asOf: input.nominalDate,
        askAgainAfterDays: sound.askAgainAfterDays,
        limit: numMore,
        ...(input.enteredFrom === null ? {} : { enteredFrom: input.enteredFrom }),
        ...(cursor.kind === 'entry' ? { afterTrackId: parseTrackId(cursor.after) } : {}),
      });
      for (let start = 0; start < trackIds.length; start += TRACKS_PER_SHARD) {
        batches.push(trackIds.slice(start, start + TRACKS_PER_SHARD));
      }
      const last = trackIds.at(-1);
      const isOver = trackIds.length < numMore || batches.flat().length >= numLeft;
      return { batches, nextCursor: isOver || last === undefined ? null : `entry:${last}` };
    }),

    commitSound: defineActivity(async ({ batchSha256 }: CommitSoundInput) => {
      const batch = await inbox.batch(batchSha256);
      // It is removed once it is committed: this activity has run before, and its answer was lost.
      if (batch === null) return { snapshotId: null };
      await requireShard(shards, batch.shard);
      const broken = await findBrokenShards(lake, shards);
      const { snapshotId } = await lake.commitSound(
        batch,
        broken.map(({ sha256 }) => sha256),
      );
      const trackIds = [...batch.previews, ...batch.spectrograms].map(({ trackId }) => trackId);
      await inbox.remove([...new Set(trackIds)]);
      await inbox.removeBatch(batchSha256);
      return { snapshotId };
    }),
  };
}

/** A shard must lie there whole before the lake says that it does. */
async function requireShard(shards: ShardStore, shard: { sha256: string; numBytes: number } | null): Promise<void> {
  if (shard === null) return;
  const numBytes = await shards.stat(shard.sha256);
  if (numBytes === shard.numBytes) return;
  throw new ChartlifeError('LakeUnusable', `the shard ${shards.pathOf(shard.sha256)} was written and is not whole`, {
    next: 'Look at the disk; the tracks are listed again the next night.',
    details: { sha256: shard.sha256, numBytes },
  });
}

function originsOf(sources: Settings['sound']['sources'], kind: SourceKind): readonly PreviewOrigin[] {
  return kind === 'replica' ? ['replica'] : sources;
}

interface Cursor {
  readonly kind: 'repair' | 'entry';
  /** A shard's name, or a track id; empty at the start. */
  after: string;
}

function parseCursor(cursor: string | null): Cursor {
  const [kind, after = ''] = (cursor ?? 'repair:').split(':');
  return { kind: kind === 'entry' ? 'entry' : 'repair', after };
}
