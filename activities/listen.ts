/** The sound of one track, from the sources into the home's inbox: the only activity that asks them. */
import type { FetchPreviewInput, FetchPreviewResult } from '../contracts/payloads.ts';
import type { Settings } from '../contracts/settings.ts';
import type { AudioArchive } from '../data/archive/audioArchive.ts';
import type { PreviewInbox, WaitingPreview } from '../data/inbox/previewInbox.ts';
import type { Lake } from '../data/lake/types.ts';
import { sha256Hex } from '../runtime/files.ts';
import type { PreviewSource } from '../sources/previewSource.ts';
import { defineActivity } from './defineActivity.ts';

export interface ListenPorts {
  readonly lake: Pick<Lake, 'trackToHear' | 'keptAudio' | 'undecodableOrigins'>;
  readonly inbox: PreviewInbox;
  readonly audioArchive: AudioArchive;
  /** Read anew each time, so that a source turned on by day is asked at night. */
  readonly readSettings: () => Promise<Settings>;
  /** The sources that settings turn on, in the order in which they are asked. */
  readonly sourcesOf: (settings: Settings) => readonly PreviewSource[];
}

export interface ListenActivities {
  fetchPreview(input: FetchPreviewInput): Promise<FetchPreviewResult>;
}

/** What was found lies in the inbox before the activity ends: run again, it asks nobody. */
export function createListenActivities(ports: ListenPorts): ListenActivities {
  const { inbox, lake } = ports;
  return {
    fetchPreview: defineActivity(async ({ trackId, askedOn }: FetchPreviewInput, signal) => {
      const waiting = await inbox.get(trackId);
      // What was found stays good; that there was none may have changed since another night.
      if (waiting !== null && (waiting.audio !== null || waiting.askedOn === askedOn)) return resultOf(waiting);

      const kept = await keptPreview(ports, { trackId, askedOn });
      if (kept !== null) {
        await inbox.put(kept, null);
        return resultOf(kept);
      }
      const track = await lake.trackToHear(trackId);
      const answers: WaitingPreview['answers'][number][] = [];
      const undecodable = await lake.undecodableOrigins(trackId);
      const sources = [...ports.sourcesOf(await ports.readSettings())];
      // One whose sound could not be decoded comes after those that may have a better one.
      sources.sort((a, b) => Number(undecodable.includes(a.origin)) - Number(undecodable.includes(b.origin)));
      for (const source of sources) {
        const answer = await source.find(track, signal);
        const of = { trackId, source: source.origin, details: answer.details };
        if (answer.outcome === 'absent') {
          answers.push({ ...of, why: answer.why, urlHost: null, match: null, isSynthetic: false });
          continue;
        }
        const { bytes, urlHost, match, isSynthetic } = answer;
        answers.push({ ...of, why: null, urlHost, match, isSynthetic });
        const audio = { sha256: sha256Hex(bytes), numBytes: bytes.length, isFromKept: false };
        const found = { trackId, askedOn, answers, audio: { ...audio, source: source.origin, isSynthetic } };
        await inbox.put(found, bytes);
        return resultOf(found);
      }
      const absent = { trackId, askedOn, answers, audio: null };
      await inbox.put(absent, null);
      return resultOf(absent);
    }),
  };
}

function resultOf({ audio }: WaitingPreview): FetchPreviewResult {
  if (audio === null) return { outcome: 'absent' };
  return { outcome: audio.isFromKept ? 'kept' : 'found' };
}

/** A file that the home kept is heard again without asking anybody. */
async function keptPreview(ports: ListenPorts, input: FetchPreviewInput): Promise<WaitingPreview | null> {
  const kept = await ports.lake.keptAudio(input.trackId);
  const bytes = kept === null ? null : await ports.audioArchive.get(kept.sha256);
  if (kept === null || bytes === null) return null;
  const { source, sha256, isSynthetic } = kept;
  return { ...input, answers: [], audio: { source, isSynthetic, sha256, numBytes: bytes.length, isFromKept: true } };
}
