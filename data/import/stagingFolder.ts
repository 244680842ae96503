/** A folder of one import's intermediate files beside the lake: gone when the import is, whatever ended it. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../../runtime/files.ts';

const PREFIX = 'import-';

/** Makes the folder below `parent`, and removes those that dead processes left. */
export async function makeStagingFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const pid = /^import-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await removeStagingFolder(path.join(parent, name));
  }
  return mkdtemp(path.join(parent, `${PREFIX}${process.pid}-`));
}

export async function removeStagingFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not permitted: it runs under another user.
    return systemErrorCode(error) === 'EPERM';
  }
}
