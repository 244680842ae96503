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
import type { HearQuery } from '../data/lake/soundReads.ts';
import type { Lake } from '../data/lake/types.ts';
import { findBrokenShards } from '../data/shards/brokenShards.ts';
import type { ShardStore } from '../data/shards/shardStore.ts';
import { defineActivity } from './defineActivity.ts';
import { FETCH_PATIENCE } from './patience.ts';
import { commitBatch } from './soundCommit.ts';

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
      if (input.cursor === null) await inbox.sweep();

      // First what was lost: the tracks of a broken shard together, in its order, so that the same file comes of it.
      const batches: TrackId[][] = [];
      if (cursor.kind === 'repair') {
        const asked = originsOf(sound.sources, source.kind);
        // What came from elsewhere, such as the user's own files, is not replaced by what these sources have: those rows
        // stay with the broken shard until their source is on, the others move to a shard of their own.
        const broken = (await findBrokenShards(lake, shards))
          .filter(({ featureVersion: of, sha256 }) => of === version && sha256 > cursor.after)
          .map(({ sha256, rows }) => ({ sha256, rows: rows.filter((row) => asked.includes(row.source)) }))
          .filter(({ rows }) => rows.length > 0);
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
      const query: HearQuery = {
        featureVersion: version,
        sources: originsOf(sound.sources, source.kind),
        asOf: input.nominalDate,
        askAgainAfterDays: sound.askAgainAfterDays,
        limit: numMore,
      };
      const after = cursor.kind === 'repair' || cursor.after === '' ? {} : { afterTrackId: parseTrackId(cursor.after) };
      let numEntries = 0;
      if (cursor.kind !== 'check') {
        const entered = input.enteredFrom === null ? {} : { enteredFrom: input.enteredFrom };
        const trackIds = await lake.tracksToHear({ ...query, ...entered, ...after });
        batches.push(...inShards(trackIds));
        numEntries = trackIds.length;
        const last = trackIds.at(-1);
        if (batches.flat().length >= numLeft) return { batches, nextCursor: null };
        if (numEntries >= numMore && last !== undefined) return { batches, nextCursor: `entry:${last}` };
      }

      // What is left of the night's figure goes to those that have a spectrogram. What the user has in a folder is no
      // state of a source, and may have been added from another folder.
      const limit = numMore - numEntries;
      const checked = await lake.tracksToHear({
        ...query,
        sources: query.sources.filter((origin) => origin !== 'folder'),
        checkAfterDays: sound.checkFoundAfterDays,
        limit,
        ...(cursor.kind === 'check' ? after : {}),
      });
      const isOver = checked.length < limit || batches.flat().length + checked.length >= numLeft;
      // What is to be made again is asked for anyway.
      const listed = new Set(batches.flat());
      const checks = inShards(checked.filter((trackId) => !listed.has(trackId)));
      return { batches, checks, nextCursor: isOver ? null : `check:${checked.at(-1)}` };
    }),

    commitSound: defineActivity(async ({ batchSha256 }: CommitSoundInput) => {
      const sealed = await inbox.batch(batchSha256);
      // It is removed once it is committed: this activity has run before, and its answer was lost.
      if (sealed.state === 'absent') return { snapshotId: null };
      if (sealed.state === 'damaged') {
        // What it was made of still waits in the inbox: nothing was committed.
        await inbox.removeBatch(batchSha256);
        return { snapshotId: null, isDamaged: true };
      }
      const batch = sealed.value;
      await requireShard(shards, batch.shard);
      const broken = await findBrokenShards(lake, shards);
      const committed = await commitBatch(
        lake,
        batch,
        broken.map(({ sha256 }) => sha256),
      );
      const trackIds = [...batch.previews, ...batch.spectrograms].map(({ trackId }) => trackId);
      await inbox.remove([...new Set(trackIds)]);
      await inbox.removeBatch(batchSha256);
      return committed;
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

function inShards(trackIds: readonly TrackId[]): TrackId[][] {
  const numShards = Math.ceil(trackIds.length / TRACKS_PER_SHARD);
  return Array.from({ length: numShards }, (_, index) =>
    trackIds.slice(index * TRACKS_PER_SHARD, (index + 1) * TRACKS_PER_SHARD),
  );
}

interface Cursor {
  readonly kind: 'repair' | 'entry' | 'check';
  /** A shard's name, or a track id; empty at the start. */
  after: string;
}

function parseCursor(cursor: string | null): Cursor {
  const [kind, after = ''] = (cursor ?? 'repair:').split(':');
  return { kind: kind === 'entry' || kind === 'check' ? kind : 'repair', after };
}
