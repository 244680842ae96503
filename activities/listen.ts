/** The sound of one track, from the sources into the home's inbox: the only activity that asks them. */
import { isChartlifeError } from '../contracts/errors.ts';
import type { TrackId } from '../contracts/ids.ts';
import { type FetchPreviewInput, type FetchPreviewResult, MAX_MESSAGE_LENGTH } from '../contracts/payloads.ts';
import type { Settings } from '../contracts/settings.ts';
import type { AudioArchive } from '../data/archive/audioArchive.ts';
import type { PreviewInbox, WaitingPreview } from '../data/inbox/previewInbox.ts';
import type { Lake } from '../data/lake/types.ts';
import { waitFor } from '../runtime/deadline.ts';
import type { PreviewSource } from '../sources/previewSource.ts';
import { defineActivity } from './defineActivity.ts';
import { longPauseMs, notBeforeTomorrow } from './fetchPause.ts';
import { type KnownSound, listenToSources, SourcePauses } from './listenToSources.ts';

export interface ListenPorts {
  readonly lake: Pick<Lake, 'trackToHear' | 'keptAudio' | 'undecodableOrigins' | 'spectrogramOf'>;
  readonly inbox: PreviewInbox;
  readonly audioArchive: AudioArchive;
  /** Read anew each time, so that a source turned on by day is asked at night. */
  readonly readSettings: () => Promise<Settings>;
  /** The sources that settings turn on, in the order in which they are asked. */
  readonly sourcesOf: (settings: Settings) => readonly PreviewSource[];
}

export interface ListenActivities {
  /**
   * @throws ApplicationFailure where no source had it and one did not answer: of that one's type. Tried again, it asks
   *   those alone that did not answer.
   */
  fetchPreview(input: FetchPreviewInput): Promise<FetchPreviewResult>;
}

/** What was found lies in the inbox before the activity ends: run again, it asks nobody. */
export function createListenActivities(ports: ListenPorts): ListenActivities {
  const pauses = new SourcePauses();
  const underWay = new Map<TrackId, Promise<FetchPreviewResult>>();
  return {
    fetchPreview: defineActivity(async (input: FetchPreviewInput, signal) => {
      // Two runs may want the same track; the second finds in the inbox what the first was given.
      for (let other = underWay.get(input.trackId); other !== undefined; other = underWay.get(input.trackId)) {
        await waitFor(
          other.catch(() => undefined),
          signal,
        );
      }
      const work = fetchOne(ports, pauses, input, signal);
      underWay.set(input.trackId, work);
      try {
        return await work;
      } finally {
        underWay.delete(input.trackId);
      }
    }),
  };
}

async function fetchOne(
  ports: ListenPorts,
  pauses: SourcePauses,
  { trackId, askedOn, isCheck = false }: FetchPreviewInput,
  signal: AbortSignal,
): Promise<FetchPreviewResult> {
  const { inbox, lake } = ports;
  const waiting = await inbox.get(trackId);
  const isOfTonight = waiting?.askedOn === askedOn;
  // What was found stays good; that there was none may have changed since another night.
  if (waiting !== null && (waiting.audio !== null || (isOfTonight && waiting.isUnfinished !== true))) {
    return resultOf(waiting);
  }
  const kept = isCheck ? null : await keptPreview(ports, { trackId, askedOn });
  if (kept !== null) {
    await inbox.put(kept, null);
    return resultOf(kept);
  }
  const known = isCheck ? await lake.spectrogramOf(trackId) : null;
  const heard = await listenToSources(
    await sourcesFor(ports, trackId, known),
    await lake.trackToHear(trackId),
    isOfTonight ? (waiting?.answers ?? []) : [],
    known satisfies KnownSound | null,
    pauses,
    signal,
  );
  const { answers, found } = heard;
  if (found !== null) {
    const { source, sha256, bytes, isSynthetic } = found;
    const audio = { source, isSynthetic, sha256, numBytes: bytes.length, isFromKept: false };
    const preview = { trackId, askedOn, answers, audio };
    await inbox.put(preview, bytes);
    return resultOf(preview);
  }
  const isUnchanged = answers.some(({ outcome }) => outcome === 'unchanged');
  const failure = isUnchanged ? undefined : mostHopeful(heard.failures);
  const isUnfinished = failure !== undefined;
  const none = { trackId, askedOn, answers, audio: null, ...(isUnfinished ? { isUnfinished } : {}) };
  // Without any answer there is nothing that another attempt could be spared.
  if (answers.length > 0) await inbox.put(none, null);
  if (failure !== undefined) throw notBeforeTomorrow(failure) ?? failure;
  return resultOf(none);
}

/** For a check the one that the sound came from, else all; one whose sound could not be decoded after the others. */
async function sourcesFor(
  ports: ListenPorts,
  trackId: TrackId,
  known: { readonly source: string } | null,
): Promise<PreviewSource[]> {
  const sources = [...ports.sourcesOf(await ports.readSettings())];
  if (known !== null) return sources.filter(({ origin }) => origin === known.source);
  const undecodable = await ports.lake.undecodableOrigins(trackId);
  return sources.sort((a, b) => Number(undecodable.includes(a.origin)) - Number(undecodable.includes(b.origin)));
}

/** Of several failures the one that another attempt in this night may mend, so that there is another attempt. */
function mostHopeful(failures: readonly unknown[]): unknown {
  const canBeMended = (error: unknown): boolean =>
    isChartlifeError(error) ? error.retryable && longPauseMs(error) === null : true;
  return failures.find(canBeMended) ?? failures[0];
}

function resultOf({ audio, answers }: WaitingPreview): FetchPreviewResult {
  if (audio !== null) return { outcome: audio.isFromKept ? 'kept' : 'found' };
  if (answers.some(({ outcome }) => outcome === 'unchanged')) return { outcome: 'unchanged' };
  const failed = answers.find(({ outcome }) => outcome === 'failed');
  if (failed === undefined) return { outcome: 'absent' };
  const [, errorType = 'Error', message = ''] = /^(\w+): (.*)$/s.exec(failed.why ?? '') ?? [];
  return { outcome: 'failed', failure: { errorType, message: message.slice(0, MAX_MESSAGE_LENGTH) } };
}

/** A file that the home kept is heard again without asking anybody. */
async function keptPreview(
  ports: ListenPorts,
  input: Pick<FetchPreviewInput, 'trackId' | 'askedOn'>,
): Promise<WaitingPreview | null> {
  const kept = await ports.lake.keptAudio(input.trackId);
  const bytes = kept === null ? null : await ports.audioArchive.get(kept.sha256);
  if (kept === null || bytes === null) return null;
  const { source, sha256, isSynthetic } = kept;
  return { ...input, answers: [], audio: { source, isSynthetic, sha256, numBytes: bytes.length, isFromKept: true } };
}
