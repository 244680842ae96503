/** Finding programs. The environment is passed in by a process that may read it. */
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The first executable file of the name in the folders of PATH; null if there is none. */
export async function findOnPath(name: string, env: Environment): Promise<string | null> {
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    if (folder === '') continue;
    const candidate = path.resolve(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return null;
}

/** True for a file (not a folder) that this user may run. */
export function isExecutable(filePath: string): Promise<boolean> {
  return isFileWith(filePath, constants.X_OK);
}

/** True for a file (not a folder) that this user may read. */
export function isReadableFile(filePath: string): Promise<boolean> {
  return isFileWith(filePath, constants.R_OK);
}

async function isFileWith(filePath: string, permission: number): Promise<boolean> {
  try {
    await access(filePath, permission);
    return (await stat(filePath)).isFile();
  } catch {
    return false;
  }
}
