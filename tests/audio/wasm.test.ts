/** The committed WebAssembly is what its source compiles to. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';

test('kernel.wasm is built from assembly/', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'chartlife-wasm-'));
  try {
    const built = path.join(folder, 'kernel.wasm');
    const compiler = path.join(PROJECT_ROOT, 'node_modules', 'assemblyscript', 'bin', 'asc.js');
    const config = path.join(PROJECT_ROOT, 'audio', 'wasm', 'asconfig.json');
    execFileSync(process.execPath, [compiler, '--config', config, '--target', 'release', '--outFile', built]);
    const committed = readFileSync(path.join(PROJECT_ROOT, 'audio', 'wasm', 'kernel.wasm'));
    expect(committed.equals(readFileSync(built)), 'run `npm run build:wasm`').toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
