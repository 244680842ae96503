/** Brings a file or a folder, by the first way that yields the pinned bytes; else says of each way why it failed. */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import { systemErrorCode } from '../../runtime/files.ts';
import { whyUnreachable } from './download.ts';
import type { Installing } from './part.ts';

/** One way to come by the file or the folder. */
export interface Way {
  /** Where from, for people, such as `temporal.download`. */
  readonly name: string;
  /** What it downloads from; null if it has its own ways. */
  readonly url: string | null;
  /**
   * Puts it somewhere below the folder, which is empty and its own, and gives its path.
   *
   * @throws Error that says why it can't, in a few words.
   */
  bring(folder: string, installing: Installing): Promise<string>;
}

interface WantedOfAnyKind {
  /** What it is, for people. */
  readonly name: string;
  readonly targetPath: string;
  /** Below it each way gets its own folder; on the same disk as the target. */
  readonly temporaryRoot: string;
  readonly ways: readonly Way[];
  /** Tried before, in vain. */
  readonly triedBefore?: readonly string[];
  /** What the reader should do if nothing helps. */
  readonly next: string;
}

export interface Wanted extends WantedOfAnyKind {
  readonly sha256: string;
  /** File mode bits. */
  readonly mode: number;
}

export interface WantedFolder extends WantedOfAnyKind {
  /** SHA-256 of the files that count, by path below the folder. */
  readonly sha256Of: Readonly<Record<string, string>>;
}

/**
 * The file at its target is either whole and right, or not there.
 *
 * @returns the name of the way that worked.
 * @throws ChartlifeError SetupMissing, whose message and `details.tried` list everything tried; DiskFull.
 */
export function obtain(wanted: Wanted, installing: Installing): Promise<string> {
  return obtainAnyKind(wanted, installing, async (filePath) => {
    await confirmSha256(filePath, wanted.sha256);
    await chmod(filePath, wanted.mode);
    await syncFile(filePath);
  });
}

/**
 * The same for a folder: at its target it is either whole and right, or not there. One that is there is replaced.
 *
 * @returns the name of the way that worked.
 * @throws ChartlifeError SetupMissing, whose message and `details.tried` list everything tried; DiskFull.
 */
export function obtainFolder(wanted: WantedFolder, installing: Installing): Promise<string> {
  return obtainAnyKind(wanted, installing, async (folder) => {
    for (const [file, sha256] of Object.entries(wanted.sha256Of)) await confirmSha256(path.join(folder, file), sha256);
    for (const name of await readdir(folder, { recursive: true })) {
      const entryPath = path.join(folder, name);
      if ((await stat(entryPath)).isFile()) await syncFile(entryPath);
    }
    await rm(wanted.targetPath, { recursive: true, force: true });
  });
}

/** `settle` makes sure of what a way has brought, right before it is moved to the target. */
async function obtainAnyKind(
  wanted: WantedOfAnyKind,
  installing: Installing,
  settle: (broughtPath: string) => Promise<void>,
): Promise<string> {
  const tried = [...(wanted.triedBefore ?? [])];
  for (const way of wanted.ways) {
    const unreachableBecause = way.url === null ? null : whyUnreachable(way.url);
    if (unreachableBecause !== null) {
      tried.push(`${way.name}: ${unreachableBecause}`);
      continue;
    }
    installing.doing(`from ${way.name}`);
    const folder = path.join(wanted.temporaryRoot, randomBytes(6).toString('hex'));
    try {
      await mkdir(folder, { recursive: true });
      const broughtPath = await way.bring(folder, installing);
      await settle(broughtPath);
      await mkdir(path.dirname(wanted.targetPath), { recursive: true });
      await rename(broughtPath, wanted.targetPath);
      return way.name;
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      // A program that we ran says it in words.
      if (systemErrorCode(error) === 'ENOSPC' || because.includes('No space left on device')) {
        throw diskFull(wanted, error);
      }
      tried.push(`${way.name}: ${because}`);
      installing.say(`not from ${way.name}: ${because.split('\n')[0]}`);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  throw new ChartlifeError(
    'SetupMissing',
    `${wanted.name} can't be had:\n${tried.map((line) => `  - ${line}`).join('\n')}`,
    {
      next: wanted.next,
      details: { tried },
    },
  );
}

/** @throws Error that names both hashes. */
async function confirmSha256(filePath: string, wanted: string): Promise<void> {
  const sha256 = await fileSha256(filePath);
  if (sha256 !== wanted) throw new Error(`it sent other bytes: SHA-256 ${sha256}, pinned is ${wanted}`);
}

/** Lower-case hexadecimal SHA-256 of a file, read as a stream. */
export async function fileSha256(filePath: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(filePath)) hash.update(chunk);
  return hash.digest('hex');
}

async function syncFile(filePath: string): Promise<void> {
  const file = await open(filePath, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function diskFull(wanted: WantedOfAnyKind, cause: unknown): ChartlifeError {
  return new ChartlifeError('DiskFull', `no room left for ${wanted.name} in ${path.dirname(wanted.targetPath)}`, {
    next: 'Free some space there, or set CHARTLIFE_CACHE to a folder on another disk.',
    details: { path: wanted.targetPath },
    cause,
  });
}
