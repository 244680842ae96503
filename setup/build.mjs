/**
 * Builds dist/: every entry point with what it imports (esbuild; npm packages stay outside), and the workflows' bundle
 * that workers load (Temporal's bundler). `node setup/build.mjs` builds now; `ensureBuilt` only if sources have changed.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildStampPath, isBuilt } from './freshness.mjs';
import { withLock } from './lock.mjs';
import { Report } from './report.mjs';

/** What is started or imported from dist/ by its path. */
export const ENTRY_POINTS = [
  'cli/main.ts',
  'audio/decode/worker.ts',
  'sources/replica/sound/renderThread.ts',
  'workers/ingest.ts',
  'workers/features.ts',
  'workers/train.ts',
  'workers/trainer/trainer.ts',
  'workers/trainer/batchThread.ts',
  'setup/parts/install.ts',
];
const WORKFLOWS_ENTRY_POINT = 'workflows/index.ts';
/** What the workflows' bundle is made of. */
const WORKFLOW_INPUTS = ['workflows', 'contracts', 'package-lock.json', 'setup/build.mjs'];
/** A process that runs may yet load a chunk of the build that it was started from. */
const KEEP_OLD_CHUNKS_MS = 24 * 3_600_000;

/**
 * @typedef {object} Built
 * @property {number} numFiles
 * @property {'built' | 'unchanged'} workflows
 */

/**
 * The lock that installing and building in a checkout take.
 *
 * @param {string} root the checkout
 */
export function checkoutLockPath(root) {
  return path.join(root, '.setup.lock');
}

/**
 * Builds dist/ if the sources have changed since it was built. Processes that come at once build once.
 *
 * @param {string} root the checkout
 * @param {Report} report
 */
export async function ensureBuilt(root, report) {
  if (isBuilt(root)) return;
  await withLock(checkoutLockPath(root), {}, () => buildIfStale(root, report));
}

/**
 * The same for a caller that holds the checkout's lock.
 *
 * @param {string} root the checkout
 * @param {Report} report
 */
export async function buildIfStale(root, report) {
  if (isBuilt(root)) return;
  await report.step('dist/', () => build(root), describeBuilt);
}

/** @param {Built} built */
function describeBuilt({ numFiles, workflows }) {
  return `${numFiles} files; workflow bundle ${workflows}`;
}

/**
 * @param {string} root the checkout
 * @returns {Promise<Built>}
 */
export async function build(root) {
  const startedAt = new Date();
  const numFiles = await buildEntryPoints(root);
  const workflows = await buildWorkflows(root);
  await writeWhole(buildStampPath(root), '');
  // What changes while we build is newer than the build.
  await utimes(buildStampPath(root), startedAt, startedAt);
  return { numFiles, workflows };
}

/** @param {string} root */
async function buildEntryPoints(root) {
  const esbuild = await import('esbuild');
  const outdir = path.join(root, 'dist');
  const bundling = esbuild.build({
    absWorkingDir: root,
    entryPoints: ENTRY_POINTS,
    outbase: '.',
    outdir,
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.3',
    sourcemap: true,
    chunkNames: 'chunks/[name]-[hash]',
    metafile: true,
    write: false,
    logLevel: 'silent',
  });
  const { outputFiles, metafile } = await bundling.catch((error) => {
    throw Object.assign(error, { next: 'Mend the sources, or go back to a commit that builds.' });
  });
  const isEntry = (/** @type {string} */ file) =>
    metafile.outputs[path.relative(root, file).split(path.sep).join('/')]?.entryPoint !== undefined;
  // Entry points last: until then the old ones find their old chunks.
  const files = [...outputFiles].sort((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)));
  for (const file of files) await writeIfChanged(file.path, file.contents);
  await removeOldChunks(path.join(outdir, 'chunks'), new Set(files.map((file) => file.path)));
  return files.filter((file) => file.path.endsWith('.js')).length;
}

/**
 * @param {string} root
 * @returns {Promise<'built' | 'unchanged'>}
 */
async function buildWorkflows(root) {
  const bundlePath = path.join(root, 'dist', 'workflows', 'bundle.js');
  const hashPath = path.join(root, 'dist', 'workflows', '.inputs');
  const inputs = hashFiles(root, WORKFLOW_INPUTS);
  if (existsSync(bundlePath) && (await readText(hashPath)) === inputs) return 'unchanged';
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(root, WORKFLOWS_ENTRY_POINT),
    logger: new DefaultLogger('WARN'),
  });
  await rm(hashPath, { force: true });
  await writeWhole(bundlePath, code);
  await writeWhole(hashPath, inputs);
  return 'built';
}

/**
 * One hash over the files, and all files below the folders, with their names.
 *
 * @param {string} root
 * @param {string[]} inputs
 */
function hashFiles(root, inputs) {
  const hash = createHash('sha256');
  const add = (/** @type {string} */ file) => hash.update(`${file}\0${readFileSync(path.join(root, file), 'utf8')}\0`);
  for (const input of inputs) {
    if (/\.\w+$/.test(input)) add(input);
    else for (const file of listFiles(root, input)) add(file);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function listFiles(root, folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const entryPath = `${folder}/${entry.name}`;
      return entry.isDirectory() ? listFiles(root, entryPath) : [entryPath];
    });
}

/**
 * @param {string} filePath
 * @param {Uint8Array} contents
 */
async function writeIfChanged(filePath, contents) {
  try {
    if ((await readFile(filePath)).equals(contents)) return;
  } catch {
    // Not there yet.
  }
  await writeWhole(filePath, contents);
}

/**
 * Never half written for a process that starts meanwhile.
 *
 * @param {string} filePath
 * @param {Uint8Array | string} contents
 */
async function writeWhole(filePath, contents) {
  await mkdir(path.dirname(filePath), { recursive: true });
  const temporaryPath = `${filePath}.${process.pid}.tmp`;
  await writeFile(temporaryPath, contents);
  await rename(temporaryPath, filePath);
}

/**
 * Removes the chunks of earlier builds, some time after they went out of use.
 *
 * @param {string} folder
 * @param {Set<string>} current the paths of this build's files
 */
async function removeOldChunks(folder, current) {
  if (!existsSync(folder)) return;
  const retiredPath = path.join(folder, '.retired.json');
  /** @type {Record<string, number>} */
  const retiredBefore = JSON.parse((await readText(retiredPath)) ?? '{}');
  /** @type {Record<string, number>} */
  const retired = {};
  for (const name of await readdir(folder)) {
    if (!/\.js(\.map)?$/.test(name) || current.has(path.join(folder, name))) continue;
    const retiredAtMs = retiredBefore[name] ?? Date.now();
    if (Date.now() - retiredAtMs > KEEP_OLD_CHUNKS_MS) await rm(path.join(folder, name), { force: true });
    else retired[name] = retiredAtMs;
  }
  await writeWhole(retiredPath, JSON.stringify(retired));
}

/** @param {string} filePath */
async function readText(filePath) {
  return readFile(filePath, 'utf8').catch(() => null);
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
  const report = new Report(process.stderr, 'build');
  await withLock(checkoutLockPath(root), {}, () => report.step('dist/', () => build(root), describeBuilt));
}
