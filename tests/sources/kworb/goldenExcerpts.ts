/** The pairs NAME.html + NAME.json of tests/golden/kworb/excerpts. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { PageHints } from '../../../sources/kworb/parsePage.ts';
import { GOLDEN_DIR, readBytes } from './kworbPages.ts';
import type { Outcome } from './outcome.ts';

export interface GoldenExcerpt {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly hints: PageHints;
  readonly expected: Outcome;
}

export function goldenExcerpts(): GoldenExcerpt[] {
  const folder = path.join(GOLDEN_DIR, 'excerpts');
  const files = readdirSync(folder).filter((file) => file.endsWith('.html'));
  return files.sort().map((file) => {
    const json = readFileSync(path.join(folder, file.replace(/\.html$/, '.json')), 'utf8');
    const { hints, ...expected }: { hints: PageHints } & Outcome = JSON.parse(json);
    return { name: file, bytes: readBytes(path.join(folder, file)), hints: { ...hints, source: file }, expected };
  });
}
