/** How the set-up comes by a Chromium, with a local server for Playwright's, and a stand-in for apt-get. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { chromiumChoicePath, findChromium, findSystemChromium } from '../../runtime/chromium.ts';
import type { Environment } from '../../runtime/executables.ts';
import { platformName } from '../../runtime/nativeParts.ts';
import { chromiumPart } from '../../setup/parts/chromiumPart.ts';
import { findPython } from '../../setup/parts/pipWheel.ts';
import { notingInstalling } from './silentInstalling.ts';
import { temporaryFolder } from './temporaryFolder.ts';
import { type Answer, closedAddress, startVendor } from './vendor.ts';

const systemChromium = await findSystemChromium(process.env);
const python = await findPython(process.env);
if (systemChromium === null) console.warn('tests of the choice of a Chromium are skipped: the system has none');

// Real processes: on a busy machine they take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** An empty cache, Playwright's server nowhere, and a PATH of its own. */
async function environment(): Promise<{ readonly env: Environment & { readonly PATH: string }; readonly bin: string }> {
  const folder = temporaryFolder();
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  return {
    bin,
    env: {
      HOME: folder,
      PATH: bin,
      CHARTLIFE_CACHE: path.join(folder, 'cache'),
      PLAYWRIGHT_DOWNLOAD_HOST: await closedAddress(),
    },
  };
}

/** A zip file as Playwright's server has it: one program, and some bytes beside it. */
function zipWith(program: string, text: string): Uint8Array {
  const folder = temporaryFolder();
  const top = path.dirname(program) === '.' ? program : path.dirname(program);
  mkdirSync(path.join(folder, path.dirname(program)), { recursive: true });
  writeFileSync(path.join(folder, program), text);
  chmodSync(path.join(folder, program), 0o755);
  execFileSync(python ?? 'python3', ['-m', 'zipfile', '-c', 'all.zip', top], { cwd: folder });
  return readFileSync(path.join(folder, 'all.zip'));
}

/** What Playwright asks for on this platform, found out by its own dry run. */
function playwrightFiles(chrome: string): Record<string, Answer> {
  const dryRun = execFileSync(
    process.execPath,
    ['node_modules/playwright/cli.js', 'install', '--dry-run', '--no-shell', 'chromium'],
    { encoding: 'utf8', env: { PLAYWRIGHT_DOWNLOAD_HOST: 'http://vendor' } },
  );
  const paths = [...dryRun.matchAll(/Download url:\s+http:\/\/vendor(\S+)/g)].map(([, found]) => found ?? '');
  return Object.fromEntries(
    paths.map((found) => [
      found,
      found.includes('chrome') ? zipWith('chrome-linux64/chrome', chrome) : zipWith('ffmpeg-linux', '#!/bin/sh\n'),
    ]),
  );
}

describe.skipIf(systemChromium === null || python === null || platformName() !== 'linux-x64')(
  "Playwright's own",
  () => {
    test('is downloaded, tried, and remembered', async () => {
      const { env } = await environment();
      const vendor = await startVendor(playwrightFiles(`#!/bin/sh\nexec ${systemChromium} "$@"\n`));
      const withVendor = { ...env, PLAYWRIGHT_DOWNLOAD_HOST: vendor.baseUrl };
      const part = chromiumPart(withVendor);
      expect(await part.needsInstall()).toBe(true);
      const found = await part.install(notingInstalling());
      expect(found.how).toBe("Playwright's download");
      expect(found.where.startsWith(path.join(env.CHARTLIFE_CACHE ?? '', 'playwright'))).toBe(true);
      expect(await part.needsInstall()).toBe(false);
      expect(await findChromium(withVendor)).toEqual({ executablePath: found.where, foundBy: 'playwright' });
    });

    test('that does not start gives way to the system’s', async () => {
      const { env, bin } = await environment();
      symlinkSync(systemChromium ?? '', path.join(bin, 'chromium'));
      const vendor = await startVendor(
        playwrightFiles('#!/bin/sh\necho "error while loading shared libraries" >&2; exit 127\n'),
      );
      const found = await chromiumPart({ ...env, PLAYWRIGHT_DOWNLOAD_HOST: vendor.baseUrl }).install(
        notingInstalling(),
      );
      expect(found).toMatchObject({ how: "the system's", where: path.join(bin, 'chromium') });
    });
  },
);

describe.skipIf(systemChromium === null)("the system's", () => {
  test('is taken where the download is out of reach, and remembered', async () => {
    const { env, bin } = await environment();
    symlinkSync(systemChromium ?? '', path.join(bin, 'chromium'));
    const part = chromiumPart(env);
    // It would do already; the better one has not been asked for yet.
    expect(await part.locate()).toMatchObject({ where: path.join(bin, 'chromium'), how: 'system' });
    expect(await part.needsInstall()).toBe(true);
    expect((await part.install(notingInstalling())).how).toBe("the system's");
    expect(await part.needsInstall()).toBe(false);
    // The choice lasts only as long as what was chosen.
    renameSync(path.join(bin, 'chromium'), path.join(bin, 'chromium-browser'));
    expect(await part.needsInstall()).toBe(true);
    expect(await findChromium(env)).toEqual({ executablePath: path.join(bin, 'chromium-browser'), foundBy: 'system' });
  });
});

describe.skipIf(systemChromium === null || process.getuid?.() !== 0)("Debian's package", () => {
  test('is installed by root, with progress', async () => {
    const { env, bin } = await environment();
    writeFileSync(
      path.join(bin, 'apt-get'),
      `#!/bin/sh
      echo "$*" >> ${bin}/asked
      echo "dlstatus:1:12.5:Retrieving file 1 of 8 (3s remaining)"
      echo "pmstatus:chromium:87.5:Unpacking chromium (amd64)"
      case "$*" in *install*) /bin/ln -s ${systemChromium} ${bin}/chromium;; esac\n`,
      { mode: 0o755 },
    );
    const installing = notingInstalling();
    const found = await chromiumPart(env).install(installing);
    expect(found).toMatchObject({ how: "Debian's package", where: path.join(bin, 'chromium') });
    const asked = readFileSync(path.join(bin, 'asked'), 'utf8').trim().split('\n');
    expect(asked).toEqual([
      expect.stringMatching(/ update$/),
      expect.stringMatching(/ install -y --no-install-recommends chromium$/),
    ]);
    expect(installing.progressed).toContainEqual({ done: 12.5, total: 100, unit: '%' });
    expect(installing.progressed).toContainEqual({ done: 87.5, total: 100, unit: '%' });
  });

  test('is not installed where that was forbidden', async () => {
    const { env, bin } = await environment();
    writeFileSync(path.join(bin, 'apt-get'), `#!/bin/sh\n: > ${bin}/asked\n`, { mode: 0o755 });
    const forbidden = { ...env, CHARTLIFE_SYSTEM_PACKAGES: 'never' };
    await expect(chromiumPart(forbidden).install(notingInstalling())).rejects.toThrow(
      'CHARTLIFE_SYSTEM_PACKAGES is never',
    );
    expect(existsSync(path.join(bin, 'asked'))).toBe(false);
  });
});

test('none at all: one error says what was tried; nothing is remembered', async () => {
  const { env } = await environment();
  const bare = { ...env, CHARTLIFE_SYSTEM_PACKAGES: 'never' };
  await expect(chromiumPart(bare).install(notingInstalling())).rejects.toMatchObject({
    type: 'SetupMissing',
    details: {
      tried: [
        expect.stringMatching(/^Playwright's download: 127\.0\.0\.1:\d+: the connection was refused$/),
        "the system's: there is none on PATH",
        "Debian's package: CHARTLIFE_SYSTEM_PACKAGES is never",
      ],
    },
  });
  expect(existsSync(chromiumChoicePath(bare))).toBe(false);
  expect(await findChromium(bare)).toBeNull();
});

test('a path that was set counts alone', async () => {
  expect(await findChromium({ CHARTLIFE_CHROMIUM_PATH: '/my/chromium', PATH: process.env.PATH })).toEqual({
    executablePath: '/my/chromium',
    foundBy: 'CHARTLIFE_CHROMIUM_PATH',
  });
});
