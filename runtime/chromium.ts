/**
 * Which Chromium the browser driver uses: Playwright's own where `setup/` could bring it, else the system's. Looks, and
 * brings nothing.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Environment, findOnPath, isExecutable } from './executables.ts';
import { nativeCacheAt, nativeCacheRoot, PLAYWRIGHT_VERSION, platformName } from './nativeParts.ts';

/** The path of a Chromium or Chrome to use. */
export const CHROMIUM_PATH_VARIABLE = 'CHARTLIFE_CHROMIUM_PATH';

export interface FoundChromium {
  /** For Playwright's `executablePath`. */
  readonly executablePath: string;
  readonly foundBy: typeof CHROMIUM_PATH_VARIABLE | 'playwright' | 'system';
}

/** What `setup/` chose and found to work, so that it is not chosen again every time. */
export interface ChromiumChoice {
  readonly executablePath: string;
  readonly foundBy: 'playwright' | 'system';
}

/** The file of the cache that holds the choice. Another version of Playwright wants another Chromium. */
export function chromiumChoicePath(env: Environment): string {
  const { root } = nativeCacheAt(nativeCacheRoot(env));
  return path.join(root, 'chromium', `playwright-${PLAYWRIGHT_VERSION}-${platformName()}.json`);
}

const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'] as const;
const MAC_APPLICATIONS = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
] as const;

/** Chromium or Chrome as the system has it; null if it has none. */
export async function findSystemChromium(env: Environment): Promise<string | null> {
  for (const name of SYSTEM_NAMES) {
    const found = await findOnPath(name, env);
    if (found !== null) return found;
  }
  if (process.platform !== 'darwin') return null;
  for (const application of MAC_APPLICATIONS) if (await isExecutable(application)) return application;
  return null;
}

/** What was set or chosen: CHARTLIFE_CHROMIUM_PATH, else the choice of `setup/`. Null where neither is there (any more). */
export async function findChosenChromium(env: Environment): Promise<FoundChromium | null> {
  const given = env[CHROMIUM_PATH_VARIABLE];
  if (given) return { executablePath: path.resolve(given), foundBy: CHROMIUM_PATH_VARIABLE };
  const choice = await readChoice(chromiumChoicePath(env));
  return choice !== null && (await isExecutable(choice.executablePath)) ? choice : null;
}

/**
 * The Chromium to use: CHARTLIFE_CHROMIUM_PATH, else the choice of `setup/`, else the system's; null if there is none.
 */
export async function findChromium(env: Environment): Promise<FoundChromium | null> {
  const chosen = await findChosenChromium(env);
  if (chosen !== null) return chosen;
  const executablePath = await findSystemChromium(env);
  return executablePath === null ? null : { executablePath, foundBy: 'system' };
}

async function readChoice(filePath: string): Promise<ChromiumChoice | null> {
  try {
    const choice: unknown = JSON.parse(await readFile(filePath, 'utf8'));
    if (typeof choice !== 'object' || choice === null) return null;
    if (!('executablePath' in choice) || typeof choice.executablePath !== 'string') return null;
    if (!('foundBy' in choice) || (choice.foundBy !== 'playwright' && choice.foundBy !== 'system')) return null;
    return { executablePath: choice.executablePath, foundBy: choice.foundBy };
  } catch {
    return null;
  }
}
