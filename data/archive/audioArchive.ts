/** Audio files that the user wants kept, as they came, named by their SHA-256: `3f/3f9a…`. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { sha256Hex, systemErrorCode, writeFileAtomic } from '../../runtime/files.ts';

export interface AudioArchive {
  /** Keeps a file, once however often it comes, and gives its SHA-256. @throws ChartlifeError DiskFull */
  put(bytes: Uint8Array): Promise<string>;
  /** The file, checked against its name; null if it is absent or damaged: then a source can be asked again. */
  get(sha256: string): Promise<Uint8Array | null>;
  pathOf(sha256: string): string;
}

export function openAudioArchive(audioDir: string): AudioArchive {
  const pathOf = (sha256: string): string => path.join(path.resolve(audioDir), sha256.slice(0, 2), sha256);
  const get = async (sha256: string): Promise<Uint8Array | null> => {
    try {
      const bytes = await readFile(pathOf(sha256));
      return sha256Hex(bytes) === sha256 ? bytes : null;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return null;
      throw error;
    }
  };
  return {
    pathOf,
    get,
    async put(bytes) {
      const sha256 = sha256Hex(bytes);
      if ((await get(sha256)) === null) await writeFileAtomic(pathOf(sha256), bytes);
      return sha256;
    },
  };
}
