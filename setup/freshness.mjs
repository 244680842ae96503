/**
 * Whether dist/ is built from the sources as they are now: a scan of modification times, cheap enough for every start
 * of the command.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** The folders whose TypeScript goes into dist/. */
export const SOURCE_FOLDERS = [
  'contracts',
  'runtime',
  'sources',
  'audio',
  'data',
  'models',
  'pictures',
  'plots',
  'activities',
  'workflows',
  'workers',
  'cli',
  'setup',
];

/** Other files that a build depends on. */
const OTHER_INPUTS = ['package.json', 'package-lock.json'];

/**
 * Written at the end of a build; its modification time is when that build began.
 *
 * @param {string} root the checkout
 */
export function buildStampPath(root) {
  return path.join(root, 'dist', '.built');
}

/**
 * True if no source, and no folder of sources (a file was added, renamed or removed), has changed since dist/ was built.
 *
 * @param {string} root the checkout
 */
export function isBuilt(root) {
  const builtMs = modifiedMs(buildStampPath(root));
  if (builtMs === null) return false;
  if (OTHER_INPUTS.some((file) => (modifiedMs(path.join(root, file)) ?? 0) > builtMs)) return false;
  return SOURCE_FOLDERS.every((folder) => isOlder(path.join(root, folder), builtMs));
}

/**
 * @param {string} folder
 * @param {number} timeMs
 * @returns {boolean}
 */
function isOlder(folder, timeMs) {
  const folderMs = modifiedMs(folder);
  if (folderMs === null) return true;
  if (folderMs > timeMs) return false;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const entryPath = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!isOlder(entryPath, timeMs)) return false;
    } else if (/\.(ts|mjs)$/.test(entry.name) && (modifiedMs(entryPath) ?? 0) > timeMs) {
      return false;
    }
  }
  return true;
}

/**
 * @param {string} filePath
 * @returns {number | null} null if there is no such file
 */
function modifiedMs(filePath) {
  return statSync(filePath, { throwIfNoEntry: false })?.mtimeMs ?? null;
}
