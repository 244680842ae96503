/** A folder of the user's own audio into the lake: a shard's worth of files at a time, each whole or not at all. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_AUDIO_LIMITS } from '../../audio/decode/limits.ts';
import type { AudioPool } from '../../audio/decode/pool.ts';
import { describeFeatures, type FeatureSettings, featureSettings } from '../../audio/features.ts';
import { hear } from '../../audio/hear.ts';
import type { CalendarDate } from '../../contracts/dates.ts';
import type { TrackId } from '../../contracts/ids.ts';
import { TRACKS_PER_SHARD } from '../../contracts/payloads.ts';
import type { SoundSettings } from '../../contracts/settings.ts';
import { openAudioArchive } from '../../data/archive/audioArchive.ts';
import type { Lake } from '../../data/lake/types.ts';
import { findBrokenShards } from '../../data/shards/brokenShards.ts';
import { openShardStore } from '../../data/shards/shardStore.ts';
import { type HeardPreview, writeSoundBatch } from '../../data/shards/soundBatch.ts';
import { sha256Hex, systemErrorCode } from '../../runtime/files.ts';
import type { Home } from '../../runtime/home.ts';
import { listFolder } from '../../sources/previews/folder.ts';

export interface AddOptions {
  readonly lake: Lake;
  readonly pool: AudioPool;
  readonly home: Home;
  /** Window, channels, and whether the files are kept. */
  readonly sound: SoundSettings;
  readonly dir: string;
  readonly mapPath: string | null;
  readonly askedOn: CalendarDate;
  /** Ends the work after the shard in hand. */
  readonly signal: AbortSignal;
  readonly onProgress: (numDone: number, numFiles: number) => void;
}

export interface AddSummary {
  readonly numFiles: number;
  readonly numComputed: number;
  /** The lake has the spectrogram of this very file already. */
  readonly numUnchanged: number;
  /** Of the computed ones: heard, with parts missing. */
  readonly numDamaged: number;
  /** Not looked at, since the signal fired. */
  readonly numLeft: number;
  readonly putAside: readonly { readonly file: string; readonly why: string }[];
  readonly seconds: number;
}

interface OwnFile {
  readonly path: string;
  readonly trackId: TrackId;
}

/**
 * @throws ChartlifeError InvalidInput for a folder or a CSV that can't be read; DiskFull, LakeConflict, LakeUnusable.
 *   What was committed before stays; run again, it goes on.
 */
export async function addFolder(options: AddOptions): Promise<AddSummary> {
  const { lake, dir, mapPath, sound, signal, onProgress } = options;
  const startedMs = performance.now();
  const listing = await listFolder(dir, mapPath ?? undefined);
  const nameOf = (filePath: string): string => path.relative(dir, filePath);
  const putAside = listing.unmatched.map(({ path: filePath, why }) => ({ file: nameOf(filePath), why }));
  const settings = featureSettings(sound);
  const shards = openShardStore(options.home.spectrogramsDir);
  const known = await knownAudio(lake, describeFeatures(settings).version);
  const broken = (await findBrokenShards(lake, shards)).flatMap(({ rows }) => rows.map(({ trackId }) => trackId));
  for (const trackId of broken) known.delete(trackId);

  const tally = { numComputed: 0, numUnchanged: 0, numDamaged: 0 };
  const numFiles = listing.files.length;
  let numDone = 0;
  for (let start = 0; start < numFiles && !signal.aborted; start += TRACKS_PER_SHARD) {
    const files = listing.files.slice(start, start + TRACKS_PER_SHARD);
    const heard: HeardPreview[] = [];
    await Promise.all(
      files.map(async (file) => {
        const result = await hearFile(options, settings, file, known.get(file.trackId));
        onProgress(++numDone, numFiles);
        if (result.outcome === 'unchanged') tally.numUnchanged++;
        else if (result.outcome === 'unreadable') putAside.push({ file: nameOf(file.path), why: result.why });
        else heard.push(result.preview);
      }),
    );
    // In the order of the folder, whichever thread was first: the same files give the same shard.
    heard.sort((a, b) => (a.trackId < b.trackId ? -1 : 1));
    if (heard.length === 0) continue;
    const feature = describeFeatures(settings);
    const batch = await writeSoundBatch(shards, { askedOn: options.askedOn, feature, heard });
    await lake.commitSound(
      batch,
      (await findBrokenShards(lake, shards)).map(({ sha256 }) => sha256),
    );
    for (const { trackId, sound: heardSound } of heard) {
      const error = heardSound?.audio.error ?? null;
      const file = files.find((candidate) => candidate.trackId === trackId);
      if (error !== null)
        putAside.push({ file: nameOf(file?.path ?? ''), why: `${error.message} [${error.errorType}]` });
      else tally.numComputed++;
      if ((heardSound?.audio.decoded?.numLosses ?? 0) > 0) tally.numDamaged++;
    }
  }
  return {
    numFiles: numFiles + listing.unmatched.length,
    ...tally,
    numLeft: numFiles - numDone,
    putAside,
    seconds: (performance.now() - startedMs) / 1_000,
  };
}

/** The hash of the audio of each track that has a spectrogram of these features. */
async function knownAudio(lake: Lake, featureVersion: string): Promise<Map<string, string>> {
  return new Map((await lake.heardAudio(featureVersion)).map(({ trackId, audioSha256 }) => [trackId, audioSha256]));
}

type FileOutcome =
  | { readonly outcome: 'unchanged' }
  | { readonly outcome: 'unreadable'; readonly why: string }
  | { readonly outcome: 'heard'; readonly preview: HeardPreview };

async function hearFile(
  { pool, sound, home }: AddOptions,
  settings: FeatureSettings,
  { path: filePath, trackId }: OwnFile,
  knownSha256: string | undefined,
): Promise<FileOutcome> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(filePath);
    if (size > DEFAULT_AUDIO_LIMITS.maxBytes) {
      return { outcome: 'unreadable', why: `${size} bytes; the limit is ${DEFAULT_AUDIO_LIMITS.maxBytes}` };
    }
    bytes = await readFile(filePath);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    return { outcome: 'unreadable', why: `can't be read: ${code}` };
  }
  if (sha256Hex(bytes) === knownSha256) return { outcome: 'unchanged' };
  const file = await hear(pool, bytes, settings, sound.keepsAudio);
  if (file.audio.isKept) await openAudioArchive(home.audioDir).put(bytes);
  const answer = { trackId, source: 'folder', why: null, urlHost: null, match: null, details: null } as const;
  return {
    outcome: 'heard',
    preview: {
      trackId,
      answers: [{ ...answer, isSynthetic: false }],
      sound: { source: 'folder', isSynthetic: false, ...file },
    },
  };
}
