/** A stage's losses, looked at again and again: each look reads what has been added since the one before. */
import { type FileHandle, open } from 'node:fs/promises';
import type { RunStage } from '../../contracts/runs.ts';
import { systemErrorCode } from '../../runtime/files.ts';
import { metricsPathOf } from '../../workers/trainer/runPaths.ts';

const NEWLINE = 0x0a;

export interface LossTail {
  /** All losses so far, in the order of the steps; none where there is no file. @throws the system's error */
  read(): Promise<readonly number[]>;
}

export type LossTails = Readonly<Record<RunStage, LossTail>>;

export function lossTailsOf(runDir: string): LossTails {
  return { mp2: lossTail(metricsPathOf(runDir, 'mp2')), mp3: lossTail(metricsPathOf(runDir, 'mp3')) };
}

/**
 * A resumed training puts a shorter file in the place of the one that is there: that is read from its begin.
 *
 * @param onRead told how many bytes each look reads
 */
export function lossTail(file: string, onRead: (numBytes: number) => void = () => undefined): LossTail {
  let [identity, offset, losses] = ['', 0, [] as number[]];
  return {
    async read() {
      const handle = await openIfThere(file);
      if (handle === null) {
        [identity, offset, losses] = ['', 0, []];
        return losses;
      }
      try {
        const { ino, birthtimeMs, size } = await handle.stat();
        const found = `${ino} ${birthtimeMs}`;
        if (found !== identity || size < offset) [identity, offset, losses] = [found, 0, []];
        const bytes = Buffer.alloc(size - offset);
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
        onRead(bytesRead);
        // A line that is being written is read when it is whole.
        const numWhole = bytes.subarray(0, bytesRead).lastIndexOf(NEWLINE) + 1;
        offset += numWhole;
        losses = [...losses, ...lossesIn(bytes.toString('utf8', 0, numWhole))];
        return losses;
      } finally {
        await handle.close();
      }
    },
  };
}

async function openIfThere(file: string): Promise<FileHandle | null> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** A line that a dying process left unfinished is passed over. */
function lossesIn(text: string): number[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [(JSON.parse(line) as { readonly loss: number }).loss];
    } catch {
      return [];
    }
  });
}
