/** Makes a checkout ready and starts what was asked for. Each step looks first and does nothing where all is there. */
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildIfStale, checkoutLockPath } from './build.mjs';
import { isBuilt } from './freshness.mjs';
import { withLock } from './lock.mjs';
import { confirmPackages, explainWrongPackages, hasPackages, installPackages } from './packages.mjs';
import { Report, seconds } from './report.mjs';
import { runTests } from './runTests.mjs';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** As contracts/errors.ts has it for SetupMissing. */
const EXIT_CODE = 8;

/** @param {string[]} argv the arguments of bootstrap.mjs */
export async function main(argv) {
  const [first, ...rest] = argv;
  const use = first === '--test' ? 'test' : 'run';
  try {
    await prepare(use);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const next =
      error instanceof Error && 'next' in error
        ? `${error.next}`
        : 'Run the same command again: it goes on where it was.';
    process.stderr.write(`\nThe set-up failed: ${text}\nnext  ${next}\n`);
    process.exitCode = EXIT_CODE;
    return;
  }
  if (first === '--setup') return;
  if (first === '--test') process.exitCode = await runTests(ROOT, rest);
  else await startCommand(argv);
}

/**
 * @param {'run' | 'test'} use what the parts are for
 */
async function prepare(use) {
  const startedMs = performance.now();
  const report = new Report(
    process.stderr,
    `Setting up chartlife (Node ${process.versions.node}, ${process.platform}-${process.arch})`,
  );
  if (!hasPackages(ROOT) || !isBuilt(ROOT)) {
    const onWait = (/** @type {number} */ pid) =>
      report.line(`waiting for another set-up of this checkout (process ${pid})`);
    await withLock(checkoutLockPath(ROOT), { onWait }, async (lock) => {
      await ensurePackages(lock, report);
      await buildIfStale(ROOT, report);
    });
  }
  const installer = pathToFileURL(path.join(ROOT, 'dist', 'setup', 'parts', 'install.js'));
  /** @type {typeof import('./parts/install.ts')} */
  const { ensureParts } = await import(installer.href);
  const cacheRoot = await ensureParts({ uses: [use], env: process.env, report });
  const took = seconds(performance.now() - startedMs);
  report.line(
    report.numSteps === 0
      ? `chartlife is set up (looked for ${took})`
      : `chartlife is set up, in ${took}. The native parts are in ${cacheRoot}: from now on they are found there.\n`,
  );
}

/**
 * @param {import('./lock.mjs').HeldLock} lock
 * @param {Report} report
 */
async function ensurePackages(lock, report) {
  if (hasPackages(ROOT)) return;
  // Somebody may have run `npm ci`, or an npm that outlived a killed set-up may have come to its end.
  if (explainWrongPackages(ROOT) === '') return confirmPackages(ROOT);
  await report.step(
    'npm packages',
    (step) => installPackages(ROOT, lock, step),
    (numPackages) => `${numPackages} installed as package-lock.json says`,
  );
}

/** @param {string[]} argv */
async function startCommand(argv) {
  const command = path.join(ROOT, 'bin', 'chartlife.mjs');
  process.argv = [process.execPath, command, ...argv];
  await import(pathToFileURL(command).href);
}
