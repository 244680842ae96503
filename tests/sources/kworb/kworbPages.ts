/** Where the tests' pages are. Whole kworb pages are not in the repository: they have no licence. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../../../runtime/projectRoot.ts';

export const GOLDEN_DIR: string = path.join(PROJECT_ROOT, 'tests', 'golden', 'kworb');

const PAGES_DIR = path.join(PROJECT_ROOT, '..', 'shared', 'data', 'kworb');

/** Whole pages beside the checkout, by their path in that folder; empty, with a line that says so, where there are none. */
export function realPages(): ReadonlyMap<string, string> {
  if (!existsSync(PAGES_DIR)) {
    console.log('kworb: tests on whole pages are skipped: ../shared/data/kworb is absent');
    return new Map();
  }
  const files = readdirSync(PAGES_DIR, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
  return new Map(files.sort().map((file) => [file.split(path.sep).join('/'), path.join(PAGES_DIR, file)]));
}

/** A file's bytes, not as a Buffer: what is parsed must not depend on one. */
export function readBytes(filePath: string): Uint8Array {
  return new Uint8Array(readFileSync(filePath));
}
