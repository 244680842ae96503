/** Asks one source after the other for the sound of a track. One that fails does not hold those behind it. */
import { type ChartlifeError, isChartlifeError } from '../contracts/errors.ts';
import type { PreviewOrigin, TrackToHear } from '../contracts/previews.ts';
import type { WaitingPreview } from '../data/inbox/previewInbox.ts';
import { sha256Hex } from '../runtime/files.ts';
import type { FoundPreview, KnownPreview, PreviewSource } from '../sources/previewSource.ts';
import { longPauseMs } from './fetchPause.ts';

type Answer = WaitingPreview['answers'][number];

export interface Heard {
  /** One a source that was asked, also earlier; failures among them that no repetition in this night can mend. */
  readonly answers: readonly Answer[];
  /** The first that was found. */
  readonly found: (FoundPreview & { readonly source: PreviewOrigin; readonly sha256: string }) | null;
  /** What sources failed with that say nothing of the track: they are not among the answers. */
  readonly failures: readonly unknown[];
}

/** What the source had before, and which audio the track's spectrogram was made of. */
export interface KnownSound {
  readonly audioSha256: string;
  readonly addressSha256: string | null;
}

/** Sources that asked for a longer pause than a night has are left alone until it is over, by all tracks. */
export class SourcePauses {
  readonly #pauses = new Map<PreviewOrigin, { readonly untilMs: number; readonly error: unknown }>();
  readonly #nowMs: () => number;

  /** @param nowMs milliseconds of a clock that only goes forward */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** @throws what the source failed with when it asked for a pause that is not over */
  check(origin: PreviewOrigin): void {
    const pause = this.#pauses.get(origin);
    if (pause !== undefined && pause.untilMs > this.#nowMs()) throw pause.error;
  }

  /** To be told of every failure of a source. */
  note(origin: PreviewOrigin, error: unknown): void {
    const pauseMs = longPauseMs(error);
    if (pauseMs === null || this.#isPaused(origin)) return;
    this.#pauses.set(origin, { untilMs: this.#nowMs() + pauseMs, error });
  }

  #isPaused(origin: PreviewOrigin): boolean {
    return (this.#pauses.get(origin)?.untilMs ?? 0) > this.#nowMs();
  }
}

/**
 * @param soFar answers of an earlier attempt: these sources are not asked again
 * @param known if it is given, what it says is not fetched again where the source has it still
 * @throws the signal's reason once it aborts
 */
export async function listenToSources(
  sources: readonly PreviewSource[],
  track: TrackToHear,
  soFar: readonly Answer[],
  known: KnownSound | null,
  pauses: SourcePauses,
  signal: AbortSignal,
): Promise<Heard> {
  const answers = [...soFar];
  const failures: unknown[] = [];
  const knownPreview: KnownPreview | undefined =
    known?.addressSha256 == null ? undefined : { addressSha256: known.addressSha256 };
  for (const source of sources) {
    if (soFar.some((answer) => answer.source === source.origin)) continue;
    const none = { trackId: track.trackId, source: source.origin, urlHost: null, match: null, isSynthetic: false };
    try {
      pauses.check(source.origin);
      const answer = await source.find(track, signal, knownPreview);
      const { details } = answer;
      if (answer.outcome === 'absent') {
        answers.push({ ...none, why: answer.why, details });
        continue;
      }
      const addressSha256 = answer.outcome === 'found' ? answer.addressSha256 : (known?.addressSha256 ?? null);
      const sha256 = answer.outcome === 'found' ? sha256Hex(answer.bytes) : null;
      if (answer.outcome === 'unchanged' || sha256 === null || sha256 === known?.audioSha256) {
        answers.push({ ...none, why: null, details, outcome: 'unchanged', addressSha256 });
        return { answers, found: null, failures };
      }
      const { urlHost, match, isSynthetic } = answer;
      answers.push({ ...none, why: null, urlHost, addressSha256, match, details, isSynthetic });
      return { answers, found: { ...answer, source: source.origin, sha256 }, failures };
    } catch (error) {
      signal.throwIfAborted();
      pauses.note(source.origin, error);
      if (isPermanent(error)) {
        answers.push({ ...none, why: `${error.type}: ${error.message}`, details: null, outcome: 'failed' });
      } else {
        failures.push(error);
      }
    }
  }
  return { answers, found: null, failures };
}

/** True where the source, asked again, would say the same: told to the lake. Our own settings are not the source's. */
function isPermanent(error: unknown): error is ChartlifeError {
  return isChartlifeError(error) && !error.retryable && error.type !== 'InvalidInput';
}
