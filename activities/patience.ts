/** How patiently a source is asked again. */
import type { Patience } from '../contracts/payloads.ts';
import type { SourceKind } from '../contracts/settings.ts';

/**
 * kworb: 5 s, 15 s, 45 s, 2 min, 7 min between attempts, ten minutes in all. The replica is on this machine, and its
 * faults are drawn anew at each request.
 */
export const FETCH_PATIENCE: Readonly<Record<SourceKind, Patience>> = {
  kworb: { firstWaitMs: 5_000, longestWaitMs: 600_000, maxAttempts: 6 },
  replica: { firstWaitMs: 100, longestWaitMs: 1_000, maxAttempts: 8 },
};

/**
 * The longest `Retry-After` that a night waits for. A source that asks for more gets what it asks for: it is not asked
 * again this night.
 */
export const LONGEST_RETRY_AFTER_MS = 900_000;
