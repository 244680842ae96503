/**
 * Nightly upkeep: what the catalog holds of small inserts goes to Parquet, small files become large ones, old snapshots
 * expire, and files that no snapshot needs are deleted. Others may read and write meanwhile.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { MaintenanceReport } from '../../contracts/lake.ts';
import { readSnapshots } from './snapshots.ts';
import { sqlText } from './sqlText.ts';
import {
  type LakeTransaction,
  retryConflicts,
  type TransactionMessage,
  type TransactionResult,
} from './transaction.ts';
import { numberOf, readRows } from './values.ts';

export interface MaintenanceParts {
  readonly connection: DuckDBConnection;
  readonly catalogPath: string;
  readonly transaction: <T>(
    message: TransactionMessage,
    work: (transaction: LakeTransaction) => Promise<T>,
  ) => Promise<TransactionResult<T>>;
}

export interface MaintenanceOptions {
  readonly keepSnapshotDays: number;
  /** ISO 8601, UTC. Default: now. */
  readonly nowIso?: string;
}

const MS_PER_DAY = 86_400_000;

/**
 * A query that began before a file was merged away may still read it, so a file is deleted no sooner than this after.
 * DuckLake 1.0 on SQLite compares times as text and sees whole days alone: one day more makes the hour sure.
 */
const DELETION_GRACE_MS = 3_600_000 + MS_PER_DAY;

function checkOptions(options: MaintenanceOptions): Date {
  const now = options.nowIso === undefined ? new Date() : new Date(options.nowIso);
  if (Number.isNaN(now.getTime()) || !(options.keepSnapshotDays >= 0)) {
    throw new ChartlifeError(
      'InvalidInput',
      `can't keep snapshots for ${options.keepSnapshotDays} days before ${options.nowIso ?? 'now'}`,
      { next: 'Give a number of days from 0, and a time as ISO 8601.' },
    );
  }
  return now;
}

/** Old ones, but never a pinned one nor the newest. */
async function expiringSnapshotIds(connection: DuckDBConnection, keptSince: Date): Promise<number[]> {
  const snapshots = await readSnapshots(connection);
  const newest = snapshots.at(-1)?.snapshotId;
  return snapshots
    .filter(
      ({ snapshotId, committedAt, pin }) => pin === null && snapshotId !== newest && new Date(committedAt) < keptSince,
    )
    .map(({ snapshotId }) => snapshotId);
}

/** @throws ChartlifeError InvalidInput, LakeConflict, DiskFull, LakeUnusable. */
export async function maintain(parts: MaintenanceParts, options: MaintenanceOptions): Promise<MaintenanceReport> {
  const { connection } = parts;
  const now = checkOptions(options);
  const snapshotIds: (number | null)[] = [];

  const compact = async (text: string, call: string): Promise<number> => {
    const { value, snapshotId } = await parts.transaction({ author: 'maintenance', text }, async (transaction) => {
      const rows = await transaction.rows(`CALL ${call}`);
      return rows.reduce(
        (sum, row) => sum + (row.files_processed === undefined ? 0 : numberOf(row, 'files_processed')),
        0,
      );
    });
    snapshotIds.push(snapshotId);
    return value;
  };
  await compact('small inserts to Parquet', `ducklake_flush_inlined_data('lake')`);
  const numRewritten = await compact('files with many deleted rows', `ducklake_rewrite_data_files('lake')`);
  const numMerged = await compact('merge small files', `ducklake_merge_adjacent_files('lake')`);

  const retry = <T>(text: string, work: () => Promise<T>): Promise<T> =>
    retryConflicts({ author: 'maintenance', text }, parts.catalogPath, work);
  const expiring = await retry('expire snapshots', async () => {
    const ids = await expiringSnapshotIds(connection, new Date(now.getTime() - options.keepSnapshotDays * MS_PER_DAY));
    if (ids.length > 0) await connection.run(`CALL ducklake_expire_snapshots('lake', versions => [${ids.join(', ')}])`);
    return ids;
  });
  const olderThan = `TIMESTAMPTZ ${sqlText(new Date(now.getTime() - DELETION_GRACE_MS).toISOString())}`;
  const deletedRows = await retry('delete old files', async () => [
    ...(await readRows(connection, `CALL ducklake_cleanup_old_files('lake', older_than => ${olderThan})`)),
    // What a killed process has left: files that never came into the catalog.
    ...(await readRows(connection, `CALL ducklake_delete_orphaned_files('lake', older_than => ${olderThan})`)),
  ]);
  return {
    numFilesMerged: numRewritten + numMerged,
    numSnapshotsExpired: expiring.length,
    numFilesDeleted: deletedRows.length,
    snapshotId: snapshotIds.findLast((id) => id !== null) ?? null,
  };
}
