/** One change of the lake: a DuckLake transaction that is tried again, whole, when another writer was faster. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ChartlifeError } from '../../contracts/errors.ts';
import { isConflict, messageOf, toLakeError } from './duckdbError.ts';
import { numberOf, numberOrNullOf, type PlainRow, readRows, type SqlParameters } from './values.ts';

/** What the snapshot list says of a commit. */
export interface TransactionMessage {
  /** Who: a workflow's name, `import`, `maintenance`. */
  readonly author: string;
  readonly text: string;
}

/** What a transaction's work may do. The lake is the connection's default catalog: its tables need no prefix. */
export interface LakeTransaction {
  /** The newest snapshot at the transaction's start: what its reads see. */
  readonly baseSnapshotId: number;
  /** For what the two methods below don't reach, such as an appender. Don't begin or commit with it. */
  readonly connection: DuckDBConnection;
  /** Runs one statement; the number of rows it changed. */
  run(sql: string, parameters?: SqlParameters): Promise<number>;
  rows(sql: string, parameters?: SqlParameters): Promise<PlainRow[]>;
}

export interface TransactionResult<T> {
  readonly value: T;
  /** null when nothing was changed. */
  readonly snapshotId: number | null;
}

/** Doubles from the first to the longest wait, each with full jitter; about 30 s in all. */
const MAX_ATTEMPTS = 60;
const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 1_000;

function waitMs(attempt: number): number {
  return Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
}

async function rollBack(connection: DuckDBConnection): Promise<void> {
  try {
    await connection.run('ROLLBACK');
  } catch {
    // A failed COMMIT has ended the transaction already.
  }
}

async function newestSnapshotId(connection: DuckDBConnection): Promise<number> {
  const [row] = await readRows(connection, `SELECT id FROM ducklake_current_snapshot('lake')`);
  if (row === undefined) throw new TypeError('DuckLake tells no current snapshot');
  return numberOf(row, 'id');
}

/** The last one this process made; null if it made none yet. */
async function lastCommittedSnapshotId(connection: DuckDBConnection): Promise<number | null> {
  const [row] = await readRows(connection, `SELECT id FROM ducklake_last_committed_snapshot('lake')`);
  return row === undefined ? null : numberOrNullOf(row, 'id');
}

/**
 * Runs `work` again, after a wait, while other writers are faster.
 *
 * @throws ChartlifeError LakeConflict after many tries, DiskFull, LakeUnusable, or whatever of our own `work` throws.
 */
export async function retryConflicts<T>(
  message: TransactionMessage,
  catalogPath: string,
  work: () => Promise<T>,
  wait: (milliseconds: number) => Promise<unknown> = sleep,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!isConflict(error)) throw toLakeError(error, message.text, catalogPath);
      if (attempt + 1 >= MAX_ATTEMPTS) {
        throw new ChartlifeError(
          'LakeConflict',
          `${message.text}: other processes were writing to ${catalogPath} at each of ${MAX_ATTEMPTS} tries`,
          {
            next: 'Try again; if it stays so, see with `chartlife status` which processes write.',
            details: { catalogPath, numAttempts: MAX_ATTEMPTS, lastError: messageOf(error) },
            cause: error,
          },
        );
      }
      await wait(waitMs(attempt));
    }
  }
}

/**
 * Runs `work` in one transaction. A conflict rolls back and runs `work` again on the newer state, so what it read
 * is always what it commits against: DuckLake's own retry, which would append without reading again, is off.
 *
 * @throws ChartlifeError LakeConflict, DiskFull, LakeUnusable, or whatever of our own types `work` throws.
 */
export function runTransaction<T>(
  connection: DuckDBConnection,
  catalogPath: string,
  message: TransactionMessage,
  work: (transaction: LakeTransaction) => Promise<T>,
): Promise<TransactionResult<T>> {
  return retryConflicts(message, catalogPath, () => tryTransaction(connection, message, work));
}

/** The same, once: a conflict, or any other error of the engine, is thrown as it is. */
export async function tryTransaction<T>(
  connection: DuckDBConnection,
  message: TransactionMessage,
  work: (transaction: LakeTransaction) => Promise<T>,
): Promise<TransactionResult<T>> {
  try {
    return await runOnce(connection, message, work);
  } catch (error) {
    await rollBack(connection);
    throw error;
  }
}

async function runOnce<T>(
  connection: DuckDBConnection,
  message: TransactionMessage,
  work: (transaction: LakeTransaction) => Promise<T>,
): Promise<TransactionResult<T>> {
  await connection.run('BEGIN');
  const baseSnapshotId = await newestSnapshotId(connection);
  let hasChanges = false;
  const value = await work({
    connection,
    baseSnapshotId,
    run: async (sql, parameters) => {
      const { rowsChanged } = await connection.run(sql, parameters);
      hasChanges ||= rowsChanged > 0;
      return rowsChanged;
    },
    rows: (sql, parameters) => readRows(connection, sql, parameters),
  });
  await connection.run('CALL lake.set_commit_message($1, $2)', [message.author, message.text]);
  await connection.run('COMMIT');
  // Without DuckLake's retries a commit makes the very next snapshot. What `work` did by itself we must ask for.
  const last = hasChanges ? baseSnapshotId + 1 : await lastCommittedSnapshotId(connection);
  return { value, snapshotId: last !== null && last > baseSnapshotId ? last : null };
}
