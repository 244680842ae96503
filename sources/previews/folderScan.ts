/** The files of a folder and of those below it, and nothing that lies outside. */
import type { Dirent } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import { systemErrorCode } from '../../runtime/files.ts';

/** As much as decoding takes (`audio/decode/limits.ts`): more is not even read. */
export const MAX_FILE_BYTES: number = 256 * 1024 * 1024;

export interface FolderScan {
  /** Relative to the folder, `/` between names; in name order. */
  readonly files: readonly string[];
  readonly passedOver: readonly { readonly file: string; readonly why: string }[];
}

/**
 * Hidden files and what systems leave behind are not even named. Links are followed to files inside the folder alone.
 *
 * @throws ChartlifeError InvalidInput: the folder can't be read.
 */
export async function scanFolder(dir: string): Promise<FolderScan> {
  const root = await rootOf(dir);
  const files: string[] = [];
  const passedOver: { file: string; why: string }[] = [];
  const visit = async (folder: string): Promise<void> => {
    const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
      passedOver.push({ file: folder, why: whyUnreadable(error) });
      return [];
    });
    for (const entry of entries) {
      if (entry.name.startsWith('.') || entry.name === '__MACOSX') continue;
      const file = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) {
        await visit(file);
        continue;
      }
      const why = await whyPassedOver(root, file, entry);
      if (why === null) files.push(file);
      else passedOver.push({ file, why });
    }
  };
  await visit('');
  return { files: files.sort(), passedOver: passedOver.sort((a, b) => (a.file < b.file ? -1 : 1)) };
}

export type FileRead =
  | { readonly outcome: 'read'; readonly bytes: Uint8Array }
  | { readonly outcome: 'unreadable'; readonly why: string };

/** Reads a file that a scan found, if it still is what it was then. */
export async function readInside(dir: string, file: string, signal: AbortSignal): Promise<FileRead> {
  try {
    const target = await realpath(path.join(dir, file));
    if (!isInside(await realpath(dir), target)) return { outcome: 'unreadable', why: LEADS_OUT };
    const handle = await open(target, 'r');
    try {
      const info = await handle.stat();
      const why = info.isFile() ? whySize(info.size) : NO_FILE;
      if (why !== null) return { outcome: 'unreadable', why };
      return { outcome: 'read', bytes: await handle.readFile({ signal }) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (systemErrorCode(error) === undefined) throw error;
    return { outcome: 'unreadable', why: whyUnreadable(error) };
  }
}

const LEADS_OUT = 'a link that leads out of the folder';
const NO_FILE = 'no file';

async function whyPassedOver(root: string, file: string, entry: Dirent): Promise<string | null> {
  const place = path.join(root, file);
  try {
    const target = entry.isSymbolicLink() ? await realpath(place) : place;
    // The folder itself is not inside of itself, nor is a link to it a way out.
    if (target !== root && !isInside(root, target)) return LEADS_OUT;
    const info = await stat(place);
    if (info.isDirectory()) return 'a link to a folder, which is not followed';
    return info.isFile() ? whySize(info.size) : NO_FILE;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return whyUnreadable(error);
  }
}

function whySize(numBytes: number): string | null {
  if (numBytes === 0) return 'the file is empty';
  return numBytes > MAX_FILE_BYTES ? `${numBytes} bytes; the limit is ${MAX_FILE_BYTES}` : null;
}

function whyUnreadable(error: unknown): string {
  return `can't be read (${systemErrorCode(error) ?? String(error)})`;
}

function isInside(root: string, place: string): boolean {
  return place.startsWith(root.endsWith(path.sep) ? root : root + path.sep);
}

async function rootOf(dir: string): Promise<string> {
  try {
    const root = await realpath(dir);
    await readdir(root);
    return root;
  } catch (error) {
    throw new ChartlifeError('InvalidInput', `the folder ${dir} ${whyUnreadable(error)}`, {
      next: 'Give a folder with audio files; see that it is there and may be read.',
      details: { path: dir },
      cause: error,
    });
  }
}
