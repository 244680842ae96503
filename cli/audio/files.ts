/** The files that a command reads and writes, looked at before any work is done for them. */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import { systemErrorCode } from '../../runtime/files.ts';
import type { CommandContext } from '../context.ts';

export interface ResolvedFiles {
  readonly inputPath: string;
  readonly outputPath: string;
}

/**
 * Both as absolute paths. The output's folder need not be there yet.
 *
 * @throws ChartlifeError InvalidInput if the output is the input by any name, or can't be a file
 */
export async function resolveFiles(context: CommandContext, input: string, output: string): Promise<ResolvedFiles> {
  const inputPath = path.resolve(context.effects.cwd, input);
  const outputPath = path.resolve(context.effects.cwd, output);
  const [read, written, folder] = await Promise.all([inputPath, outputPath, path.dirname(outputPath)].map(statOrNull));
  if (read && written && read.dev === written.dev && read.ino === written.ino) {
    throw refused(output, `${output} is the input itself, and would be lost`, 'Give the output a name of its own.');
  }
  if (written?.isDirectory()) throw refused(output, `${output} is a folder`, 'Give the name of a file.');
  if (folder && !folder.isDirectory()) {
    throw refused(output, `${path.dirname(output)} is not a folder`, 'Give a place in a folder, there or not yet.');
  }
  return { inputPath, outputPath };
}

async function statOrNull(filePath: string): Promise<Stats | null> {
  try {
    return await stat(filePath);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (code === undefined) throw error;
    throw refused(filePath, `${filePath} can't be reached: ${code}`, 'Give another path.');
  }
}

function refused(output: string, message: string, next: string): ChartlifeError {
  return new ChartlifeError('InvalidInput', message, { next, details: { path: output } });
}
