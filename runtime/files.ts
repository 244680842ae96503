/** Files that are never seen half written. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../contracts/errors.ts';

/** Lower-case hexadecimal SHA-256. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A Node system error's code, such as ENOENT; undefined for any other value. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Writes a whole file or none: a temporary name in the same folder, synced, renamed, the folder synced.
 * Makes the folder if it is absent.
 *
 * @throws ChartlifeError DiskFull when there is no room; the temporary file is removed.
 */
export async function writeFileAtomic(filePath: string, bytes: Uint8Array | string): Promise<void> {
  const folder = path.dirname(filePath);
  const temporaryPath = `${filePath}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    const made = await makeFolder(folder);
    const file = await open(temporaryPath, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporaryPath, filePath);
    await syncFolder(folder);
    if (made !== undefined) await syncFoldersAbove(folder, made);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw asDiskFull(error, filePath);
  }
}

/**
 * Makes a folder and those above it that are missing.
 *
 * @returns the first that was made; undefined where all were there
 * @throws ChartlifeError DiskFull when there is no room for one of them
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  try {
    return await mkdir(folder, { recursive: true });
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw asDiskFull(error, folder);
    // Node tells of a disk that is full as of a path that is not there, where it makes several levels: one by one they say what it is.
    return await makeEachFolder(path.resolve(folder));
  }
}

async function makeEachFolder(folder: string): Promise<string | undefined> {
  const above = path.dirname(folder);
  const made = above === folder ? undefined : await makeEachFolder(above);
  try {
    await mkdir(folder);
    return made ?? folder;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return made;
    throw asDiskFull(error, folder);
  }
}

/** A write's error as `DiskFull` where there was no room or no quota for it; any other as it is. */
export function asDiskFull(error: unknown, filePath: string): unknown {
  const code = systemErrorCode(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new ChartlifeError('DiskFull', `no room left to write ${filePath}`, {
    next: 'Free some space on that disk; the work goes on where it was.',
    details: { path: filePath },
    cause: error,
  });
}

/**
 * The folders that were made are themselves entries in others, up to the one above the first of them. One that we may
 * write to and not read is passed over.
 */
async function syncFoldersAbove(folder: string, firstMade: string): Promise<void> {
  const top = path.dirname(path.resolve(firstMade));
  for (let above = path.dirname(path.resolve(folder)); above.length >= top.length; above = path.dirname(above)) {
    await syncFolder(above).catch((error: unknown) => {
      if (systemErrorCode(error) !== 'EACCES') throw error;
    });
    if (above === path.dirname(above)) return;
  }
}

/** Makes a rename in the folder survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
