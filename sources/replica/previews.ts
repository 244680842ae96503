/** Which tracks the replica can let hear, and under which addresses: embed pages, and files as on Spotify's CDN. */
import type { TrackId } from '../../contracts/ids.ts';
import { tryParseTrackId } from '../../contracts/ids.ts';
import type { TrackFacts } from '../../contracts/trackFacts.ts';
import { sha256Hex } from '../../runtime/files.ts';
import { SoundRenderer } from './sound/soundRenderer.ts';

const EMBED_PATH = /^\/embed\/track\/([A-Za-z0-9]{22})$/;
const PREVIEW_HASH_LENGTH = 40;

/** `/mp3-preview/` and 40 hexadecimal digits made of the track's id. */
export function previewPathOf(trackId: TrackId): string {
  return `/mp3-preview/${sha256Hex(`chartlife replica preview of ${trackId}`).slice(0, PREVIEW_HASH_LENGTH)}`;
}

/** The track whose embed page is at a path; null for a path that is none. */
export function trackOfEmbedPath(path: string): TrackId | null {
  const match = EMBED_PATH.exec(path);
  return match === null ? null : tryParseTrackId(match[1] ?? '');
}

export class ReplicaPreviews {
  readonly #facts: ReadonlyMap<TrackId, TrackFacts>;
  readonly #trackIds: ReadonlyMap<string, TrackId>;
  readonly #renderer: SoundRenderer;

  /** @throws ChartlifeError SetupMissing if the rendering thread has not been built */
  constructor(facts: ReadonlyMap<TrackId, TrackFacts>, threadPath: string | undefined) {
    this.#facts = facts;
    this.#trackIds = new Map([...facts.keys()].map((trackId) => [previewPathOf(trackId), trackId]));
    this.#renderer = new SoundRenderer(threadPath === undefined ? {} : { threadPath });
  }

  factsOf(trackId: TrackId): TrackFacts | null {
    return this.#facts.get(trackId) ?? null;
  }

  /**
   * The file at a path; null where none is.
   *
   * @throws ChartlifeError SourceUnavailable if too many wait; the signal's reason once it is aborted
   */
  async mp3At(path: string, signal: AbortSignal): Promise<Uint8Array | null> {
    const trackId = this.#trackIds.get(path);
    const facts = trackId === undefined ? undefined : this.#facts.get(trackId);
    if (trackId === undefined || facts === undefined) return null;
    return this.#renderer.render(trackId, facts.descriptors, signal);
  }

  close(): Promise<void> {
    return this.#renderer.close();
  }
}
