/** Runs a script of the tests in a process of its own, as the product runs: bundled, with npm packages outside. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { buildChild } from '../data/childProcess.ts';

const run = promisify(execFile);

/**
 * @param script path from the project's root
 * @returns what it wrote to stdout
 */
export async function runScript(script: string, ...args: string[]): Promise<string> {
  const file = await buildChild(path.join(PROJECT_ROOT, script));
  try {
    return (await run(process.execPath, [file, ...args])).stdout;
  } finally {
    await rm(file);
  }
}
