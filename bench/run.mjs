/**
 * Runs a bench: `node bench/run.mjs NAME [arguments]` bundles bench/NAME.ts to dist/bench and runs it, as the product
 * runs from dist/. Benches print figures; they assert no times.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ensureBuilt } from '../setup/build.mjs';
import { Report } from '../setup/report.mjs';

const benchDir = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(benchDir);
// Benches are the files that a person can name; what they share lies in bench/lib.
const names = readdirSync(benchDir)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length));

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  console.error(
    `${name === undefined ? 'Name a bench' : `There is no bench "${name}"`}: node bench/run.mjs ${names.join(' | ')}`,
  );
  process.exit(2);
}

// Threads and processes that a bench starts are the product's.
await ensureBuilt(root, new Report(process.stderr, 'build'));
const outfile = path.join(root, 'dist', 'bench', `${name}.mjs`);
await build({
  entryPoints: [path.join(benchDir, `${name}.ts`)],
  outfile,
  bundle: true,
  packages: 'external',
  // Within a bundle it would take itself for what was started.
  external: [path.join(root, 'setup', 'build.mjs')],
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
});
const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...args], { stdio: 'inherit', cwd: root });
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 128);
});
