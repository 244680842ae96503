/** A hash of the code that decides a run's bits: a release number stays the same through many a change of them. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from './projectRoot.ts';

/**
 * From the lake's rows and the sound to weights and figures. The sources, not dist/: its chunks hold more than these, and
 * tests run without it; whoever starts anything from dist/ builds it first where the sources are newer.
 */
const DECIDING = [
  ...['audio', 'models', 'workers/trainer', 'data/dataset', 'data/shards'],
  ...['data/lake/exampleReads.ts', 'contracts/dataset.ts', 'contracts/dates.ts', 'runtime/philox.ts'],
];
/** What is compiled or loaded; not what is written for people. */
const IS_CODE = /\.(ts|wasm|cc|h)$/;
const NUM_DIGITS = 12;

/**
 * @param root a checkout
 * @returns 12 hexadecimal digits of the SHA-256 of paths and contents, in the order of the paths
 * @throws Error ENOENT where a file or folder of {@link DECIDING} is not there
 */
export function codeHashOf(root: string): string {
  const hash = createHash('sha256');
  const files = DECIDING.flatMap((place) => (IS_CODE.test(place) ? [place] : codeIn(root, place)));
  for (const file of files.sort()) {
    const bytes = readFileSync(path.join(root, file));
    hash.update(`${file} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex').slice(0, NUM_DIGITS);
}

let own: string | undefined;

/** Of this process: read once, so that a worker that outlives a change of the sources stays what it was at first. */
export function codeVersion(): string {
  own ??= codeHashOf(PROJECT_ROOT);
  return own;
}

/** Paths from the root, with `/` on every system. */
function codeIn(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const inner = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return codeIn(root, inner);
    return IS_CODE.test(entry.name) ? [inner] : [];
  });
}
