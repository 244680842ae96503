/** Progress of a program that tells none: how much it has written so far. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Step } from '../report.mjs';

const POLL_MS = 300;
const BYTES_PER_MB = 1_000_000;

/** Does the work, and meanwhile shows the bytes below the folder as progress, of so many (null: nobody knows). */
export async function showingGrowth<T>(
  folder: string,
  totalBytes: number | null,
  step: Pick<Step, 'progress'>,
  work: () => Promise<T>,
): Promise<T> {
  const poll = setInterval(() => {
    void folderBytes(folder).then((numBytes) => {
      const shownBytes = totalBytes === null ? numBytes : Math.min(numBytes, totalBytes);
      step.progress(shownBytes / BYTES_PER_MB, totalBytes === null ? null : totalBytes / BYTES_PER_MB, 'MB');
    });
  }, POLL_MS);
  try {
    return await work();
  } finally {
    clearInterval(poll);
  }
}

/** The bytes of all files below a folder; files may come and go meanwhile. */
async function folderBytes(folder: string): Promise<number> {
  try {
    const names = await readdir(folder, { recursive: true });
    const sizes = await Promise.all(
      names.map((name) =>
        stat(path.join(folder, name)).then(
          (entry) => (entry.isFile() ? entry.size : 0),
          () => 0,
        ),
      ),
    );
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return 0;
  }
}
