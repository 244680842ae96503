/**
 * Who may write to a run: the holder of the newest number. Each attempt at a stage takes the next one; an attempt that was
 * given up, because its worker was taken for dead, finds its number passed when it wakes, and publishes nothing.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import { systemErrorCode, writeFileAtomic } from '../../runtime/files.ts';

/** A fencing number (Kleppmann 2016, How to do distributed locking): it only ever grows. */
export type LeaseNumber = number;

function leasePath(runDir: string): string {
  return path.join(runDir, 'lease.json');
}

/** The next number, which ends the right of all before it. */
export async function takeLease(runDir: string): Promise<LeaseNumber> {
  const number = (await readLease(runDir)) + 1;
  await writeFileAtomic(leasePath(runDir), `${JSON.stringify({ number })}\n`);
  return number;
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
    const { number }: { number: LeaseNumber } = JSON.parse(await readFile(leasePath(runDir), 'utf8'));
    return number;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}
