/** What a run is made from, beside its recipe and seed. */
import type { TrainInput } from '../contracts/runs.ts';
import { newestDataSnapshot } from '../data/lake/newestDataSnapshot.ts';
import { runVersions } from '../runtime/versions.ts';
import type { CommandContext } from './context.ts';
import { todayOf, withLake } from './homeLake.ts';
import { resolveSnapshot } from './resolveSnapshot.ts';

/**
 * @param snapshot a number or a pin; the newest with data where there is none
 * @throws ChartlifeError LakeUnusable, SnapshotNotFound
 */
export async function runOrigin(
  context: CommandContext,
  snapshot: string | undefined,
): Promise<Pick<TrainInput, 'snapshotId' | 'versions' | 'today'>> {
  const snapshotId = await withLake(context, { mode: 'read' }, async (lake) => {
    if (snapshot !== undefined) return resolveSnapshot(lake, snapshot);
    return newestDataSnapshot(await lake.snapshots());
  });
  return {
    snapshotId,
    versions: runVersions(),
    today: await todayOf(context),
  };
}
