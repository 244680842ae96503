/** Snapshots: the lake's numbered states, and pins that keep one from expiring. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChartlifeError } from '../../contracts/errors.ts';
import { type LakeSnapshot, PIN_NAME_RULE } from '../../contracts/lake.ts';
import type { LakeTransaction, TransactionMessage, TransactionResult } from './transaction.ts';
import { numberOf, readRows, textOf, textOrNullOf } from './values.ts';

type Transact = <T>(
  message: TransactionMessage,
  work: (transaction: LakeTransaction) => Promise<T>,
) => Promise<TransactionResult<T>>;

/** Oldest first. Of several pins of one snapshot the one made first is shown. */
export async function readSnapshots(connection: DuckDBConnection): Promise<LakeSnapshot[]> {
  const rows = await readRows(
    connection,
    `SELECT
      snapshots.snapshot_id,
      snapshot_time,
      author,
      commit_message,
      arg_min(pin.name, pinned_at) AS pin_name,
      arg_min(reason, pinned_at) AS pin_reason
    FROM ducklake_snapshots('lake') AS snapshots
    LEFT JOIN snapshot_pin AS pin ON pin.snapshot_id = snapshots.snapshot_id
    GROUP BY ALL
    ORDER BY snapshots.snapshot_id`,
  );
  return rows.map((row) => ({
    snapshotId: numberOf(row, 'snapshot_id'),
    committedAt: textOf(row, 'snapshot_time'),
    author: textOrNullOf(row, 'author'),
    message: textOrNullOf(row, 'commit_message'),
    pin: row.pin_name === null ? null : { name: textOf(row, 'pin_name'), reason: textOf(row, 'pin_reason') },
  }));
}

/** A pin's name stands for its snapshot wherever a snapshot is asked for, so it can't look like a number. */
const PIN_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/**
 * The same pin again changes nothing.
 *
 * @throws ChartlifeError SnapshotNotFound, InvalidInput (the name is on another snapshot, or has another form).
 */
export async function pinSnapshot(transact: Transact, snapshotId: number, name: string, reason: string): Promise<void> {
  if (!PIN_NAME.test(name)) {
    throw new ChartlifeError('InvalidInput', `"${name}" can't be a pin's name`, {
      next: `Give ${PIN_NAME_RULE}.`,
      details: { name },
    });
  }
  await transact({ author: 'pin', text: `pin ${name} on snapshot ${snapshotId}` }, async (transaction) => {
    const found = await transaction.rows(`SELECT 1 FROM ducklake_snapshots('lake') WHERE snapshot_id = $1`, [
      BigInt(snapshotId),
    ]);
    if (found.length === 0) {
      throw new ChartlifeError('SnapshotNotFound', `there is no snapshot ${snapshotId}: it never was, or has expired`, {
        next: 'List them with `chartlife snapshot list`.',
        details: { snapshotId },
      });
    }
    const [taken] = await transaction.rows('SELECT snapshot_id FROM snapshot_pin WHERE name = $1', [name]);
    if (taken !== undefined && numberOf(taken, 'snapshot_id') === snapshotId) return;
    if (taken !== undefined) {
      throw new ChartlifeError('InvalidInput', `the pin "${name}" is on snapshot ${numberOf(taken, 'snapshot_id')}`, {
        next: 'Choose another name, or unpin it first.',
        details: { name },
      });
    }
    await transaction.run('INSERT INTO snapshot_pin VALUES ($1, $2, $3, $4::TIMESTAMP)', [
      name,
      BigInt(snapshotId),
      reason,
      new Date().toISOString(),
    ]);
  });
}

/** @throws ChartlifeError InvalidInput if there is no such pin. */
export async function unpinSnapshot(transact: Transact, name: string): Promise<void> {
  await transact({ author: 'pin', text: `unpin ${name}` }, async (transaction) => {
    const numDeleted = await transaction.run('DELETE FROM snapshot_pin WHERE name = $1', [name]);
    if (numDeleted > 0) return;
    const rows = await transaction.rows('SELECT name FROM snapshot_pin ORDER BY name');
    const names = rows.map((row) => textOf(row, 'name'));
    throw new ChartlifeError('InvalidInput', `there is no pin "${name}"`, {
      next: names.length === 0 ? 'Nothing is pinned.' : `The pins are ${names.join(', ')}.`,
      details: { name },
    });
  });
}
