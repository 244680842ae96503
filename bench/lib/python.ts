/** Python peers: a virtual environment with pinned packages, made once in the cache, and a process that answers lines. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { nativeCacheRoot } from '../../runtime/nativeParts.ts';
import { LinePeer } from './linePeer.ts';

const run = promisify(execFile);

/**
 * The interpreter of a virtual environment that holds exactly these packages; null, with the reason on stderr, where
 * there is no Python or no package index.
 *
 * @param requirements Pinned, such as `lxml==6.1.3`.
 */
export async function pythonWith(requirements: readonly string[]): Promise<string | null> {
  const folder = path.join(nativeCacheRoot(process.env), 'bench-venv', requirements.join('+').replaceAll('==', '-'));
  const python = path.join(folder, 'bin', 'python');
  const marker = path.join(folder, 'complete');
  if (existsSync(marker)) return python;
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(path.dirname(folder), { recursive: true });
    await run('python3', ['-m', 'venv', folder]);
    await run(python, ['-m', 'pip', 'install', '--quiet', '--only-binary=:all:', ...requirements]);
    await writeFile(marker, '');
    return python;
  } catch (error) {
    console.error(`No ${requirements.join(', ')}: ${error instanceof Error ? error.message.trim() : String(error)}`);
    return null;
  }
}

/** A Python script that answers each line of its input with one line. */
export class PythonPeer extends LinePeer {
  constructor(python: string, script: string, ...args: string[]) {
    super(python, [script, ...args]);
  }
}
