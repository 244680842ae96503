/** Chromium for the browser driver: Playwright's own where it can be downloaded, else the system's. */
import path from 'node:path';
import { ChartlifeError } from '../../contracts/errors.ts';
import {
  CHROMIUM_PATH_VARIABLE,
  type ChromiumChoice,
  chromiumChoicePath,
  findChosenChromium,
  findChromium,
  findSystemChromium,
} from '../../runtime/chromium.ts';
import { type Environment, findOnPath } from '../../runtime/executables.ts';
import { writeFileAtomic } from '../../runtime/files.ts';
import { nativeCacheAt, nativeCacheRoot, PLAYWRIGHT_VERSION } from '../../runtime/nativeParts.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { canReach } from './download.ts';
import type { Installing, Part } from './part.ts';
import { run } from './run.ts';

/** `never` keeps the set-up from installing Debian packages. */
export const SYSTEM_PACKAGES_VARIABLE = 'CHARTLIFE_SYSTEM_PACKAGES';
/** Playwright's own variable for a mirror. */
const PLAYWRIGHT_MIRROR_VARIABLE = 'PLAYWRIGHT_DOWNLOAD_HOST';
const PLAYWRIGHT_DOWNLOADS = 'https://cdn.playwright.dev';
const LAUNCH_TIMEOUT_MS = 30_000;

/** One way to come by a Chromium that works. */
interface ChromiumWay {
  readonly name: string;
  readonly foundBy: ChromiumChoice['foundBy'];
  /** @throws Error that says why it can't. */
  bring(installing: Installing): Promise<string>;
}

export function chromiumPart(env: Environment): Part {
  return {
    name: 'Chromium',
    uses: ['test'],
    optionalBecause: 'only the browser driver needs it; browser tests are skipped without it',
    async locate() {
      const found = await findChromium(env);
      if (found === null) return null;
      const how = found.foundBy === 'playwright' ? `Playwright ${PLAYWRIGHT_VERSION}'s own` : found.foundBy;
      return { where: found.executablePath, version: null, how };
    },
    needsInstall: async () => (await findChosenChromium(env)) === null,
    async install(installing) {
      const tried: string[] = [];
      for (const way of [playwrightsOwn(env), alreadyInstalled(env), debianPackage(env)]) {
        installing.doing(way.name);
        try {
          const executablePath = await way.bring(installing);
          const version = await launch(executablePath);
          const choice: ChromiumChoice = { executablePath, foundBy: way.foundBy };
          await writeFileAtomic(chromiumChoicePath(env), `${JSON.stringify(choice, null, 2)}\n`);
          return { where: executablePath, version, how: way.name };
        } catch (error) {
          tried.push(`${way.name}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
      throw new ChartlifeError('SetupMissing', `no Chromium that works: ${tried.join('; ')}`, {
        next: `Install Chromium or Chrome so that it is on PATH, or set ${CHROMIUM_PATH_VARIABLE}; then \`npx chartlife doctor --fix\`.`,
        details: { tried },
      });
    },
    check: async (found) => `Chromium ${await launch(found.where)} opened a page`,
  };
}

function playwrightsOwn(env: Environment): ChromiumWay {
  return {
    name: "Playwright's download",
    foundBy: 'playwright',
    async bring(installing) {
      // Playwright itself tries for minutes; behind a proxy only it can tell.
      const host = env[PLAYWRIGHT_MIRROR_VARIABLE] || PLAYWRIGHT_DOWNLOADS;
      if (!env.HTTPS_PROXY && !env.https_proxy) await canReach(host);
      const browsersPath = path.join(nativeCacheAt(nativeCacheRoot(env)).root, 'playwright');
      const playwrightEnv = { ...env, PLAYWRIGHT_BROWSERS_PATH: browsersPath };
      const cli = path.join(PROJECT_ROOT, 'node_modules', 'playwright', 'cli.js');
      await run(process.execPath, [cli, 'install', '--no-shell', 'chromium'], {
        env: playwrightEnv,
        holds: installing,
        onLine: (line) => {
          const match = /(\d+)% of ([\d.]+) MiB/.exec(line);
          if (match !== null) installing.progress((Number(match[1]) / 100) * Number(match[2]), Number(match[2]), 'MiB');
        },
      });
      const askPath = "import('playwright').then(({ chromium }) => console.log(chromium.executablePath()))";
      return (await run(process.execPath, ['-e', askPath], { env: playwrightEnv, cwd: PROJECT_ROOT })).trim();
    },
  };
}

function alreadyInstalled(env: Environment): ChromiumWay {
  return {
    name: "the system's",
    foundBy: 'system',
    async bring() {
      const found = await findSystemChromium(env);
      if (found === null) throw new Error('there is none on PATH');
      return found;
    },
  };
}

function debianPackage(env: Environment): ChromiumWay {
  return {
    name: "Debian's package",
    foundBy: 'system',
    async bring(installing) {
      if (env[SYSTEM_PACKAGES_VARIABLE] === 'never') throw new Error(`${SYSTEM_PACKAGES_VARIABLE} is never`);
      if ((await findOnPath('apt-get', env)) === null) throw new Error('there is no apt-get');
      if (process.getuid?.() !== 0) throw new Error('apt-get needs root');
      const aptEnv = { ...env, DEBIAN_FRONTEND: 'noninteractive' };
      const options = ['-q', '-o', 'DPkg::Lock::Timeout=120', '-o', 'APT::Status-Fd=1'];
      installing.doing('apt-get update');
      await run('apt-get', [...options, 'update'], { env: aptEnv });
      installing.doing('apt-get install chromium');
      await run('apt-get', [...options, 'install', '-y', '--no-install-recommends', 'chromium'], {
        env: aptEnv,
        onLine: (line) => {
          const match = /^(dlstatus|pmstatus):[^:]*:([\d.]+):/.exec(line);
          if (match === null) return;
          installing.doing(match[1] === 'dlstatus' ? 'apt-get downloads chromium' : 'apt-get installs chromium');
          installing.progress(Number(match[2]), 100, '%');
        },
      });
      const found = await findSystemChromium(env);
      if (found === null) throw new Error('apt-get ended well, yet there is no chromium on PATH');
      return found;
    },
  };
}

/**
 * Opens a page in it, through Playwright, as the browser driver will.
 *
 * @returns the browser's version.
 */
async function launch(executablePath: string): Promise<string> {
  const { chromium } = await import('playwright');
  const browser = await chromium.launch({ executablePath, timeout: LAUNCH_TIMEOUT_MS });
  try {
    const page = await browser.newPage();
    await page.setContent('<title>ready</title>');
    const title = await page.title();
    if (title !== 'ready') throw new Error(`it opened a page and says its title is ${JSON.stringify(title)}`);
    return browser.version();
  } finally {
    await browser.close();
  }
}
