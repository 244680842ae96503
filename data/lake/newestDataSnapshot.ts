/** Which snapshot a run is trained on where nobody says. */
import type { LakeSnapshot } from '../../contracts/lake.ts';

/** Whose commits change nothing of what charts and sound tell. */
const HOUSEKEEPERS: ReadonlySet<string | null> = new Set(['pin', 'maintenance', 'run', 'forecast']);

/**
 * The newest snapshot with news of charts or sound: what is trained on where nobody says. Recording a run makes a newer
 * one with the same charts and sound, and must not make another run of the next.
 *
 * @param snapshots oldest first, one at least
 */
export function newestDataSnapshot(snapshots: readonly Pick<LakeSnapshot, 'snapshotId' | 'author'>[]): number {
  const place = snapshots.findLastIndex(({ author }) => !HOUSEKEEPERS.has(author));
  // Where that one has expired, the oldest of those that are left has the same.
  return (snapshots[Math.max(0, place)] as (typeof snapshots)[number]).snapshotId;
}
