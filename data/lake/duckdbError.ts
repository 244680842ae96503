/** What DuckDB, DuckLake and SQLite say, in the words of the closed list of error types. */
import { statfsSync } from 'node:fs';
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';

/** Another writer committed first, or holds the catalog: the same work can be tried again. */
const CONFLICT =
  /database is locked|database table is locked|transaction conflict|conflict(?:s|ing)? with|violates primary key constraint|Exceeded the maximum retry count|Failed to commit DuckLake transaction.*(?:conflict|another transaction)/is;
const NO_ROOM = /no space left on device|max_temp_directory_size|database or disk is full|disk quota exceeded|ENOSPC/i;
/** SQLite says no more than this when it finds no room for its write-ahead log. */
const IO_ERROR = /disk I\/O error|unable to open database file/i;
/** Less than this is no room. */
const LEAST_FREE_BYTES = 1024 * 1024;
const NO_SNAPSHOT = /No snapshot found at (?:version|timestamp)/i;
const DAMAGED =
  /not a database|disk image is malformed|malformed database schema|disk I\/O error|No magic bytes found|too small to be a Parquet file/i;
const MISSING_FILE = /Cannot open file "([^"]+)": No such file or directory/i;

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True where trying the transaction again can help. */
export function isConflict(error: unknown): boolean {
  return !(error instanceof ChartlifeError) && CONFLICT.test(messageOf(error));
}

function isDiskFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < LEAST_FREE_BYTES;
  } catch {
    return false;
  }
}

/** The error as one of our own. One that is already ours is given back as it is. */
export function toLakeError(error: unknown, what: string, catalogPath: string): ChartlifeError {
  if (error instanceof ChartlifeError) return error;
  const message = messageOf(error);
  const details = { catalogPath };
  if (NO_ROOM.test(message) || (IO_ERROR.test(message) && isDiskFull(path.dirname(catalogPath)))) {
    return new ChartlifeError('DiskFull', `no room left for the lake at ${catalogPath}, in: ${what}`, {
      next: 'Free some space on that disk; nothing was half written and the work goes on where it was.',
      details,
      cause: error,
    });
  }
  if (isConflict(error)) {
    return new ChartlifeError('LakeConflict', `another process was writing to the lake, in: ${what} (${message})`, {
      next: 'Try again; if it stays so, see with `chartlife status` which processes write.',
      details,
      cause: error,
    });
  }
  if (NO_SNAPSHOT.test(message)) {
    return new ChartlifeError('SnapshotNotFound', `the lake at ${catalogPath} has no such snapshot (${message})`, {
      next: 'List the snapshots with `chartlife snapshot list`; an expired one is gone for good.',
      details,
      cause: error,
    });
  }
  const missing = MISSING_FILE.exec(message);
  if (missing !== null || DAMAGED.test(message)) {
    const where = missing?.[1] ?? catalogPath;
    return new ChartlifeError(
      'LakeUnusable',
      `the lake's file ${where} is missing or damaged, in: ${what} (${message})`,
      {
        next: 'Restore the lake folder (catalog and data together) from a backup.',
        details,
        cause: error,
      },
    );
  }
  return new ChartlifeError('LakeUnusable', `${what} failed: ${message}`, {
    next: 'Run `chartlife doctor`; if all its parts work, this is a defect to report with this message.',
    details,
    cause: error,
  });
}
