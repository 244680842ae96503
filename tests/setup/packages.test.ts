/** npm packages: what counts as complete, and what an installation that goes wrong leaves. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { confirmPackages, explainWrongPackages, hasPackages, installPackages } from '../../setup/packages.mjs';
import { notingInstalling } from './silentInstalling.ts';
import { temporaryFolder } from './temporaryFolder.ts';

const OTHER_PLATFORM = process.platform === 'linux' ? 'darwin' : 'linux';
const PACKAGES = {
  'node_modules/one': { version: '1.0.0', integrity: 'sha512-one' },
  'node_modules/one/node_modules/deep': { version: '3.0.0', integrity: 'sha512-deep' },
  'node_modules/here': { version: '2.0.0', integrity: 'sha512-here', optional: true, os: [process.platform] },
  'node_modules/elsewhere': { version: '2.0.0', integrity: 'sha512-else', optional: true, os: [OTHER_PLATFORM] },
};
type Packages = Readonly<Record<string, { readonly version: string; readonly integrity: string }>>;

/** A checkout with a lockfile, and node_modules as npm would have left it. */
function checkout(installed: Packages | null): string {
  const root = temporaryFolder();
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...PACKAGES } }));
  if (installed !== null) install(root, installed);
  return root;
}

function install(root: string, installed: Packages): void {
  for (const folder of Object.keys(installed)) {
    mkdirSync(path.join(root, folder), { recursive: true });
    writeFileSync(path.join(root, folder, 'package.json'), '{}');
  }
  writeFileSync(path.join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
}

const { 'node_modules/elsewhere': elsewhere, ...RIGHT } = PACKAGES;

describe('node_modules', () => {
  test('is right when npm says it installed what the lockfile wants for this platform', () => {
    expect(explainWrongPackages(checkout(RIGHT))).toBe('');
  });

  test.each<[name: string, spoil: (root: string) => void, why: RegExp]>([
    ['not there', (root) => rmSync(path.join(root, 'node_modules'), { recursive: true }), /not there, or .* cut short/],
    [
      'cut short: npm writes its record last',
      (root) => rmSync(path.join(root, 'node_modules', '.package-lock.json')),
      /not there, or .* cut short/,
    ],
    ['lacking a folder', (root) => rmSync(path.join(root, 'node_modules/one'), { recursive: true }), /one is gone/],
    [
      'older than the lockfile',
      (root) => install(root, { ...RIGHT, 'node_modules/one': { version: '0.9.0', integrity: 'sha512-one' } }),
      /one is version 0\.9\.0; package-lock\.json wants 1\.0\.0/,
    ],
    [
      'of other bytes',
      (root) => install(root, { ...RIGHT, 'node_modules/one': { version: '1.0.0', integrity: 'sha512-evil' } }),
      /one is version 1\.0\.0/,
    ],
    [
      'brought from another platform',
      (root) => install(root, { ...RIGHT, 'node_modules/elsewhere': elsewhere }),
      /elsewhere is for another platform/,
    ],
  ])('is wrong when %s', (_name, spoil, why) => {
    const root = checkout(RIGHT);
    spoil(root);
    expect(explainWrongPackages(root)).toMatch(why);
  });

  test('is known to be complete only for the lockfile it was confirmed for', async () => {
    const root = checkout(RIGHT);
    expect(hasPackages(root)).toBe(false);
    await confirmPackages(root);
    expect(hasPackages(root)).toBe(true);
    writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ packages: { '': {} } }));
    expect(hasPackages(root)).toBe(false);
  });

  test('of this checkout is right', () => {
    expect(explainWrongPackages(PROJECT_ROOT)).toBe('');
  });
});

describe('npm ci', () => {
  let npm: string;

  /** Puts a program in npm's place; it runs in the checkout with npm's arguments. */
  function npmIs(moduleText: string): void {
    writeFileSync(npm, moduleText);
  }

  beforeEach(() => {
    npm = path.join(temporaryFolder(), 'npm-cli.js');
    vi.stubEnv('npm_execpath', npm);
    return () => vi.unstubAllEnvs();
  });

  test('installs with development packages, without scripts, and is confirmed', async () => {
    const root = checkout(null);
    npmIs(`
      const fs = require('node:fs');
      fs.writeFileSync('arguments.json', JSON.stringify(process.argv.slice(2)));
      const installed = ${JSON.stringify(RIGHT)};
      for (const folder of Object.keys(installed)) {
        fs.mkdirSync(folder, { recursive: true });
        fs.writeFileSync(folder + '/package.json', '{}');
      }
      fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: installed }));`);
    expect(await installPackages(root, notingInstalling(), notingInstalling())).toBe(3);
    expect(hasPackages(root)).toBe(true);
    const npmArguments: string[] = JSON.parse(readFileSync(path.join(root, 'arguments.json'), 'utf8'));
    expect(npmArguments).toEqual(expect.arrayContaining(['ci', '--include=dev', '--ignore-scripts']));
  });

  test('that fails is quoted, at its beginning, and not confirmed', async () => {
    const root = checkout(RIGHT);
    await confirmPackages(root);
    npmIs(`for (let i = 0; i < 100; i += 1) console.error('npm error ' + i); process.exit(7);`);
    const failed = installPackages(root, notingInstalling(), notingInstalling());
    await expect(failed).rejects.toThrow(
      /`npm ci` ended with exit code 7:\nnpm error 0\nnpm error 1\n(?!.*npm error 50)/s,
    );
    expect(hasPackages(root)).toBe(false);
  });

  test('that is killed is not confirmed', async () => {
    const root = checkout(null);
    npmIs(`process.kill(process.pid, 'SIGKILL');`);
    await expect(installPackages(root, notingInstalling(), notingInstalling())).rejects.toThrow('SIGKILL');
    expect(hasPackages(root)).toBe(false);
  });

  test('that ends well and left something out is not confirmed', async () => {
    const root = checkout(null);
    npmIs(`require('node:fs').mkdirSync('node_modules');`);
    await expect(installPackages(root, notingInstalling(), notingInstalling())).rejects.toThrow(
      'after `npm ci`, node_modules',
    );
    expect(existsSync(path.join(root, 'node_modules', '.chartlife-installed'))).toBe(false);
  });
});
