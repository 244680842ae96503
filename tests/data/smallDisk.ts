/** A disk that is really full: a small tmpfs, where the tests may mount one. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** null once it is mounted; else why it can't be. */
export function mountSmallDisk(place: string, megabytes: number): string | null {
  mkdirSync(place);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', place], { stdio: 'pipe' });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0]! : String(error);
  }
}

export function unmountSmallDisk(place: string): void {
  execFileSync('umount', ['-l', place], { stdio: 'pipe' });
}
