/** A worker of the pool from the sources as they are, beside dist/: tests don't wait for, or race with, a build. */
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';

export interface BuiltWorker {
  readonly workerPath: string;
  readonly remove: () => Promise<void>;
}

/** @param source from the project's root */
export async function buildWorker(source: string): Promise<BuiltWorker> {
  // Inside the project, so that packages and the project's root are found from there.
  const folder = await mkdtemp(path.join(PROJECT_ROOT, 'node_modules', '.chartlife-test-'));
  const workerPath = path.join(folder, 'worker.mjs');
  await build({
    absWorkingDir: PROJECT_ROOT,
    entryPoints: [source],
    outfile: workerPath,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.3',
    logLevel: 'silent',
  });
  return { workerPath, remove: () => rm(folder, { recursive: true, force: true }) };
}
