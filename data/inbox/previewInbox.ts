/**
 * What sources of sound answered, from when it was fetched until it is in the lake: a worker that dies in between finds
 * it here and asks nobody again. What nobody came for is deleted after two days: nobody said that audio may be kept.
 *
 *     answers/<track id>.json        audio/<track id>        batches/<sha256>.json
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CalendarDate } from '../../contracts/dates.ts';
import type { TrackId } from '../../contracts/ids.ts';
import type { PreviewOrigin } from '../../contracts/previews.ts';
import type { PreviewRecord, SoundBatch } from '../../contracts/sound.ts';
import { sha256Hex, systemErrorCode, writeFileAtomic } from '../../runtime/files.ts';
import { readSealed, type SealedFile, writeSealed } from './sealedFile.ts';

/** Which of the answers has the audio, or which kept file is to be used again. */
export interface WaitingAudio {
  readonly source: PreviewOrigin;
  readonly isSynthetic: boolean;
  readonly sha256: string;
  readonly numBytes: number;
  /** Lies in the home's audio folder already, not here: no source was asked. */
  readonly isFromKept: boolean;
}

export interface WaitingPreview {
  readonly trackId: TrackId;
  readonly askedOn: CalendarDate;
  /** One per source that was asked; `audio` is told apart, since nothing of it is decoded yet. */
  readonly answers: readonly Omit<PreviewRecord, 'audio'>[];
  /** null where no source had any. */
  readonly audio: WaitingAudio | null;
  /** Sources that are not among the answers are still to be asked: the last attempt failed at one. Absent: all were. */
  readonly isUnfinished?: boolean;
}

/** Half written, by a process that was killed. */
const LEFT_BEHIND_MS = 3_600_000;
/** Longer than a night takes, with the night after it. */
const UNCLAIMED_MS = 2 * 86_400_000;
const FOLDERS = ['answers', 'audio', 'batches'] as const;

export interface PreviewInbox {
  /** @throws ChartlifeError DiskFull */
  put(preview: WaitingPreview, bytes: Uint8Array | null): Promise<void>;
  /** null where nothing waits, or where what waits is not whole: then it is fetched again. */
  get(trackId: TrackId): Promise<WaitingPreview | null>;
  /** The audio of a preview that waits, checked against its hash; null where it is not whole. */
  audio(preview: WaitingPreview): Promise<Uint8Array | null>;
  remove(trackIds: readonly TrackId[]): Promise<void>;
  /** Keeps a batch until it is committed; gives its name. @throws ChartlifeError DiskFull */
  putBatch(batch: SoundBatch): Promise<string>;
  /** Absent once it was removed; damaged where its bytes are no longer those that were written. */
  batch(sha256: string): Promise<SealedFile<SoundBatch>>;
  removeBatch(sha256: string): Promise<void>;
  /**
   * Deletes what a write that was killed has left, once it is so old that nobody can be at it, and what has waited for
   * two days without being committed: answers, audio and batches alike.
   */
  sweep(): Promise<void>;
}

export function openPreviewInbox(inboxDir: string): PreviewInbox {
  const at = (...parts: string[]): string => path.join(path.resolve(inboxDir), ...parts);
  const answersPath = (trackId: TrackId): string => at('answers', `${trackId}.json`);
  const audioPath = (trackId: TrackId): string => at('audio', trackId);
  const batchPath = (sha256: string): string => at('batches', `${sha256}.json`);
  const audioOf = async (preview: WaitingPreview): Promise<Uint8Array | null> => {
    const bytes = await absentAsNull(readFile(audioPath(preview.trackId)));
    return bytes !== null && sha256Hex(bytes) === preview.audio?.sha256 ? bytes : null;
  };
  return {
    async put(preview, bytes) {
      // The audio first: an answer that says there is audio must not be there without it.
      if (bytes !== null) await writeFileAtomic(audioPath(preview.trackId), bytes);
      await writeSealed(answersPath(preview.trackId), preview);
    },
    async get(trackId) {
      const sealed = await readSealed<WaitingPreview>(answersPath(trackId));
      const preview = sealed.state === 'whole' ? sealed.value : null;
      if (preview?.audio === undefined || preview.audio === null || preview.audio.isFromKept) return preview;
      return (await audioOf(preview)) === null ? null : preview;
    },
    audio: audioOf,
    async remove(trackIds) {
      for (const trackId of trackIds) {
        await rm(answersPath(trackId), { force: true });
        await rm(audioPath(trackId), { force: true });
      }
    },
    async putBatch(batch) {
      const sha256 = sha256Hex(JSON.stringify(batch));
      await writeSealed(batchPath(sha256), batch);
      return sha256;
    },
    batch: (sha256) => readSealed<SoundBatch>(batchPath(sha256)),
    removeBatch: (sha256) => rm(batchPath(sha256), { force: true }),
    async sweep() {
      for (const folder of FOLDERS) {
        for (const name of (await absentAsNull(readdir(at(folder)))) ?? []) {
          const maxAgeMs = name.endsWith('.tmp') ? LEFT_BEHIND_MS : UNCLAIMED_MS;
          // Another process may take it away in this moment.
          const stats = await absentAsNull(stat(at(folder, name)));
          if (stats?.isFile() && Date.now() - stats.mtimeMs > maxAgeMs) await rm(at(folder, name), { force: true });
        }
      }
    },
  };
}

async function absentAsNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
