/** From what a person gives to a plan: finds the files, reads their first rows through a port, decides. */
import type { FileHead, ImportPlan } from '../../contracts/imports.ts';
import { findImportFiles } from './findFiles.ts';
import { type ImportOptions, planImport } from './planImport.ts';

export interface PrepareOptions extends Omit<ImportOptions, 'tracks' | 'ignored'> {
  /** Path of a file with release dates and artists' ids. */
  readonly tracksPath?: string;
}

/** @throws ChartlifeError InvalidInput, ImportRejected. */
export async function prepareImport(
  paths: readonly string[],
  options: PrepareOptions,
  readHead: (path: string) => Promise<FileHead>,
): Promise<ImportPlan> {
  const { tracksPath, ...rest } = options;
  const { files, ignored } = await findImportFiles(paths);
  const heads: FileHead[] = [];
  for (const file of files) heads.push(await readHead(file));
  const tracks = tracksPath === undefined ? {} : { tracks: await readHead(tracksPath) };
  return planImport(heads, { ...rest, ...tracks, ignored });
}
