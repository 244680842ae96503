/** JSON that this program writes for itself: under its own hash, so that what was damaged is never read as if it were whole. */
import { readFile } from 'node:fs/promises';
import { sha256Hex, systemErrorCode, writeFileAtomic } from '../../runtime/files.ts';

/** Two lines: the SHA-256 of the second, and the JSON. @throws ChartlifeError DiskFull */
export async function writeSealed(filePath: string, value: unknown): Promise<void> {
  const json = JSON.stringify(value);
  await writeFileAtomic(filePath, `${sha256Hex(json)}\n${json}\n`);
}

export type SealedFile<T> =
  | { readonly state: 'whole'; readonly value: T }
  | { readonly state: 'absent' }
  | { readonly state: 'damaged' };

/** What was written, of the type that was written there. */
export async function readSealed<T>(filePath: string): Promise<SealedFile<T>> {
  let text: string;
  try {
    text = await readFile(filePath, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { state: 'absent' };
    throw error;
  }
  const [hash = '', json = ''] = text.split('\n');
  return sha256Hex(json) === hash ? { state: 'whole', value: JSON.parse(json) as T } : { state: 'damaged' };
}
