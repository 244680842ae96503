/** A disk that is really full: a small tmpfs, where the tests may mount one. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/**
 * @param numEntries files and folders that it has room for, itself among them; no limit where it is not given
 * @returns null once it is mounted; else why it can't be
 */
export function mountSmallDisk(place: string, megabytes: number, numEntries?: number): string | null {
  mkdirSync(place);
  const room = `size=${megabytes}m${numEntries === undefined ? '' : `,nr_inodes=${numEntries}`}`;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', room, 'tmpfs', place], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0]! : String(error);
  }
}

export function unmountSmallDisk(place: string): void {
  execFileSync('umount', ['-l', place], { stdio: 'pipe' });
}
