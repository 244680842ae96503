/** The versions that decide a run's bits, beside recipe, data and seed. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { codeVersion } from './codeVersion.ts';
import { TENSORFLOW_VERSION } from './nativeParts.ts';
import { PROJECT_ROOT } from './projectRoot.ts';

/** Of package.json. */
export function projectVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(PROJECT_ROOT, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** `code` is the hash of what computes: see codeVersion.ts. */
export function runVersions(): Readonly<Record<string, string>> {
  return { chartlife: projectVersion(), code: codeVersion(), tensorflow: TENSORFLOW_VERSION };
}
