/**
 * npm packages: node_modules is as package-lock.json says, or `npm ci` makes it so.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const POLL_MS = 500;
const MAX_ERROR_LINES = 12;
const PLATFORM = `${process.platform}-${process.arch}`;

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {boolean} [link]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 */

/**
 * Whether node_modules is known to be complete: one small file is read. It is written when an installation has ended
 * well, and holds the hash of the lockfile and the platform.
 *
 * @param {string} root the checkout
 */
export function hasPackages(root) {
  return readText(stampPath(root)) === stampText(root);
}

/**
 * Compares npm's own record of what it installed with package-lock.json, and looks whether each folder is there. Says
 * what is wrong; an empty text if nothing is.
 *
 * @param {string} root the checkout
 * @returns {string}
 */
export function explainWrongPackages(root) {
  const installed = readPackages(path.join(root, 'node_modules', '.package-lock.json'));
  if (installed === null) return 'node_modules is not there, or its installation was cut short';
  for (const [folder, wanted] of Object.entries(lockedPackages(root))) {
    const found = installed[folder];
    if (found === undefined && wanted.optional) continue;
    if (found === undefined) return `${folder} is not installed`;
    if (found.version !== wanted.version || found.integrity !== wanted.integrity) {
      return `${folder} is version ${found.version}; package-lock.json wants ${wanted.version}`;
    }
    if (!existsSync(path.join(root, folder, 'package.json'))) return `${folder} is gone`;
  }
  const libc = findLibc();
  const foreign = Object.entries(installed).find(([, found]) => !fitsPlatform(found, libc));
  return foreign === undefined ? '' : `${foreign[0]} is for another platform than ${PLATFORM}`;
}

/**
 * Installs what package-lock.json says. `npm ci` begins by removing node_modules.
 *
 * @param {string} root the checkout
 * @param {import('./lock.mjs').HeldLock} lock
 * @param {import('./report.mjs').Step} step
 * @returns {Promise<number>} how many packages there are now
 */
export async function installPackages(root, lock, step) {
  await rm(stampPath(root), { force: true });
  const libc = findLibc();
  const folders = Object.entries(lockedPackages(root)).filter(([, wanted]) => fitsPlatform(wanted, libc));
  const countInstalled = () => folders.filter(([folder]) => existsSync(path.join(root, folder, 'package.json'))).length;
  step.doing('npm ci');
  const poll = setInterval(() => step.progress(countInstalled(), folders.length, 'packages'), POLL_MS);
  try {
    await runNpmCi(root, lock);
  } finally {
    clearInterval(poll);
  }
  const wrong = explainWrongPackages(root);
  if (wrong !== '') throw new Error(`after \`npm ci\`, ${wrong}`);
  await confirmPackages(root);
  return countInstalled();
}

/**
 * Notes that node_modules is complete.
 *
 * @param {string} root the checkout
 */
export async function confirmPackages(root) {
  await writeFile(stampPath(root), stampText(root));
}

/**
 * @param {string} root
 * @param {import('./lock.mjs').HeldLock} lock
 */
async function runNpmCi(root, lock) {
  const [command, ...firstArguments] = npmCommand();
  const npm = spawn(
    command ?? 'npm',
    // Development packages too, whatever NODE_ENV says: the build and the tests need them.
    [...firstArguments, 'ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  npm.stdout.on('data', (chunk) => (output += chunk));
  npm.stderr.on('data', (chunk) => (output += chunk));
  const ended = new Promise((resolve, reject) => {
    npm.once('error', (error) => reject(new Error(`npm can't be started: ${error.message}`)));
    npm.once('close', (exitCode, signal) =>
      exitCode === 0
        ? resolve(undefined)
        : reject(new Error(`\`npm ci\` ended with ${signal ?? `exit code ${exitCode}`}:\n${firstLines(output)}`)),
    );
  });
  const noted = npm.pid === undefined ? undefined : lock.addHolder(npm.pid);
  try {
    await ended;
  } finally {
    await noted;
  }
}

/**
 * npm says first what is wrong, and then much more.
 *
 * @param {string} output
 */
function firstLines(output) {
  const lines = output.trim().split('\n');
  return lines.slice(0, MAX_ERROR_LINES).join('\n');
}

/** The npm that runs us, else the one on PATH. */
function npmCommand() {
  const runningNpm = process.env.npm_execpath ?? '';
  return runningNpm.endsWith('npm-cli.js') ? [process.execPath, runningNpm] : ['npm'];
}

/** @param {string} root */
function stampPath(root) {
  return path.join(root, 'node_modules', '.chartlife-installed');
}

/** @param {string} root */
function stampText(root) {
  const hash = createHash('sha256').update(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  return `${hash.digest('hex')} ${PLATFORM}\n`;
}

/**
 * @param {string} root
 * @returns {Record<string, LockedPackage>}
 */
function lockedPackages(root) {
  const packages = readPackages(path.join(root, 'package-lock.json'));
  if (packages === null) throw new Error(`${path.join(root, 'package-lock.json')} can't be read`);
  return Object.fromEntries(Object.entries(packages).filter(([folder, entry]) => folder !== '' && !entry.link));
}

/**
 * @param {string} filePath
 * @returns {Record<string, LockedPackage> | null}
 */
function readPackages(filePath) {
  try {
    return JSON.parse(readFileSync(filePath, 'utf8')).packages;
  } catch {
    return null;
  }
}

/**
 * @param {LockedPackage} entry
 * @param {string} libc
 */
function fitsPlatform(entry, libc) {
  return allows(entry.os, process.platform) && allows(entry.cpu, process.arch) && allows(entry.libc, libc);
}

/** The C library, as npm names it; only Linux has a choice. */
function findLibc() {
  if (process.platform !== 'linux') return '';
  const report = JSON.parse(JSON.stringify(process.report?.getReport() ?? {}));
  return report.header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/**
 * npm's lists name what is allowed, or with `!` what is not.
 *
 * @param {string[] | undefined} list
 * @param {string} value
 */
function allows(list, value) {
  if (list === undefined || value === '') return true;
  if (list.includes(`!${value}`)) return false;
  return list.includes(value) || list.every((entry) => entry.startsWith('!'));
}

/**
 * @param {string} filePath
 * @returns {string | null}
 */
function readText(filePath) {
  try {
    return readFileSync(filePath, 'utf8');
  } catch {
    return null;
  }
}
