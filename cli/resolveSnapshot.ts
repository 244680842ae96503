/** A snapshot as a person names it: by its number, or by the name of a pin. */
import { ChartlifeError } from '../contracts/errors.ts';
import type { Lake } from '../data/lake/types.ts';

/** @throws ChartlifeError SnapshotNotFound */
export async function resolveSnapshot(lake: Pick<Lake, 'snapshots'>, text: string): Promise<number> {
  const snapshots = await lake.snapshots();
  const isNumber = /^\d+$/.test(text);
  const found = snapshots.find(({ snapshotId, pin }) => (isNumber ? snapshotId === Number(text) : pin?.name === text));
  if (found !== undefined) return found.snapshotId;
  const ids = snapshots.map(({ snapshotId }) => snapshotId);
  const pins = snapshots.flatMap(({ pin }) => (pin === null ? [] : [pin.name]));
  const known = [
    ids.length === 0 ? 'The lake has no snapshots' : `Numbers go from ${Math.min(...ids)} to ${Math.max(...ids)}`,
    pins.length === 0 ? 'nothing is pinned' : `pins are ${pins.join(', ')}`,
  ].join('; ');
  throw new ChartlifeError(
    'SnapshotNotFound',
    `there is no snapshot "${text}"${isNumber ? ': it never was, or has expired' : ''}`,
    {
      next: `${known}. See: chartlife snapshot list`,
      details: { value: text },
    },
  );
}
