/** JSON that this program writes for itself: under its own hash, so that what was damaged is never read as if it were whole. */
import { readFile } from 'node:fs/promises';
import { sha256Hex, systemErrorCode, writeFileAtomic } from '../../runtime/files.ts';

/** Two lines: the SHA-256 of the second, and the JSON. @throws ChartlifeError DiskFull */
export async function writeSealed(filePath: string, value: unknown): Promise<void> {
  const json = JSON.stringify(value);
  await writeFileAtomic(filePath, `${sha256Hex(json)}\n${json}\n`);
}

/** What was written, of the type that was written there; null where the file is absent or not whole. */
export async function readSealed<T>(filePath: string): Promise<T | null> {
  let text: string;
  try {
    text = await readFile(filePath, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
  const [hash = '', json = ''] = text.split('\n');
  return sha256Hex(json) === hash ? (JSON.parse(json) as T) : null;
}
