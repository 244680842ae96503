/**
 * Runs vitest and ends with one line of counts, taken from its own JSON report.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 */

/**
 * The part of vitest's JSON report that we read.
 *
 * @typedef {object} VitestReport
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults
 */

/**
 * Runs the tests and prints, as the last line, `N passed, N failed`; the line before says how many were skipped.
 *
 * @param {string} root the checkout
 * @param {string[]} vitestArguments
 * @returns {Promise<number>} the exit code: 0 only if a test ran and nothing failed
 */
export async function runTests(root, vitestArguments) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'chartlife-tests-'));
  const reportPath = path.join(folder, 'report.json');
  try {
    const ending = await runVitest(root, [
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${reportPath}`,
      ...vitestArguments,
    ]);
    const report = await readReport(reportPath);
    if (report === null)
      process.stdout.write(`\nvitest ended with ${ending} and left no report: counted as one failure\n`);
    const counts = countTests(report, ending === 'exit code 0');
    const skipped = counts.skipped === 0 ? '' : `${counts.skipped} skipped, each with its reason above\n`;
    process.stdout.write(`\n${skipped}${counts.passed} passed, ${counts.failed} failed\n`);
    return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A failed file without a failed test (it could not be loaded, or its hooks failed) counts as one failure; so does a
 * run that failed in no test at all (an unhandled error, a crash).
 *
 * @param {VitestReport | null} report
 * @param {boolean} endedWell whether vitest itself was content
 * @returns {Counts}
 */
export function countTests(report, endedWell) {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 };
  const numBrokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + numBrokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && !endedWell ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/**
 * @param {string} root
 * @param {string[]} vitestArguments
 * @returns {Promise<string>} how it ended, such as `exit code 1` or `SIGKILL`
 */
async function runVitest(root, vitestArguments) {
  const vitest = path.join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...vitestArguments], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  // Ctrl-C reaches vitest by itself, being of the same terminal; it ends the run, and we report what it did.
  const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  const stay = () => undefined;
  process.on('SIGTERM', forward);
  process.on('SIGINT', stay);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (exitCode, signal) => resolve(signal ?? `exit code ${exitCode}`));
    });
  } finally {
    process.off('SIGTERM', forward);
    process.off('SIGINT', stay);
  }
}

/**
 * @param {string} reportPath
 * @returns {Promise<VitestReport | null>} null if vitest did not get as far as writing it whole
 */
async function readReport(reportPath) {
  try {
    return JSON.parse(await readFile(reportPath, 'utf8'));
  } catch {
    return null;
  }
}
