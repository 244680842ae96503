/**
 * Who may write to a run: the holder of the newest number. Each attempt at a stage takes the next one; an attempt that was
 * given up, because its worker was taken for dead, finds its number passed when it wakes, and publishes nothing.
 */
import { open, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import { asDiskFull, makeFolder, systemErrorCode } from '../../runtime/files.ts';

/** A fencing number (Kleppmann 2016, How to do distributed locking): it only ever grows. */
export type LeaseNumber = number;

/** An empty file for each number that was taken: the system lets only one of two processes make it. */
function leasesIn(runDir: string): string {
  return path.join(runDir, 'leases');
}

/**
 * The next number, which ends the right of all before it.
 *
 * @throws ChartlifeError DiskFull
 */
export async function takeLease(runDir: string): Promise<LeaseNumber> {
  const folder = leasesIn(runDir);
  await makeFolder(folder);
  for (;;) {
    const before = await readLease(runDir);
    const number = before + 1;
    if (!(await tryToMake(path.join(folder, String(number))))) continue;
    if (before > 0) await rm(path.join(folder, String(before)), { force: true });
    return number;
  }
}

/** false where it is there already. */
async function tryToMake(file: string): Promise<boolean> {
  try {
    await (await open(file, 'wx')).close();
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw asDiskFull(error, file);
  }
}

/** @throws ChartlifeError LeaseLost where another attempt has taken a later one */
export async function requireLease(runDir: string, number: LeaseNumber): Promise<void> {
  const newest = await readLease(runDir);
  if (newest === number) return;
  throw new ChartlifeError(
    'LeaseLost',
    `attempt ${number} at ${runDir} was given up: attempt ${newest} goes on with it`,
    {
      next: 'Nothing: what this attempt had not yet saved is computed again by the other, to the same bits.',
      details: { path: runDir, number, newest },
    },
  );
}

/** 0 where nobody has had one. */
async function readLease(runDir: string): Promise<LeaseNumber> {
  try {
    // A network's file system leaves names of its own.
    const numbers = (await readdir(leasesIn(runDir))).filter((name) => /^\d+$/.test(name));
    return Math.max(0, ...numbers.map(Number));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
