/** Files in a temporary folder, imported as a person would. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { ImportPlan, ImportProgress, ImportSummary } from '../../../contracts/imports.ts';
import { importCharts } from '../../../data/import/importCharts.ts';
import { readFileHead } from '../../../data/import/readHead.ts';
import type { Lake } from '../../../data/lake/types.ts';
import { type PrepareOptions, prepareImport } from '../../../sources/imports/prepareImport.ts';
import { trackIdOf } from '../lakeFixture.ts';

export interface FileFolder {
  readonly folder: string;
  /** Writes a file; its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
  remove(): Promise<void>;
}

export async function makeFileFolder(): Promise<FileFolder> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-import-'));
  return {
    folder,
    write: async (name, content) => {
      const at = path.join(folder, name);
      await mkdir(path.dirname(at), { recursive: true });
      await writeFile(at, content);
      return at;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export function planOf(paths: readonly string[], options: PrepareOptions = {}): Promise<ImportPlan> {
  return prepareImport(paths, options, readFileHead);
}

export async function importFiles(
  lake: Lake,
  paths: readonly string[],
  options: PrepareOptions = {},
  onProgress?: (progress: ImportProgress) => void,
): Promise<ImportSummary> {
  return importCharts(lake, await planOf(paths, options), onProgress === undefined ? {} : { onProgress });
}

export function csv(...lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

/** The header of a file with everything in columns, and rows for it. */
export const WORLDWIDE = 'Position,Track Name,Artist,Streams,URL,Date,Region';

export interface WorldwideRow {
  readonly rank: number | string;
  readonly word: string;
  readonly date: string;
  readonly streams?: number | string;
  readonly region?: string;
}

export function worldwide(...rows: readonly WorldwideRow[]): string {
  return `${[WORLDWIDE, ...rows.map(worldwideLine)].join('\n')}\n`;
}

export function worldwideLine({ rank, word, date, streams, region }: WorldwideRow): string {
  const url = `https://open.spotify.com/track/${trackIdOf(word)}`;
  return `${rank},Song ${word},Artist ${word},${streams ?? 1_000 - Number(rank)},${url},${date},${region ?? 'us'}`;
}
