/** The files a person means by paths, folders and patterns. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import type { IgnoredFile } from '../../contracts/imports.ts';
import { systemErrorCode } from '../../runtime/files.ts';

/** Of a folder. A .txt beside charts is most often a note on them; named by itself it is read like any other file. */
const CHART_FILE = /\.(?:csv|tsv)(?:\.gz)?$|\.parquet$/i;
/** Folders and files that systems leave behind: macOS resource forks would pass for CSV by their names. */
const LEFT_BEHIND = /^(?:\.|__MACOSX$)/;
const PATTERN = /[*?]/;

export interface FoundFiles {
  /** Without repeats; those of a folder by name. */
  readonly files: readonly string[];
  /** Files of a folder that are no charts. */
  readonly ignored: readonly IgnoredFile[];
}

/**
 * A file stands for itself whatever it is called; a folder for the CSV and Parquet files below it; a pattern (`*` and
 * `?` within a name, `**` for any folders) for the paths it fits.
 *
 * @throws ChartlifeError InvalidInput: there is no such file, or none below the folder.
 */
export async function findImportFiles(paths: readonly string[]): Promise<FoundFiles> {
  const files = new Set<string>();
  const ignored: IgnoredFile[] = [];
  for (const given of paths) {
    const found = await expand(given, ignored);
    if (found.length === 0) {
      throw new ChartlifeError('InvalidInput', `${given} holds no CSV or Parquet file`, {
        next: 'Give files that end in .csv, .csv.gz, .tsv or .parquet, or a folder with such files.',
        details: { path: given },
      });
    }
    for (const file of found) files.add(file);
  }
  return { files: [...files], ignored };
}

async function expand(given: string, ignored: IgnoredFile[]): Promise<string[]> {
  const info = await stat(given).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT' || systemErrorCode(error) === 'ENOTDIR') return null;
    throw unreadable(given, error);
  });
  if (info?.isDirectory() === true) return chartFilesBelow(given, ignored);
  if (info !== null) return [given];
  if (!PATTERN.test(given)) {
    throw new ChartlifeError('InvalidInput', `there is no file ${given}`, {
      next: 'Check the path; it is taken from the folder the command runs in.',
      details: { path: given },
    });
  }
  return filesThatFit(given);
}

async function chartFilesBelow(folder: string, ignored: IgnoredFile[]): Promise<string[]> {
  const files: string[] = [];
  for await (const file of filesBelow(folder)) {
    if (CHART_FILE.test(file)) files.push(file);
    else ignored.push({ path: file, why: whyIgnored(file) });
  }
  return files;
}

function whyIgnored(file: string): string {
  return /\.(?:zip|tar|tgz|tar\.gz|7z|rar)$/i.test(file)
    ? 'an archive: unpack it first'
    : 'no CSV or Parquet file by its name';
}

async function filesThatFit(pattern: string): Promise<string[]> {
  const parts = pattern.split('/');
  const numFixed = parts.findIndex((part) => PATTERN.test(part));
  const base = parts.slice(0, numFixed).join('/') || (pattern.startsWith('/') ? '/' : '.');
  const fits = patternToRegExp(parts.slice(numFixed).join('/'));
  const files: string[] = [];
  for await (const file of filesBelow(base)) {
    if (fits.test(path.relative(base, file).split(path.sep).join('/'))) files.push(file);
  }
  return files;
}

function patternToRegExp(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\*|\?|[^*?]+/g, (part) => {
    if (part === '**/') return '(?:[^/]+/)*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    return part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  });
  return new RegExp(`^${source}$`);
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (LEFT_BEHIND.test(entry.name)) continue;
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(at);
    else if (entry.isFile() || (entry.isSymbolicLink() && (await isFile(at)))) yield at;
  }
}

async function isFile(at: string): Promise<boolean> {
  return (await stat(at).catch(() => null))?.isFile() ?? false;
}

function unreadable(at: string, error: unknown): ChartlifeError {
  return new ChartlifeError('InvalidInput', `${at} can't be read (${systemErrorCode(error) ?? String(error)})`, {
    next: 'Check the path and its rights.',
    details: { path: at },
    cause: error,
  });
}
