/** Which home a command works on. */
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Effects } from './effects.ts';

export const HOME_VARIABLE = 'CHARTLIFE_HOME';
export const HOME_FOLDER_NAME = '.chartlife';

/**
 * `--home`, else `CHARTLIFE_HOME`, else the nearest `.chartlife` folder from the current folder upwards (as git finds
 * its repository), else `.chartlife` in the current folder. So whoever runs the demo in a checkout finds its home again
 * from any folder of that checkout.
 */
export function resolveHomeRoot(option: string | undefined, effects: Pick<Effects, 'env' | 'cwd'>): string {
  const given = option ?? effects.env[HOME_VARIABLE];
  if (given !== undefined && given !== '') return path.resolve(effects.cwd, expandTilde(given));
  let folder = path.resolve(effects.cwd);
  for (;;) {
    const candidate = path.join(folder, HOME_FOLDER_NAME);
    if (existsSync(candidate)) return candidate;
    const parent = path.dirname(folder);
    if (parent === folder) return path.resolve(effects.cwd, HOME_FOLDER_NAME);
    folder = parent;
  }
}

/** `~/x`, for where no shell has expanded it (`--home=~/x`, a service's environment). */
function expandTilde(value: string): string {
  return value === '~' || value.startsWith('~/') ? path.join(os.homedir(), value.slice(1)) : value;
}
