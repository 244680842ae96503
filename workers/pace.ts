/** How fast a source may be asked, over all workers and within one. */
import type { SourceKind } from '../contracts/settings.ts';

export interface FetchPace {
  /** The `fetch` queue's own limit, kept by the server over all workers together; null for none. */
  readonly requestsPerSecond: number | null;
  /** Each request waits up to so much longer, at random. */
  readonly jitterMs: number;
  /** Requests under way at once in one worker. */
  readonly maxConcurrent: number;
}

/**
 * kworb: two requests never start less than 2 s apart, whichever workers make them. The queue gives out one every
 * 3.5 s; after a pause the server lets the next one go up to 1 s early, and the jitter can bring two 0.5 s closer.
 * That holds where the queue has one partition, as on the server that `chartlife up` starts; with more, the mean holds
 * (docs/how-to/schedule-the-refresh.md).
 */
export const FETCH_PACE: Readonly<Record<SourceKind, FetchPace>> = {
  kworb: { requestsPerSecond: 1 / 3.5, jitterMs: 500, maxConcurrent: 1 },
  replica: { requestsPerSecond: null, jitterMs: 0, maxConcurrent: 8 },
};

/**
 * Each track is two requests to a live source, of its page or its search and of its sound, to hosts of their own; each
 * source keeps its own pace within a process besides.
 */
export const PREVIEW_PACE: Readonly<Record<SourceKind, Pick<FetchPace, 'requestsPerSecond' | 'maxConcurrent'>>> = {
  kworb: { requestsPerSecond: 1 / 3.5, maxConcurrent: 1 },
  replica: { requestsPerSecond: null, maxConcurrent: 4 },
};
